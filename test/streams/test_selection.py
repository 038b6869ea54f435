# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a source and samples of it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
import pytest

from featuremap_ros.streams.selection import evenly, Selection

BEGIN_NS = 1_700_000_000_000_000_000


@pytest.mark.parametrize(
    ('selection', 'expected'),
    [
        (Selection(), (None, None)),
        (Selection(start=0.5), (BEGIN_NS + 500_000_000, None)),
        (Selection(duration=2), (None, BEGIN_NS + 2_000_000_000)),
        (Selection(0.1, 0.2), (BEGIN_NS + 100_000_000, BEGIN_NS + 300_000_000)),
    ],
)
def test_range_counts_from_the_beginning(selection, expected):
    """To the nanosecond, which a float since 1970 does not have."""
    assert selection.range_ns(BEGIN_NS) == expected


@given(st.integers(0, 10_000), st.integers(0, 300))
def test_samples_are_spread_evenly(total, count):
    """Ascending, as many as wanted, with the ends, and gaps that differ by at most one."""
    chosen = evenly(total, count)
    assert len(chosen) == min(total, count)
    assert chosen == sorted(set(chosen))
    assert all(0 <= position < total for position in chosen)
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, total - 1)
        gaps = {later - earlier for earlier, later in pairwise(chosen)}
        assert max(gaps) - min(gaps) <= 1
