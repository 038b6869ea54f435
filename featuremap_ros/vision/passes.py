# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Blend with a table in OpenCV's passes, band by band, so that all between stays in the cache."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image

# A band of the picture and all that is made of it, less than a megabyte.
_BAND_PIXELS = 48_000

Pixels = NDArray[np.uint8]


class Passes:
    """Blends with one table; one thread at a time."""

    def __init__(self, table: Pixels) -> None:
        """Find out what of the work the table makes unnecessary.

        Args:
            table: uint8 (256, 4), see ``blend``.
        """
        self._table = np.ascontiguousarray(table).view(np.int32)[:, 0]
        self._alpha = bool((table[:, 3] != 255).any())
        painted = (table[:, :3] != 0).any(axis=1) | (table[:, 3] != 255)
        # Entries below this one paint nothing.
        self._first = int(np.argmax(painted)) if painted.any() else 256
        self._memory = _Memory.of(0, 0)

    def __call__(self, image: Image, up: Pixels, out: Image) -> None:
        """Blend one picture; see ``blend.Blend``."""
        height, width = up.shape
        step = math.ceil(height / math.ceil(height * width / _BAND_PIXELS))
        if self._memory.single.shape != (step, width):
            self._memory = _Memory.of(step, width)
        for first in range(0, height, step):
            rows = slice(first, first + step)
            # A copy brings the picture into the cache twice as fast as a multiplication would.
            np.copyto(out[rows], image[rows])
            self._paint(up[rows], out[rows])

    def _paint(self, up: Pixels, region: Image) -> None:
        """Paint into ``region``, a part of the output that holds the picture."""
        memory = self._memory.part(np.s_[: len(up)])
        if self._first:
            cv2.threshold(up, self._first - 1, 255, cv2.THRESH_BINARY, dst=memory.single)
            x, y, w, h = cv2.boundingRect(memory.single)
            if not w:
                return
            if w < region.shape[1] or h < region.shape[0]:
                box = np.s_[y : y + h, x : x + w]
                up, region, memory = up[box], region[box], memory.part(box)
        # One look-up of four bytes is cheaper than one of three and one of one.
        cv2.LUT(up, self._table, dst=memory.packed)
        if self._alpha:
            cv2.extractChannel(memory.entries, 3, dst=memory.single)
            cv2.cvtColor(memory.single, cv2.COLOR_GRAY2RGB, dst=memory.triple)
            cv2.multiply(region, memory.triple, dst=region, scale=1 / 255)
        cv2.cvtColor(memory.entries, cv2.COLOR_RGBA2RGB, dst=memory.triple)
        cv2.add(region, memory.triple, dst=region)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What lies between the passes; new memory would come from the system page by page.

    Attributes:
        packed: One table entry per pixel, int32 (h, w).
        entries: The same memory as bytes, uint8 (h, w, 4).
        single: One byte per pixel, uint8 (h, w).
        triple: Three, uint8 (h, w, 3).
    """

    packed: NDArray[np.int32]
    entries: Pixels
    single: Pixels
    triple: Pixels

    @classmethod
    def of(cls, height: int, width: int) -> _Memory:
        """Return memory for a band."""
        packed = np.empty((height, width), np.int32)
        return cls(
            packed,
            packed.view(np.uint8).reshape(height, width, 4),
            np.empty((height, width), np.uint8),
            np.empty((height, width, 3), np.uint8),
        )

    def part(self, box: slice | tuple[slice, slice]) -> _Memory:
        """Return what lies in a box of rows and columns."""
        return _Memory(self.packed[box], self.entries[box], self.single[box], self.triple[box])
