# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How much a map changes from frame to frame, beside how much the picture does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What rounding leaves of a constant picture.
_CONSTANT = 1e-6


def flicker(before: NDArray[np.number], now: NDArray[np.number]) -> float | None:
    """Return 1 - correlation: 0 for the same map, also brighter, and about 1 for unrelated ones.

    Args:
        before: Any real (h, w) or (h, w, C).
        now: Of the same shape.

    Returns:
        ``None``, that is undefined, where one of them is constant.
    """
    a, b = (values.reshape(-1).astype(np.float64) for values in (before, now))
    centred_a, centred_b = a - a.mean(), b - b.mean()
    size_a, size_b = np.linalg.norm(centred_a), np.linalg.norm(centred_b)
    if size_a <= _CONSTANT * np.linalg.norm(a) or size_b <= _CONSTANT * np.linalg.norm(b):
        return None
    correlation = float(centred_a @ centred_b / (size_a * size_b))
    return 1 - min(max(correlation, -1.0), 1.0)
