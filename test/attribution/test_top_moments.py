# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The strongest moments of every channel."""

from __future__ import annotations

import numpy as np

from featuremap_ros.attribution.top_moments import top_moments

SECOND = 10**9


def by_search(values, stamps, count, apart):
    """Choose one after the other, each the largest that is far enough from all before."""
    picked = []
    while len(picked) < count:
        free = [
            i
            for i in range(len(values))
            if values[i] > 0
            and i not in picked
            and all(abs(stamps[i] - stamps[j]) >= apart for j in picked)
        ]
        if not free:
            break
        picked.append(max(free, key=lambda i: values[i]))
    return picked


def test_it_agrees_with_a_plain_search():
    """Whatever the order of the stamps."""
    rng = np.random.default_rng(0)
    maxima = rng.normal(size=(60, 5)).astype(np.float32)
    stamps = rng.permutation(60) * SECOND // 10
    for apart in (0, SECOND // 2, 3 * SECOND):
        found = top_moments(maxima, stamps, count=4, apart_ns=apart)
        assert found == [by_search(channel, stamps, 4, apart) for channel in maxima.T]


def test_neighbours_count_once():
    """A filter that fires for a second has one moment."""
    maxima = np.array([[1, 2, 3, 2, 1, 0, 0, 0, 0.5]], np.float32).T
    stamps = [i * SECOND // 4 for i in range(9)]
    assert top_moments(maxima, stamps, apart_ns=SECOND) == [[2, 8]]


def test_a_silent_channel_has_none():
    """Zero is not firing."""
    assert top_moments(np.zeros((5, 2), np.float32), range(5)) == [[], []]
