# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a race that need an explanation."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.moments import Decision, decisions, largest_errors, worst_moments

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


def moving(*changes):
    """Return decisions of 12 s at 10 Hz that swing as a car does, with further changes."""
    swing = 0.5 * np.sin(np.arange(120) / 15)
    for at, size in changes:
        swing[at:] += size
    return [Decision(i * SECOND // 10, value) for i, value in enumerate(swing)]


def test_what_is_usual_in_a_race_is_no_jump():
    """Steering into a bend changes by 0.03 a frame: none of it needs an explanation."""
    assert worst_moments(moving(), 5) == []
    (moment,) = worst_moments(moving((70, 0.3)), 5)
    assert (moment.stamp_ns, moment.reason) == (7 * SECOND, 'jump')


def test_a_jump_of_a_degree_of_a_car_that_stands_still_is_none():
    """Nothing else changes, yet it is below what counts as a change at all."""
    still = [Decision(i * SECOND // 10, 0.015 * (i >= 50)) for i in range(100)]
    assert worst_moments(still, 5) == []


def test_steering_that_flutters_all_the_time_jumps():
    """However usual that is in its race."""
    made = [Decision(i * SECOND // 10, 0.4 * (-1.0) ** i) for i in range(60)]
    found = worst_moments(made, 3)
    assert [moment.reason for moment in found] == ['jump'] * 3


def test_doubt_is_found_where_the_network_has_a_confidence():
    """The least sure moment comes first."""
    (moment,) = worst_moments(race(0.0, 0.0, 0.0, confidence=(0.9, 0.3, 0.8)), 1)
    assert (moment.stamp_ns, moment.reason) == (2 * SECOND, 'low confidence')


def test_neighbours_tell_the_same_story_only_once():
    """Two moments are at least a second apart."""
    made = [Decision(i * SECOND // 10, (-1.0) ** i) for i in range(30)]
    stamps = sorted(m.stamp_ns for m in worst_moments(made, 10))
    assert len(stamps) in (2, 3)
    assert all(b - a >= SECOND for a, b in pairwise(stamps))


def test_a_short_race_has_as_many_moments_as_it_has():
    """Asking for more is no error."""
    assert len(worst_moments(race(0.0, 1.0), 20)) == 2
    assert worst_moments([], 20) == []


def test_what_is_not_known_is_no_reason():
    """Without a driver nobody disagrees, not even on the first frame."""
    first, second = worst_moments(race(0.3, 0.3), 2)
    assert (first.reason, second.reason) == ('first frame', 'jump')
    assert first.size == second.size == 0


def test_the_largest_errors_come_first_and_far_apart():
    """Only the driver counts, whichever side the error is to; a size of 1 is the full range."""
    stamps = np.arange(8) * SECOND // 2
    errors = np.array([0.0, 0.1, -0.7, 0.6, 0.0, 0.2, 0.0, 0.4])
    found = largest_errors(stamps, errors, 3, full_scale=0.5)
    assert [m.stamp_ns // (SECOND // 2) for m in found] == [2, 7, 5]
    assert [m.size for m in found] == pytest.approx([0.7, 0.4, 0.2])
    assert {m.reason for m in found} == {'disagreement'}
    assert largest_errors(stamps[:0], errors[:0], 3, full_scale=0.5) == []


@pytest.mark.parametrize(
    ('in_shares', 'limit', 'driver'),
    [
        (False, 0.4, 0.25),
        (False, None, None),
        (True, 0.4, 0.1),
        (True, None, 0.1),
    ],
)
def test_a_driver_in_shares_needs_no_limit_of_the_wheels(
    tiny_model, tiny_profile, in_shares, limit, driver
):
    """A tub's driver is compared whatever the profile knows; angles need its limit."""
    profile = replace(PilotProfile.load(tiny_profile), max_steering_angle=limit)
    pilot = Pilot.load(tiny_model, profile=profile)
    track = DriverTrack('x', (0,), (0.1,), in_shares=in_shares)
    (decision,) = decisions(pilot, [Frame(np.zeros((48, 64, 3), np.uint8), 0)], track)
    assert decision.driver == driver
