# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera image with its time and coordinate frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

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
