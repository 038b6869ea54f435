# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How alike neighbouring frames are, and how many independent ones they amount to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Where the maximum of a channel hardly changes, a long race still counts as a few frames.
_LARGEST = 0.999


class LagOneCorrelation:
    """Correlation of each of several series with itself one step later, in constant memory."""

    def __init__(self) -> None:
        """Begin without values."""
        self.count = 0
        self._origin = self._first = self._last = np.zeros(0)
        self._sum = self._squares = self._products = np.zeros(0)

    def add(self, values: NDArray[np.floating]) -> None:
        """Take the next value of every series.

        Args:
            values: Any float (n,), finite.
        """
        if self.count == 0:
            # Sums of squares lose no digits while they are taken from a value of the series.
            self._origin = values.astype(np.float64)
            self._first = self._last = np.zeros(values.shape)
            self._sum, self._squares, self._products = np.zeros((3, *values.shape))
        value = values - self._origin
        if self.count == 0:
            self._first = value
        else:
            self._products = self._products + value * self._last
        self._sum = self._sum + value
        self._squares = self._squares + value**2
        self._last = value
        self.count += 1

    @property
    def correlation(self) -> NDArray[np.float64]:
        """By series, -1..1, float64 (n,); NaN where it never changed or has under 3 values."""
        if self.count < 3:
            return np.full(self._sum.shape, np.nan)
        mean = self._sum / self.count
        spread = self._squares - self.count * mean**2
        together = (
            self._products
            - mean * (2 * self._sum - self._first - self._last)
            + (self.count - 1) * mean**2
        )
        changes = spread > 1e-12 * self._squares
        unknown = np.full(mean.shape, np.nan)
        return np.asarray(np.divide(together, spread, out=unknown, where=changes))


def effective_count(count: int, correlation: float) -> float:
    """Return how many independent frames a race of alike neighbours is worth.

    N (1 - r) / (1 + r), exact for the mean of a first-order autoregressive process.

    Args:
        count: Frames.
        correlation: Of neighbours; a negative one counts as none.
    """
    r = min(max(correlation, 0.0), _LARGEST)
    return count * (1 - r) / (1 + r)
