# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The bicycle against the closed forms of rolling on a circle."""

from __future__ import annotations

import math

import pytest

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.track import Pose

CAR = Car()
ORIGIN = Pose(0.0, 0.0, 0.0)


@pytest.mark.parametrize('steering', [-0.42, -0.1, 0.05, 0.3])
@pytest.mark.parametrize('step_ns', [5_000_000, 200_000_000])
def test_constant_steering_is_a_circle(steering, step_ns):
    """Of radius wheelbase / tan(steering), + to the left, whatever the step."""
    radius = CAR.wheelbase / math.tan(steering)
    state = CarState(0, ORIGIN, speed=1.0, steering=steering)
    for _ in range(1_000_000_000 // step_ns):
        state = CAR.advance(state, steering=steering, speed=1.0, step_ns=step_ns)
    turn = 1.0 / radius
    expected = (radius * math.sin(turn), radius * (1 - math.cos(turn)))
    assert (state.pose.x, state.pose.y) == pytest.approx(expected, abs=1e-9)
    assert state.yaw_rate == pytest.approx(turn)
    assert state.stamp_ns == 1_000_000_000


def test_without_steering_it_drives_straight():
    """Along its heading."""
    start = CarState(0, Pose(1.0, 2.0, math.pi / 2), speed=2.0)
    state = CAR.advance(start, steering=0.0, speed=2.0, step_ns=500_000_000)
    assert (state.pose.x, state.pose.y) == pytest.approx((1.0, 3.0))


def test_the_servo_needs_time_and_has_a_limit():
    """At 4 rad/s it turns by 0.04 rad in 10 ms, and never beyond 0.42 rad."""
    state = CAR.advance(CarState(0, ORIGIN), steering=9.0, speed=0.0, step_ns=10_000_000)
    assert state.steering == pytest.approx(0.04)
    for _ in range(30):
        state = CAR.advance(state, steering=9.0, speed=0.0, step_ns=10_000_000)
    assert state.steering == pytest.approx(0.42)


def test_the_motor_needs_time():
    """From rest to 1 m/s at 2.5 m/s^2 takes 0.4 s and 0.2 m."""
    state = CarState(0, ORIGIN)
    for _ in range(40):
        state = CAR.advance(state, steering=0.0, speed=1.0, step_ns=10_000_000)
    assert state.speed == pytest.approx(1.0)
    assert state.pose.x == pytest.approx(0.2)
    assert state.acceleration == pytest.approx(2.5)


def test_front_wheels_roll_round_one_point():
    """Ackermann: the cotangents of outer and inner wheel differ by track width / wheelbase."""
    left, right = CAR.wheel_angles(0.3)
    assert left > 0.3 > right
    difference = 1 / math.tan(right) - 1 / math.tan(left)
    assert difference == pytest.approx(CAR.track_width / CAR.wheelbase)
    assert CAR.wheel_angles(0.0) == (0.0, 0.0)
