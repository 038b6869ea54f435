# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The look of the FeatureMaps article, step by step.

One channel, scaled by its own minimum and maximum, is coloured first and upsampled afterwards,
stretched over the whole crop; where the grey value of the colours exceeds 80 they are added to the
picture. The article computed the grey value with the weights for red and blue exchanged, and added
RGB colours to a BGR picture: both are part of its look and are kept here.
Source: the notebook of https://github.com/Axionable/FeatureMaps.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image

_GREY_THRESHOLD = 80
# A band of the picture and what is added to it stay in the processor's cache.
_BAND_PIXELS = 48_000


class SeedPainter:
    """Paints maps as the article does; one thread at a time."""

    def __init__(self) -> None:
        """Read the colours."""
        # RGB added to BGR: here red and blue change places before, and the weights of the grey
        # value, exchanged in the article, are the right ones again.
        self._table = np.ascontiguousarray(color_table('inferno')[:, ::-1])
        # Kept from frame to frame: new memory comes from the system page by page.
        self._up = np.empty((0, 0, 3), np.uint8)
        self._mask = np.empty((0, 0), np.uint8)

    def paint(
        self, image: Image, heat: NDArray[np.float32], seen: Rect, out: Image | None = None
    ) -> Image:
        """Paint one map.

        Args:
            image: RGB, uint8 (H, W, 3); not written to.
            heat: float32 (h, w), 0..1.
            seen: The part of the picture that reaches the network (camera pixels); the map is
                stretched over all of it.
            out: Where to paint, of the picture's shape; made if not given.

        Returns:
            ``out``.
        """
        if out is None:
            out = np.empty_like(image)
        x0, y0, x1, y1 = seen.to_pixels()
        width, height = x1 - x0, y1 - y0
        rows = max(_BAND_PIXELS // width, 1)
        if self._up.shape[:2] != (height, width):
            self._up = np.empty((height, width, 3), np.uint8)
            self._mask = np.empty((rows, width), np.uint8)
        colors = self._table[(255 * heat).astype(np.uint8)]
        cv2.resize(colors, (width, height), dst=self._up, interpolation=cv2.INTER_CUBIC)
        np.copyto(out[:y0], image[:y0])
        np.copyto(out[y1:], image[y1:])
        for first in range(0, height, rows):
            up = self._up[first : first + rows]
            mask = self._mask[: len(up)]
            band = np.s_[y0 + first : y0 + first + len(up)]
            np.copyto(out[band], image[band])
            region = out[band, x0:x1]
            cv2.cvtColor(up, cv2.COLOR_RGB2GRAY, dst=mask)
            cv2.threshold(mask, _GREY_THRESHOLD, 255, cv2.THRESH_BINARY, dst=mask)
            cv2.add(region, up, dst=region, mask=mask)
        return out
