# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture with smaller versions of itself, for surfaces seen from far away."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image


@dataclass(frozen=True, slots=True)
class Texture:
    """A mip map: each level has half the size of the one before.

    Attributes:
        levels: RGB pictures, uint8 (H, W, 3), the full one first.
    """

    levels: tuple[Image, ...]

    @classmethod
    def of(cls, image: Image, *, levels: int = 5) -> Texture:
        """Build the smaller versions.

        Args:
            image: RGB, uint8 (H, W, 3).
            levels: How many pictures at most, the full one among them.
        """
        pictures = [image]
        while len(pictures) < levels and min(pictures[-1].shape[:2]) >= 4:
            height, width = (side // 2 for side in pictures[-1].shape[:2])
            even = pictures[-1][: 2 * height, : 2 * width]
            smaller = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
            pictures.append(np.asarray(smaller, np.uint8))
        return cls(tuple(pictures))

    def level_for(self, pixels_per_sample: float) -> int:
        """Choose the picture whose pixels are not smaller than half a sample.

        Args:
            pixels_per_sample: Pixels of the full picture that one sample covers.
        """
        level = int(np.floor(np.log2(max(pixels_per_sample, 1.0))))
        return min(level, len(self.levels) - 1)

    @staticmethod
    def to_level(level: int) -> NDArray[np.float64]:
        """Give the 3x3 matrix from pixels of the full picture to those of a level.

        Pixel centres have whole coordinates.

        Args:
            level: 0 for the full picture.
        """
        scale = 0.5**level
        shift = 0.5 * scale - 0.5
        return np.array([[scale, 0.0, shift], [0.0, scale, shift], [0.0, 0.0, 1.0]])
