# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The geometry of a track, against circles and against itself."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.demo.track import Pose, Track, wrap_angle

RADIUS = 2.0
TRACK = Track.random(5)


@pytest.fixture(scope='module')
def circle() -> Track:
    """Return a circle round (0, 2), driven to the left from the origin."""
    return Track.circle(RADIUS, lane_width=0.8)


def test_a_circle_has_its_length_and_curvature(circle):
    """The closed forms 2 pi r and 1 / r, + to the left."""
    assert circle.length == pytest.approx(2 * math.pi * RADIUS, rel=1e-5)
    np.testing.assert_allclose(circle.curvature, 1 / RADIUS, rtol=1e-3)


@pytest.mark.parametrize('turn', [0.0, 0.3, math.pi / 2, 3.0, 6.0])
def test_a_place_on_a_circle(circle, turn):
    """After an arc of r * angle the car has turned by the angle."""
    pose = circle.pose_at(RADIUS * turn)
    expected = (RADIUS * math.sin(turn), RADIUS * (1 - math.cos(turn)))
    assert (pose.x, pose.y) == pytest.approx(expected, abs=1e-3)
    assert wrap_angle(pose.heading - turn) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize('turn', [0.0, 1.0, 4.0])
@pytest.mark.parametrize('inwards', [-1.5, -0.2, 0.0, 0.2, 1.5])
def test_locating_on_a_circle(circle, turn, inwards):
    """Towards the middle is to the left, and the distance is that from the rim."""
    reach = RADIUS - inwards
    pose = Pose(reach * math.sin(turn), RADIUS - reach * math.cos(turn), turn + 0.4)
    place = circle.locate(pose)
    assert place.lateral == pytest.approx(inwards, abs=1e-3)
    assert place.heading_error == pytest.approx(0.4, abs=5e-3)
    assert math.sin(place.arc / RADIUS - turn) == pytest.approx(0.0, abs=5e-3)


@given(
    st.floats(0.0, TRACK.length * 0.999),
    st.floats(-0.5, 0.5),
    st.floats(-1.5, 1.5),
)
def test_locating_undoes_placing(arc, lateral, heading_error):
    """`locate` finds what `pose_at` was given, on a track that bends to both sides."""
    place = TRACK.locate(TRACK.pose_at(arc, lateral=lateral, heading_error=heading_error))
    along = (place.arc - arc + TRACK.length / 2) % TRACK.length - TRACK.length / 2
    assert along == pytest.approx(0.0, abs=0.02)
    assert place.lateral == pytest.approx(lateral, abs=2e-3)
    assert place.heading_error == pytest.approx(heading_error, abs=0.02)


def test_laps_repeat():
    """A lap later the car is where it was."""
    first, second = TRACK.pose_at(1.5), TRACK.pose_at(1.5 + 3 * TRACK.length)
    assert (second.x, second.y) == pytest.approx((first.x, first.y), abs=1e-9)


def test_an_offset_line_keeps_its_distance(circle):
    """The lane lines of a circle are circles; the left one is the inner one."""
    line = circle.offset(circle.lane_width / 2)
    distance = np.hypot(line[:, 0], line[:, 1] - RADIUS)
    np.testing.assert_allclose(distance, RADIUS - 0.4, atol=1e-3)


@pytest.mark.parametrize('seed', range(6))
def test_random_tracks_can_be_driven(seed):
    """Smooth, closed, of the wanted length, with bends to both sides, none too narrow."""
    track = Track.random(seed, min_radius=1.1, length_range=(15.0, 18.0))
    assert 14.9 < track.length < 18.1
    assert np.abs(track.curvature).max() <= 1 / 1.1
    assert track.curvature.min() < -0.15
    assert track.curvature.max() > 0.15
    steps = np.hypot(*(np.roll(track.points, -1, axis=0) - track.points).T)
    np.testing.assert_allclose(steps, track.length / len(track.points), rtol=1e-3)


def test_a_track_starts_at_the_origin_along_x():
    """So odometry starts at zero."""
    pose = TRACK.pose_at(0.0)
    assert (pose.x, pose.y, pose.heading) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


def test_a_seed_decides_the_track():
    """The same seed gives the same points, another one others."""
    again, other = Track.random(5), Track.random(6)
    np.testing.assert_array_equal(again.points, TRACK.points)
    assert again.length != other.length


def test_a_track_that_cannot_be_is_refused():
    """Bends of three metres do not fit into eight metres."""
    with pytest.raises(ValueError, match='longer track or narrower bends'):
        Track.random(1, min_radius=3.0, length_range=(8.0, 8.5))


@pytest.mark.parametrize(
    ('angle', 'wrapped'),
    [(0.0, 0.0), (math.pi, math.pi), (-math.pi, math.pi), (7.0, 7.0 - 2 * math.pi)],
)
def test_angles_are_wrapped(angle, wrapped):
    """Into (-pi, pi]."""
    assert wrap_angle(angle) == pytest.approx(wrapped)
