# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a race at which each filter fired most, as Zeiler and Fergus show them.

https://arxiv.org/abs/1311.2901, figure 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def top_moments(
    maxima: NDArray[np.float32], stamps_ns: Sequence[int], *, count: int = 9, apart_ns: int = 10**9
) -> list[list[int]]:
    """Choose for every channel the frames where its maximum was largest.

    Args:
        maxima: Largest activation of every channel in every frame, float32 (n, C).
        stamps_ns: Of the frames (ns), in any order.
        count: How many frames at most.
        apart_ns: Least time between two of them (ns): neighbours show the same thing.

    Returns:
        For every channel, positions in ``maxima``, strongest first; fewer where the race is too
        short, and none for a channel that was never above zero.
    """
    stamps = [int(stamp) for stamp in stamps_ns]
    chosen: list[list[int]] = []
    for channel in maxima.T:
        picked: list[int] = []
        for position in np.argsort(-channel, kind='stable'):
            if len(picked) == count or channel[position] <= 0:
                break
            if all(abs(stamps[position] - stamps[other]) >= apart_ns for other in picked):
                picked.append(int(position))
        chosen.append(picked)
    return chosen
