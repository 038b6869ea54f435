# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a map falls on a picture, with memory for the upsampled map.

Nothing of this changes from frame to frame. To make it anew would take as long as painting: memory
comes from the system page by page.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Image

Box = tuple[slice, slice]


class Canvas:
    """The part of a picture that a map covers.

    Attributes:
        inside: Rows and columns of that part.
        margins: Rows and columns of what is left of the picture, none of it empty.
    """

    def __init__(self, shape: tuple[int, ...], rect: Rect) -> None:
        """Cut the picture.

        Args:
            shape: (rows, columns) of the picture.
            rect: What the map covers (camera pixels); parts outside the picture are cut off.
        """
        self._key = shape, rect
        x0, y0, x1, y1 = rect.to_pixels()
        self._size = x1 - x0, y1 - y0
        self._whole = np.empty((y1 - y0, x1 - x0), np.uint8)
        left, right = (min(max(x, 0), shape[1]) for x in (x0, x1))
        top, bottom = (min(max(y, 0), shape[0]) for y in (y0, y1))
        self._up = self._whole[top - y0 : bottom - y0, left - x0 : right - x0]
        self.inside: Box = np.s_[top:bottom, left:right]
        around: tuple[Box, ...] = (
            np.s_[:top, :],
            np.s_[bottom:, :],
            np.s_[top:bottom, :left],
            np.s_[top:bottom, right:],
        )
        picture = np.broadcast_to(np.uint8(), shape)
        self.margins = [margin for margin in around if picture[margin].size]

    def fits(self, image: Image, rect: Rect) -> bool:
        """Whether this is the place of a map on a picture."""
        return self._key == (image.shape[:2], rect)

    def spread(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Upsample a map.

        Args:
            values: uint8 (h, w).

        Returns:
            What lies inside the picture, uint8 (rows, columns); valid until the next call.
        """
        cv2.resize(values, self._size, dst=self._whole, interpolation=cv2.INTER_CUBIC)
        return self._up
