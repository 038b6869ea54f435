# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stretches of a race are means of all their frames, however long the race."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.timeline import Timeline


@pytest.mark.parametrize(('frames', 'length'), [(5, 1), (8, 1), (9, 2), (37, 8), (1000, 128)])
def test_stretches_are_means_of_their_frames(rng, frames, length):
    """A stretch grows by doubling; the last one may be shorter."""
    series = rng.random((frames, 3))
    timeline = Timeline(3, stretches=8)
    for i, values in enumerate(series):
        timeline.add(values, 10**9 * i)
    expected = [series[i : i + length].mean(axis=0) for i in range(0, frames, length)]
    assert pytest.approx(np.array(expected)) == timeline.means.T
    assert timeline.means.shape[1] <= 8
    assert timeline.seconds == frames - 1


def test_before_the_first_frame_it_is_empty():
    """No stretch and no time."""
    timeline = Timeline(2)
    assert timeline.means.shape == (2, 0)
    assert timeline.seconds == 0


def test_a_clock_that_is_set_back_takes_no_time():
    """What passed before and after it counts."""
    timeline = Timeline(1)
    for stamp_ns in (50, 51, 52, 10, 11):
        timeline.add(np.zeros(1), 10**9 * stamp_ns)
    assert timeline.seconds == 3
