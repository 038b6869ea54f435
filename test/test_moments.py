# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a race that need an explanation."""

from __future__ import annotations

from itertools import pairwise

from featuremap_ros.moments import Decision, worst_moments

SECOND = 10**9


def race(*steering, **columns):
    """Return decisions two seconds apart."""
    return [
        Decision(i * 2 * SECOND, value, **{name: column[i] for name, column in columns.items()})
        for i, value in enumerate(steering)
    ]


def test_the_largest_disagreement_with_the_driver_comes_first():
    """Its size is the share of the whole range."""
    found = worst_moments(race(0.0, 0.1, 0.0, driver=(0.0, 0.9, 0.2)), 2)
    assert [(m.stamp_ns // SECOND, m.reason) for m in found] == [
        (2, 'disagreement'),
        (4, 'disagreement'),
    ]
    assert found[0].size == 0.4


def test_a_jump_is_found_where_the_steering_lands():
    """Without a driver, jumps are what is suspicious."""
    (moment,) = worst_moments(race(0.0, 0.0, -1.0, -1.0), 1)
    assert (moment.stamp_ns, moment.reason, moment.size) == (4 * SECOND, 'jump', 0.5)


def test_doubt_is_found_where_the_network_has_a_confidence():
    """The least sure moment comes first."""
    (moment,) = worst_moments(race(0.0, 0.0, 0.0, confidence=(0.9, 0.3, 0.8)), 1)
    assert (moment.stamp_ns, moment.reason) == (2 * SECOND, 'low confidence')


def test_neighbours_tell_the_same_story_only_once():
    """Two moments are at least a second apart."""
    decisions = [Decision(i * SECOND // 10, (-1.0) ** i) for i in range(30)]
    stamps = sorted(m.stamp_ns for m in worst_moments(decisions, 10))
    assert len(stamps) in (2, 3)
    assert all(b - a >= SECOND for a, b in pairwise(stamps))


def test_a_short_race_has_as_many_moments_as_it_has():
    """Asking for more is no error."""
    assert len(worst_moments(race(0.0, 1.0), 20)) == 2
    assert worst_moments([], 20) == []
