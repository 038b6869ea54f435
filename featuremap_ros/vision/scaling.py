# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a map's own units to 0..1, or to -1..1 for signed maps."""

from __future__ import annotations

from collections.abc import Iterable
import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.vision.raw_map import RawMap

SCALES = ('frame', 'fixed', 'running')
Heat = NDArray[np.float32]

_LOW_PERCENTILE = 1.0
_HIGH_PERCENTILE = 99.5
# Since then NumPy sorts with vector instructions, four times as fast as it partitions.
_SORTS_FAST = np.lib.NumpyVersion(np.__version__) >= '2.0.0'


class ScalePolicy(Protocol):
    """Turns raw maps into heat: float32 (h, w), 0..1, or -1..1 for signed maps."""

    def __call__(self, raw: RawMap, stamp_ns: int) -> Heat:
        """Scale one map of a sequence.

        Args:
            raw: The map.
            stamp_ns: Time of its frame (ns).

        Raises:
            NotFiniteError: The map holds NaN or infinity.
        """
        ...

    def reset(self) -> None:
        """Forget the sequence so far."""
        ...


class FrameScale:
    """Each map by its own minimum and maximum; a constant map becomes 0.

    It shows the pattern within a frame and hides whether anything fired at all.
    """

    def __call__(self, raw: RawMap, stamp_ns: int) -> Heat:  # noqa: ARG002
        """See ``ScalePolicy``."""
        low, high = float(raw.values.min()), float(raw.values.max())
        return to_range(raw, low, high)

    def reset(self) -> None:
        """See ``ScalePolicy``."""


class FixedScale:
    """Every map of a sequence by the same two values."""

    def __init__(self, low: float, high: float) -> None:
        """Set what becomes 0 and what becomes 1, in the map's units."""
        self.low = low
        self.high = high

    @classmethod
    def fit(cls, maps: Iterable[RawMap]) -> FixedScale:
        """Take the range from a sample of the sequence.

        The low end is the median of the maps' 1st percentiles, the high end the 95th percentile of
        their 99.5th percentiles: a few wild frames do not darken all others. Evidence for a side
        comes in bursts, many times as strong as on most frames, so signed maps are scaled by the
        median of what they reach.

        Args:
            maps: Maps of evenly spaced frames; none gives the range 0..1.
        """
        maps = list(maps)
        ends = [percentiles(raw.values) for raw in maps]
        if not ends:
            return cls(0.0, 1.0)
        if maps[0].signed:
            reach = float(np.median([max(abs(low), abs(high)) for low, high in ends]))
            return cls(-reach, reach)
        lows, highs = zip(*ends, strict=True)
        return cls(float(np.median(lows)), float(np.percentile(highs, 95)))

    def __call__(self, raw: RawMap, stamp_ns: int) -> Heat:  # noqa: ARG002
        """See ``ScalePolicy``."""
        return to_range(raw, self.low, self.high)

    def reset(self) -> None:
        """See ``ScalePolicy``."""


class RunningScale:
    """By percentiles that follow the sequence with a half-life.

    Time that jumps back (a looping bag) starts the sequence anew.
    """

    def __init__(self, half_life: float = 2.0) -> None:
        """Set how fast the range follows.

        Args:
            half_life: Time (s) after which an old frame weighs half.
        """
        self._half_life_ns = half_life * 1e9
        self._ends: tuple[float, float] | None = None
        self._stamp_ns = 0

    def __call__(self, raw: RawMap, stamp_ns: int) -> Heat:
        """See ``ScalePolicy``."""
        ends = percentiles(raw.values)
        if self._ends is not None and stamp_ns >= self._stamp_ns:
            keep = 0.5 ** ((stamp_ns - self._stamp_ns) / self._half_life_ns)
            low, high = self._ends
            ends = (keep * low + (1 - keep) * ends[0], keep * high + (1 - keep) * ends[1])
        if math.isfinite(ends[0]) and math.isfinite(ends[1]):
            self._ends, self._stamp_ns = ends, stamp_ns
        return to_range(raw, *ends)

    def reset(self) -> None:
        """See ``ScalePolicy``."""
        self._ends = None


def percentiles(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return the 1st and 99.5th percentile (nearest rank)."""
    flat = values.reshape(-1)
    low = round((flat.size - 1) * _LOW_PERCENTILE / 100)
    high = round((flat.size - 1) * _HIGH_PERCENTILE / 100)
    ordered = np.sort(flat) if _SORTS_FAST else np.partition(flat, (low, high))
    return float(ordered[low]), float(ordered[high])


def to_range(raw: RawMap, low: float, high: float) -> Heat:
    """Map ``low..high`` to 0..1 and clip; a signed map keeps its zero.

    Args:
        raw: The map; a signed one is divided by the larger of ``|low|`` and ``|high|``.
        low: Becomes 0.
        high: Becomes 1; equal to ``low``, the result is 0 everywhere.

    Raises:
        NotFiniteError: The map holds NaN or infinity.
    """
    values = raw.values
    if not np.isfinite(values).all():
        msg = f'A map in {raw.unit} of {values.shape[0]} x {values.shape[1]} cells is not finite.'
        raise NotFiniteError(msg)
    if raw.signed:
        low, high = 0.0, max(abs(low), abs(high))
    if not high > low:
        return np.zeros_like(values)
    # In float64, so that the difference of large neighbours cannot overflow or vanish.
    scaled = np.subtract(values, low, dtype=np.float64)
    scaled /= high - low
    return scaled.clip(-1.0 if raw.signed else 0.0, 1.0, out=scaled).astype(np.float32)
