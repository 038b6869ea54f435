# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera image with its time and coordinate frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError

Image: TypeAlias = NDArray[np.uint8]
"""An RGB picture: uint8 (H, W, 3)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera image.

    Attributes:
        image: RGB, uint8 (H, W, 3); never written to.
        stamp_ns: Time of acquisition (ns), as the header says.
        frame_id: Coordinate frame of the camera, as the header says.
        log_ns: Time at which a bag recorded the image (ns); ``None`` outside bags.
    """

    image: Image
    stamp_ns: int
    frame_id: str = ''
    log_ns: int | None = None

    def __post_init__(self) -> None:
        """Refuse pictures of other numbers.

        Raises:
            BadFrameError: The picture is not uint8.
        """
        if self.image.dtype != np.uint8:
            msg = (
                'The picture of a frame is RGB, uint8 (height, width, 3), from 0 to 255: got '
                f'{self.image.dtype} {self.image.shape}.'
            )
            if self.image.dtype.kind == 'f':
                msg += ' Where it is from 0 to 1: (255 * image).round().astype(np.uint8).'
            raise BadFrameError(msg)
