# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Times things against each other in one run.

A machine's speed changes from minute to minute, so what is compared takes turns: every round calls
every candidate, in an order drawn anew. A turn is two calls, of which the second is timed: as in a
race, the frame before has brought code and tables into the processor's caches. Medians and
quartiles are reported, and ratios are taken within a round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sample:
    """How long something took.

    Attributes:
        seconds: Of each round, float64 (n,).
    """

    seconds: NDArray[np.float64]

    @property
    def median(self) -> float:
        """Of the rounds (s)."""
        return float(np.median(self.seconds))

    def percentile(self, percent: float) -> float:
        """Return a percentile of the rounds (s)."""
        return float(np.percentile(self.seconds, percent))

    def over(self, other: Sample) -> Ratio:
        """Return how many times as long this took, round by round."""
        ratios = self.seconds / other.seconds
        return Ratio(*(float(np.percentile(ratios, p)) for p in (50, 25, 75)))

    def in_ms(self) -> str:
        """Return the median and the quartiles in milliseconds."""
        low, high = self.percentile(25), self.percentile(75)
        return f'{1e3 * self.median:.3g} ({1e3 * low:.3g}-{1e3 * high:.3g})'


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one thing took as another.

    Attributes:
        median: Of the rounds.
        low: Lower quartile.
        high: Upper quartile.
    """

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the median and the quartiles."""
        return f'{self.median:.3g} ({self.low:.3g}-{self.high:.3g})'


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Work in another process, which knows best how long it took.

    Attributes:
        seconds: Has the work done, primed, and returns how long it took.
    """

    seconds: Callable[[], float]


def interleave(
    candidates: Mapping[str, Callable[[], Any] | Elsewhere],
    *,
    rounds: int,
    primed: bool = True,
) -> dict[str, Sample]:
    """Let candidates take turns.

    Args:
        candidates: By name; each call does the work once.
        rounds: How often each one is timed.
        primed: Whether a turn begins with a call that is not timed; then so does the whole, with
            three rounds.
    """
    rng = np.random.default_rng(0)
    names = list(candidates)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-3 if primed else 0, rounds):
        for name in rng.permutation(names):
            work = candidates[name]
            if isinstance(work, Elsewhere):
                seconds = work.seconds()
            else:
                if primed:
                    work()
                began = time.perf_counter()
                work()
                seconds = time.perf_counter() - began
            if turn >= 0:
                taken[name].append(seconds)
    return {name: Sample(np.array(values)) for name, values in taken.items()}
