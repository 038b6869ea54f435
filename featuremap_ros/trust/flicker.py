# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How much a map changes from frame to frame, beside how much the picture does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.correlation import correlation


def flicker(before: NDArray[np.number], now: NDArray[np.number]) -> float | None:
    """Return 1 - correlation: 0 for the same map, also brighter, and about 1 for unrelated ones.

    Args:
        before: Any real (h, w) or (h, w, C).
        now: Of the same shape.

    Returns:
        ``None``, that is undefined, where one of them is constant.
    """
    alike = correlation(before, now)
    return None if alike is None else 1 - alike
