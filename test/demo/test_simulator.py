# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The car in its world, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.demo.driver import PurePursuit
from featuremap_ros.demo.laps import drive_laps
from featuremap_ros.demo.simulator import Simulator


def test_a_step_takes_a_picture_at_its_end(world):
    """At the stamp, in integer nanoseconds, from the new pose."""
    simulator = Simulator(world, start_ns=1_750_000_000_000_000_000)
    frame = simulator.step(0.1)
    assert frame.stamp_ns == 1_750_000_000_050_000_000
    again = world.photograph(simulator.state.pose, frame.stamp_ns)
    np.testing.assert_array_equal(frame.image, again)


def test_driving_does_not_depend_on_how_the_time_is_divided(world):
    """Steps of 50 ms and of 10 ms lead to the same place."""
    coarse, fine = Simulator(world), Simulator(world)
    coarse.advance(0.2, 500_000_000)
    for _ in range(50):
        fine.advance(0.2, 10_000_000)
    assert coarse.state == fine.state


def test_the_driver_makes_his_lap(world):
    """Near the line, and the lap is counted."""
    simulator = Simulator(world)
    pursuit = PurePursuit(world.track, simulator.car)
    report = drive_laps(simulator, lambda _: pursuit.steer(simulator.state.pose), laps=1.0)
    assert report.laps == pytest.approx(1.0, abs=0.01)
    assert report.lateral_p95 < 0.08
    assert not report.left_lane
    assert simulator.travelled == pytest.approx(world.track.length, rel=0.01)


def test_hands_off_leaves_the_lane(world):
    """The drive ends there."""
    report = drive_laps(Simulator(world), lambda _: 0.0, laps=1.0)
    assert report.left_lane
    assert report.laps < 0.5
    assert report.lateral_max > world.track.lane_width / 2


def test_a_car_that_goes_nowhere_is_not_waited_for(world):
    """The drive ends after far too long."""
    report = drive_laps(Simulator(world, speed=0.0), lambda _: 0.0, laps=0.05)
    assert report.laps == 0.0
    assert report.seconds < 20


def test_sensors_depend_on_the_time_alone(world):
    """Reading twice gives the same, a moment later something else."""
    simulator = Simulator(world)
    first = simulator.scan()
    np.testing.assert_array_equal(simulator.scan(), first)
    assert simulator.imu() == simulator.imu()
    before = simulator.imu()
    simulator.advance(0.0, 10_000_000)
    assert (simulator.scan() != first).any()
    assert simulator.imu() != before


def test_a_wall_stops_the_car(world):
    """Straight on until something is in the way; there it stays."""
    simulator = Simulator(world)
    for _ in range(200):
        simulator.advance(0.0, 50_000_000)
    assert simulator.blocked
    assert simulator.state.speed == 0.0
    before = simulator.state.pose
    room = world.room
    assert room.left < before.x < room.right
    assert room.bottom < before.y < room.top
    simulator.advance(0.0, 1_000_000_000)
    assert simulator.state.pose == before


def test_the_car_is_put_back(world):
    """On the track, at rest, its laps count anew, and time goes on."""
    simulator = Simulator(world)
    simulator.advance(0.1, 2_000_000_000)
    stamp_ns = simulator.state.stamp_ns
    simulator.place(3.0, lateral=0.1)
    assert simulator.position.arc == pytest.approx(3.0, abs=1e-3)
    assert simulator.position.lateral == pytest.approx(0.1, abs=1e-3)
    assert simulator.state.speed == 0.0
    assert simulator.state.stamp_ns == stamp_ns
    assert simulator.laps == 0.0
    simulator.advance(0.0, 500_000_000)
    assert 0.0 < simulator.travelled < 1.0


def test_a_moment_has_one_picture(world):
    """Asked again it is not drawn again; a moment later it is."""
    simulator = Simulator(world)
    first = simulator.frame()
    assert simulator.frame() is first
    assert simulator.step(0.0) is not first
