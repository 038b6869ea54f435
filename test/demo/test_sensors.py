# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Laser scan and inertial unit against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from featuremap_ros.demo.car import CarState
from featuremap_ros.demo.room import Box, Cone, Room
from featuremap_ros.demo.sensors import GRAVITY, Imu, LaserScanner
from featuremap_ros.demo.track import Pose

SCANNER = LaserScanner(noise=0.0, forward=0.0)
AHEAD, LEFT, BACK, RIGHT = 180, 270, 0, 90


def room(*boxes: Box, cones: tuple[Cone, ...] = ()) -> Room:
    """Return a hall from (-2, -1) to (3, 2.5)."""
    return Room(-2.0, 3.0, -1.0, 2.5, 3.0, boxes, cones)


def scan(hall: Room, pose: Pose, scanner: LaserScanner = SCANNER):
    """Return the distances."""
    return scanner.scan(hall, pose, np.random.default_rng(1))


def test_the_walls_of_an_empty_hall():
    """Ahead, left, behind and right of a car at the origin."""
    ranges = scan(room(), Pose(0.0, 0.0, 0.0))
    assert ranges.dtype == np.float32
    assert ranges[[AHEAD, LEFT, BACK, RIGHT]] == pytest.approx([3.0, 2.5, 2.0, 1.0])
    assert ranges[AHEAD + 45] == pytest.approx(2.5 * math.sqrt(2))


def test_beams_turn_with_the_car():
    """Heading along y, the far wall is ahead, and the left one is at x = -2."""
    ranges = scan(room(), Pose(0.0, 0.0, math.pi / 2))
    assert ranges[[AHEAD, LEFT, BACK, RIGHT]] == pytest.approx([2.5, 2.0, 1.0, 3.0])


def test_the_scanner_sits_before_the_rear_axle():
    """So the wall ahead is nearer by that much."""
    ranges = scan(room(), Pose(0.0, 0.0, 0.0), LaserScanner(noise=0.0, forward=0.1))
    assert ranges[[AHEAD, BACK]] == pytest.approx([2.9, 2.1])


def test_a_box_hides_the_wall():
    """Its near side is seen, turned or not."""
    box = Box(1.5, 0.0, math.pi / 2, 0.4, 0.6, 0.5)
    ranges = scan(room(box), Pose(0.0, 0.0, 0.0))
    assert ranges[AHEAD] == pytest.approx(1.2)
    assert ranges[LEFT] == pytest.approx(2.5)


def test_a_cone_is_seen():
    """At its distance less its radius where the beam meets it."""
    ranges = scan(room(cones=(Cone(1.0, 0.0, 0.3),)), Pose(0.0, 0.0, 0.0))
    assert ranges[AHEAD] == pytest.approx(1.0 - 0.5 * 0.3 * 0.3, abs=0.005)


def test_what_is_out_of_range_is_infinite():
    """By REP 117: too far is inf."""
    ranges = scan(room(), Pose(0.0, 0.0, 0.0), LaserScanner(noise=0.0, forward=0.0, range_max=2.2))
    assert np.isinf(ranges[[AHEAD, LEFT]]).all()
    assert ranges[BACK] == pytest.approx(2.0)


def test_at_rest_only_gravity_is_felt():
    """Upwards, by REP 145."""
    quiet = Imu(gyro_noise=0.0, acceleration_noise=0.0)
    sample = quiet.sample(CarState(0, Pose(0, 0, 0)), np.random.default_rng(1))
    assert sample.linear_acceleration == pytest.approx((0.0, 0.0, GRAVITY))
    assert sample.angular_velocity == pytest.approx((0.0, 0.0, 0.0))


def test_in_a_left_bend_the_push_is_to_the_left():
    """By v^2 / r = v * yaw rate."""
    quiet = Imu(gyro_noise=0.0, acceleration_noise=0.0)
    state = CarState(0, Pose(0, 0, 0), speed=1.5, yaw_rate=0.8, acceleration=-0.3)
    sample = quiet.sample(state, np.random.default_rng(1))
    assert sample.linear_acceleration == pytest.approx((-0.3, 1.2, GRAVITY))
    assert sample.angular_velocity == pytest.approx((0.0, 0.0, 0.8))
