# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pearson's and Spearman's correlation, where there is one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Share of the values' size: what rounding leaves of a constant after its mean was taken away.
_CONSTANT = 1e-6


def correlation(a: NDArray[np.number], b: NDArray[np.number]) -> float | None:
    """Return how alike two series or maps are, whatever their scales and offsets.

    Args:
        a: Any real numbers, of any shape.
        b: Of the same shape.

    Returns:
        -1 to 1; ``None``, that is undefined, where one of them is constant.
    """
    one, other = (values.reshape(-1).astype(np.float64) for values in (a, b))
    x, y = one - one.mean(), other - other.mean()
    size_x, size_y = float(np.linalg.norm(x)), float(np.linalg.norm(y))
    if size_x <= _CONSTANT * np.linalg.norm(one) or size_y <= _CONSTANT * np.linalg.norm(other):
        return None
    return min(max(float(x @ y) / (size_x * size_y), -1.0), 1.0)


def rank_correlation(a: NDArray[np.number], b: NDArray[np.number]) -> float | None:
    """Return how alike the order of the values is in two maps: Spearman's rank correlation.

    Equal values share the mean of their ranks.

    Args:
        a: Any real numbers, of any shape.
        b: Of the same shape.

    Returns:
        -1 to 1; ``None``, that is undefined, where one of them is constant.
    """
    if correlation(a, b) is None:  # Ranks would make much of what rounding left of a constant.
        return None
    return correlation(_ranks(a), _ranks(b))


def _ranks(values: NDArray[np.number]) -> NDArray[np.float64]:
    _, where, counts = np.unique(values.reshape(-1), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[where.reshape(-1)])
