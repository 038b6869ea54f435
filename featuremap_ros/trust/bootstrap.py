# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a mean over a race can be off, when neighbouring frames are alike."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
FEWEST = 9
"""Values below which there is no interval: three blocks of three.

Of fewer blocks the draws are too few different ones to have an outer 2.5 %; of two values there
is one block, whose mean never varies.
"""


def mean_interval(
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return an interval that holds the true (weighted) mean with the given confidence.

    Blocks of consecutive values are drawn instead of single ones (circular block bootstrap,
    Politis and Romano, 1992), so that frames that are alike do not count twice. A block has
    sqrt(n) values, rounded down. The quantiles of the draws are taken further out than ``level``,
    as Student's t is wider than the normal distribution, since blocks are few (expanded
    percentile interval, Hesterberg, 2015).

    Args:
        values: float64 (n,), in order of time.
        weights: float64 (n,), above 0; all alike if not given.
        level: Of confidence.
        seed: Of the draws.

    Returns:
        ``None`` of fewer than ``FEWEST`` values: so few say nothing for sure.
    """
    count = len(values)
    if count < FEWEST:
        return None
    block = math.isqrt(count)
    blocks = math.ceil(count / block)
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count, (RESAMPLES, blocks))
    weights = np.ones(count) if weights is None else weights

    def drawn(series: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum up the blocks of each draw."""
        sums = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:block]]))])
        return np.asarray((sums[starts + block] - sums[starts]).sum(axis=1))

    means = drawn(values * weights) / drawn(weights)
    outside = _expanded((1 - level) / 2, blocks, blocks * block / count)
    low, high = np.quantile(means, [outside, 1 - outside])
    return float(low), float(high)


def _expanded(tail: float, blocks: int, drawn: float) -> float:
    """Return the share of the draws that lies beyond an end of the interval.

    Args:
        tail: Of the interval.
        blocks: In a draw.
        drawn: Values in a draw over values that there are: whole blocks may hold some more, and
            the mean of more values varies less.
    """
    normal, freedom = NormalDist(), blocks - 1
    z = -normal.inv_cdf(tail)
    # Student's quantile by Cornish and Fisher; where it is coarse, no draw lies beyond anyway.
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return normal.cdf(-math.sqrt(drawn * blocks / freedom) * t)
