# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Many series over a race of unknown length, in constant memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Timeline:
    """Means of several series over equal stretches of a race.

    When all stretches are full, neighbours are merged and a stretch lasts twice as long.

    Attributes:
        frames: Frames taken so far.
    """

    def __init__(self, series: int, stretches: int = 512) -> None:
        """Begin without frames.

        Args:
            series: How many.
            stretches: How many are kept at most; even.
        """
        self.frames = 0
        self._last_ns: int | None = None
        self._passed_ns = 0
        self._length = 1
        self._sums = np.zeros((series, stretches))

    def add(self, values: NDArray[np.floating], stamp_ns: int) -> None:
        """Take one frame.

        Args:
            values: Any float (series,).
            stamp_ns: Of the frame (ns).
        """
        stretches = self._sums.shape[1]
        if self.frames == stretches * self._length:
            merged = self._sums[:, ::2] + self._sums[:, 1::2]
            self._sums = np.concatenate([merged, np.zeros_like(merged)], axis=1)
            self._length *= 2
        self._sums[:, self.frames // self._length] += values
        self.frames += 1
        if self._last_ns is not None:
            # A clock that is set back has not undone what was driven.
            self._passed_ns += max(stamp_ns - self._last_ns, 0)
        self._last_ns = stamp_ns

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean of each series over each stretch so far, float64 (series, stretches)."""
        used = -(-self.frames // self._length)
        counts = np.full(used, self._length)
        if used:
            counts[-1] = self.frames - (used - 1) * self._length
        return np.asarray(self._sums[:, :used] / counts)

    @property
    def seconds(self) -> float:
        """How long the race was so far (s)."""
        return self._passed_ns / 1e9
