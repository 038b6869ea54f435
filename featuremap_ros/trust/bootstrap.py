# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a mean over a race can be off, when neighbouring frames are alike."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def mean_interval(
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return an interval that holds the true (weighted) mean with the given confidence.

    Blocks of consecutive values are drawn instead of single ones (circular block bootstrap,
    Politis and Romano, 1992), so that frames that are alike do not count twice. A block has
    sqrt(n) values.

    Args:
        values: float64 (n,), in order of time; at least one.
        weights: float64 (n,), above 0; all alike if not given.
        level: Of confidence.
        seed: Of the draws.
    """
    count = len(values)
    block = math.ceil(math.sqrt(count))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count, (RESAMPLES, math.ceil(count / block)))
    weights = np.ones(count) if weights is None else weights

    def drawn(series: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum up the blocks of each draw."""
        sums = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:block]]))])
        return np.asarray((sums[starts + block] - sums[starts]).sum(axis=1))

    means = drawn(values * weights) / drawn(weights)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
