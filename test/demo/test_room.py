# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A hall leaves the lane free."""

from __future__ import annotations

import math

import numpy as np
import pytest

from featuremap_ros.demo.room import Box, Cone, Room
from featuremap_ros.demo.track import Track


@pytest.mark.parametrize('seed', range(8))
def test_nothing_stands_on_the_lane(seed):
    """Boxes and cones are beside the lane lines and inside the walls."""
    track = Track.random(seed)
    room = Room.random(np.random.default_rng(seed), track)
    assert len(room.boxes) >= 3
    things = [box.corners() for box in room.boxes]
    things += [np.array([[cone.x, cone.y]]) for cone in room.cones]
    for points in things:
        for x, y in points:
            away = np.hypot(track.points[:, 0] - x, track.points[:, 1] - y).min()
            assert away > track.lane_width / 2 + 0.15
            assert room.left < x < room.right
            assert room.bottom < y < room.top


@pytest.mark.parametrize('seed', range(4))
def test_the_walls_are_away_from_the_lane(seed):
    """So that a car beside the line does not hit them."""
    track = Track.random(seed)
    room = Room.random(np.random.default_rng(seed), track)
    assert track.points[:, 0].min() - room.left > 0.9
    assert room.top - track.points[:, 1].max() > 0.9


def test_a_box_has_its_measures():
    """Its corners, counter-clockwise, turned by its yaw."""
    corners = Box(1.0, 2.0, math.pi / 2, 0.6, 0.2, 0.5).corners()
    np.testing.assert_allclose(corners[0], [1.1, 1.7], atol=1e-12)
    np.testing.assert_allclose(corners.mean(axis=0), [1.0, 2.0])
    x, y = corners.T
    area = 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))
    assert area == pytest.approx(0.12)


def test_a_scanner_can_hit_walls_boxes_and_cones():
    """Four sides of each, and eight of a cone."""
    room = Room.random(np.random.default_rng(3), Track.random(3))
    expected = 4 + 4 * len(room.boxes) + 8 * len(room.cones)
    assert room.segments().shape == (expected, 2, 2)


def test_walls_boxes_and_cones_are_in_the_way():
    """Inside them and outside of the hall; just beside them nothing is."""
    box, cone = Box(1.0, 2.0, math.pi / 4, 0.6, 0.2, 0.5), Cone(-1.0, 0.0, 0.3)
    room = Room(-2.0, 3.0, -2.0, 4.0, 3.0, (box,), (cone,))
    for x, y, blocked in (
        (0.0, 0.0, False),
        (3.1, 0.0, True),
        (0.0, -2.1, True),
        (1.0, 2.0, True),
        (1.2, 2.2, True),
        (1.2, 1.8, False),
        (-1.0, 0.08, True),
        (-1.0, 0.1, False),
    ):
        assert room.blocks(x, y) == blocked
