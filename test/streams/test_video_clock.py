# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Times of videos."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from featuremap_ros.streams.video_clock import VideoClock

STAMPS = st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 10**10), min_size=1, max_size=60)


@given(STAMPS)
def test_times_always_ascend(stamps):
    """Whatever stamps come, times ascend, never by more than an hour."""
    clock = VideoClock()
    ticks = [clock.tick(stamp) for stamp in stamps]
    assert ticks[0] == 0
    steps = [later - earlier for earlier, later in pairwise(ticks)]
    assert all(0 < step <= 3600 * 90_000 for step in steps)


@given(st.integers(0, 2**61), st.lists(st.integers(20_000, 10**10), min_size=1, max_size=60))
def test_true_distances_are_kept_without_drift(start, gaps):
    """Ascending stamps come out at their true distance from the first, to half a tick."""
    clock = VideoClock()
    stamp = start
    assert clock.tick(stamp) == 0
    for gap in gaps:
        stamp += gap
        assert abs(clock.tick(stamp) * 100_000 - (stamp - start) * 9) <= 50_000
    assert clock.nudged == 0


def test_a_clock_that_was_set_back_goes_on():
    """A bag that plays in a loop goes on at its pace instead of standing still."""
    clock = VideoClock()
    ticks = [clock.tick(stamp * 10**9) for stamp in (100, 101, 102, 0, 1, 2)]
    assert ticks == [90_000 * number for number in range(6)]
    assert clock.nudged == 1


def test_a_frame_that_is_not_later_is_shown_one_tick_after():
    """Then the true distances hold again."""
    clock = VideoClock()
    ticks = [clock.tick(stamp * 10**9) for stamp in (7, 7, 7, 8)]
    assert ticks == [0, 1, 2, 90_000]
    assert clock.nudged == 2
