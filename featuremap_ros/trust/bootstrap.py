# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a mean over a race can be off, when neighbouring frames are alike."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def mean_interval(
    values: NDArray[np.float64], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return an interval that holds the true mean with the given confidence.

    Blocks of consecutive values are drawn instead of single ones (circular block bootstrap,
    Politis and Romano, 1992), so that frames that are alike do not count twice. A block has
    sqrt(n) values.

    Args:
        values: float64 (n,), in order of time; at least one.
        level: Of confidence.
        seed: Of the draws.
    """
    count = len(values)
    block = math.ceil(math.sqrt(count))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count, (RESAMPLES, math.ceil(count / block)))
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:block]]))])
    means = (sums[starts + block] - sums[starts]).mean(axis=1) / block
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
