# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From RGB to what HD video holds: BT.709, limited range, chroma for every 2 x 2 pixels.

FFmpeg's own conversion from RGB has no vector instructions and takes longer than encoding.
Source: Rec. ITU-R BT.709-6, sections 3 and 4.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image

_RED, _BLUE = 0.2126, 0.0722
_GREEN = 1 - _RED - _BLUE
# Rows: Y in 16..235, Cb and Cr in 16..240; columns: red, green, blue and what is added.
_FROM_RGB = np.array(
    [
        [219 / 255 * weight for weight in (_RED, _GREEN, _BLUE)] + [16],
        [112 / 255 * w / (1 - _BLUE) for w in (-_RED, -_GREEN, 1 - _BLUE)] + [128],
        [112 / 255 * w / (1 - _RED) for w in (1 - _RED, -_GREEN, -_BLUE)] + [128],
    ]
)
# A band of the picture and all that is made of it stay in the processor's cache.
_BAND_PIXELS = 96_000


class Yuv420:
    """Converts pictures of one size, in memory that is used again for every one."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Take the memory.

        Args:
            size: Width and height of the pictures (px), both even.
        """
        width, height = size
        rows = min(max(_BAND_PIXELS // width // 2 * 2, 2), height)
        self._packed = np.empty((rows, width, 3), np.uint8)
        self._halved = np.empty((rows // 2, width // 2, 3), np.uint8)
        self._planes = np.empty((height * 3 // 2, width), np.uint8)
        self._luma = self._planes[:height]
        self._chroma = self._planes[height:].reshape(2, height // 2, width // 2)

    def __call__(self, image: Image) -> NDArray[np.uint8]:
        """Convert a picture.

        Args:
            image: RGB, uint8 (H, W, 3).

        Returns:
            uint8 (3/2 H, W): the planes Y, U and V one after the other; valid until the next call.
        """
        height, width = self._luma.shape
        step = len(self._packed)
        for first in range(0, height, step):
            count = min(step, height - first)
            packed, halved = self._packed[:count], self._halved[: count // 2]
            cv2.transform(image[first : first + count], _FROM_RGB, dst=packed)
            cv2.extractChannel(packed, 0, dst=self._luma[first : first + count])
            size = width // 2, count // 2
            cv2.resize(packed, size, dst=halved, interpolation=cv2.INTER_AREA)
            for channel, plane in enumerate(self._chroma, start=1):
                there = plane[first // 2 : (first + count) // 2]
                cv2.extractChannel(halved, channel, dst=there)
        return self._planes
