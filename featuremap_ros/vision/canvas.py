# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a map falls on a picture, cut into bands, with memory for every step between.

Nothing of this changes from frame to frame. To make it anew would take as long as painting: memory
comes from the system page by page.
"""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Image

# A band of the picture and all that is made of it, less than a megabyte, stay in the cache.
_BAND_PIXELS = 48_000

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Band:
    """Some rows of the painted part; all bands share the memory for what lies between.

    Attributes:
        rows: Of the picture.
        up: The upsampled map there, uint8 (h, w).
        packed: For one table entry per pixel, int32 (h, w).
        painted: The same memory as bytes, uint8 (h, w, 4).
        single: For one byte per pixel, uint8 (h, w).
        triple: For three, uint8 (h, w, 3).
    """

    rows: slice
    up: Pixels
    packed: NDArray[np.int32]
    painted: Pixels
    single: Pixels
    triple: Pixels

    def part(self, box: tuple[slice, slice]) -> Band:
        """Return what lies in a box of rows and columns."""
        return Band(
            self.rows,
            self.up[box],
            self.packed[box],
            self.painted[box],
            self.single[box],
            self.triple[box],
        )


class Canvas:
    """The part of a picture that a map covers.

    Attributes:
        bands: From top to bottom.
        columns: Of the picture.
        untouched: Rows of the picture above and below.
    """

    def __init__(self, shape: tuple[int, ...], rect: Rect) -> None:
        """Cut the part into bands.

        Args:
            shape: (rows, columns) of the picture.
            rect: What the map covers (camera pixels); parts outside the picture are cut off.
        """
        self._key = shape, rect
        x0, y0, x1, y1 = rect.to_pixels()
        self._size = x1 - x0, y1 - y0
        self._whole = np.empty((y1 - y0, x1 - x0), np.uint8)
        left, right = min(max(x0, 0), shape[1]), max(min(x1, shape[1]), 0)
        top, bottom = min(max(y0, 0), shape[0]), max(min(y1, shape[0]), 0)
        height, width = bottom - top, right - left
        self.columns = slice(left, right)
        self.untouched: list[slice] = [slice(top), slice(bottom, None)]
        self.bands: list[Band] = []
        if height <= 0 or width <= 0:
            self.untouched = [slice(None)]
            return
        up = self._whole[top - y0 : bottom - y0, left - x0 : right - x0]
        step = math.ceil(height / math.ceil(height * width / _BAND_PIXELS))
        packed = np.empty((step, width), np.int32)
        painted = packed.view(np.uint8).reshape(step, width, 4)
        single, triple = np.empty((step, width), np.uint8), np.empty((step, width, 3), np.uint8)
        for first in range(0, height, step):
            n = min(step, height - first)
            self.bands.append(
                Band(
                    slice(top + first, top + first + n),
                    up[first : first + n],
                    packed[:n],
                    painted[:n],
                    single[:n],
                    triple[:n],
                )
            )

    def fits(self, image: Image, rect: Rect) -> bool:
        """Whether this is the place of a map on a picture."""
        return self._key == (image.shape[:2], rect)

    def spread(self, values: Pixels) -> None:
        """Upsample a map into the bands.

        Args:
            values: uint8 (h, w).
        """
        cv2.resize(values, self._size, dst=self._whole, interpolation=cv2.INTER_CUBIC)
