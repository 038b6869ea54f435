# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The car and its way as viewers draw them."""

from __future__ import annotations

from itertools import pairwise
import math

import numpy as np
import pytest

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.drawn_car import car_markers, path, WHEEL_RADIUS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.trail import LENGTH, SPACING, Trail
from featuremap_ros.demo.typestore import race_typestore


def turned(orientation, vector):
    """Rotate a vector by a quaternion."""
    axis = np.array([orientation.x, orientation.y, orientation.z])
    inner = np.cross(axis, vector) + orientation.w * np.asarray(vector)
    return np.asarray(vector) + 2 * np.cross(axis, inner)


def drawn(steering):
    """Return the markers by name."""
    state = CarState(1_500_000_000, Pose(3.0, 4.0, 1.0), speed=1.0, steering=steering)
    return {marker.ns: marker for marker in car_markers(Car(), state).markers}


@pytest.mark.parametrize('steering', [-0.3, 0.0, 0.3])
def test_wheels_roll_where_the_car_goes(steering):
    """Their axles meet in the point round which the car turns, and they stand on the floor."""
    markers = drawn(steering)
    radius = math.inf if steering == 0 else Car().wheelbase / math.tan(steering)
    wheels = [marker for name, marker in markers.items() if 'wheel' in name]
    assert len(wheels) == 4
    for wheel in wheels:
        axle = turned(wheel.pose.orientation, [0.0, 0.0, 1.0])
        assert axle[2] == pytest.approx(0.0, abs=1e-12)
        assert wheel.pose.position.z == WHEEL_RADIUS
        at = np.array([wheel.pose.position.x, wheel.pose.position.y])
        to_centre = [0.0, 1.0] if radius == math.inf else np.array([0.0, radius]) - at
        across = to_centre[0] * axle[1] - to_centre[1] * axle[0]
        assert across == pytest.approx(0.0, abs=1e-9)


def test_the_arrow_points_and_glows_to_the_side():
    """Orange to the left, violet to the right."""
    left, right = drawn(0.3)['steering'], drawn(-0.3)['steering']
    assert turned(left.pose.orientation, [1.0, 0.0, 0.0])[1] == pytest.approx(math.sin(0.3))
    assert turned(right.pose.orientation, [1.0, 0.0, 0.0])[1] == pytest.approx(-math.sin(0.3))
    assert left.color.r > left.color.b
    assert right.color.b > right.color.r


def test_markers_can_be_sent():
    """Every field is there; they move with the car."""
    store = race_typestore()
    markers = car_markers(Car(), CarState(0, Pose(0.0, 0.0, 0.0)))
    data = store.serialize_cdr(markers, 'visualization_msgs/msg/MarkerArray')
    back = store.deserialize_cdr(data, 'visualization_msgs/msg/MarkerArray')
    assert {marker.header.frame_id for marker in back.markers} == {'base_link'}
    assert all(marker.frame_locked for marker in back.markers)


def test_the_way_is_kept_while_the_car_drives(world):
    """At even distances, in the hall; put back to the start it begins anew."""
    simulator = Simulator(world)
    for _ in range(150):
        simulator.advance(0.0, 10_000_000)
    poses = path(simulator.trail, simulator.state.stamp_ns).poses
    steps = [
        math.hypot(b.pose.position.x - a.pose.position.x, b.pose.position.y - a.pose.position.y)
        for a, b in pairwise(poses)
    ]
    assert len(steps) >= 10
    assert all(SPACING <= step < SPACING + 0.02 for step in steps)
    assert {pose.header.frame_id for pose in poses} == {'odom'}
    simulator.place(2.0)
    (only,) = simulator.trail
    assert only == simulator.state.pose


def test_the_way_does_not_grow_for_ever():
    """The oldest pose goes first."""
    trail = Trail()
    for i in range(LENGTH + 5):
        trail.follow(Pose(float(i), 0.0, 0.0))
    kept = list(trail)
    assert len(kept) == LENGTH
    assert kept[0].x == 5.0
