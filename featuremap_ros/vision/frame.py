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


@dataclass(frozen=True, slots=True, eq=False)
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
        """Refuse arrays that are no RGB picture.

        Raises:
            BadFrameError: The picture is not uint8 (H, W, 3), or empty.
        """
        shape, numbers = self.image.shape, self.image.dtype
        if numbers != np.uint8 or len(shape) != 3 or shape[2] != 3 or not self.image.size:
            msg = (
                'The picture of a frame is RGB, uint8 (height, width, 3), from 0 to 255: got '
                f'{numbers} {shape}.'
            )
            if numbers.kind == 'f':
                msg += ' Where it is from 0 to 1: (255 * image).round().astype(np.uint8).'
            elif len(shape) == 2:
                msg += ' Of a grey one: np.repeat(image[..., None], 3, axis=2).'
            raise BadFrameError(msg)
