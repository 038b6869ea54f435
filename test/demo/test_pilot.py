# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped pilot drives tracks that it has not seen, and only if it is fed what it knows."""

from __future__ import annotations

from dataclasses import replace
import math

from in_picture import project
import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.driver import PurePursuit
from featuremap_ros.demo.laps import drive_laps, Policy
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def pilot() -> Pilot:
    """Return the shipped pilot with its profile."""
    with pilot_path() as path:
        return Pilot.load(path, profile='demo')


@pytest.fixture(scope='module')
def policy(pilot) -> Policy:
    """Return what it steers, + to the left (rad)."""

    def steer(frame: Frame) -> float:
        angle = pilot.forward(frame).steering.angle
        assert angle is not None
        return angle

    return steer


def test_the_file_is_small():
    """Less than a megabyte travels with every copy of the package."""
    with pilot_path() as path:
        assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize('seed', [3, 31])
def test_it_drives_a_lap_of_an_unseen_track(policy, seed):
    """Near the centre line all the way."""
    report = drive_laps(Simulator(World(seed)), policy, laps=1.0)
    assert not report.left_lane
    assert report.laps >= 1.0
    assert report.lateral_p95 < 0.10


def test_it_comes_back_to_the_line(policy, world):
    """From a hand's breadth beside it, askew."""
    for side in (1.0, -1.0):
        simulator = Simulator(world, arc=1.0, lateral=0.18 * side, heading_error=0.15 * side)
        report = drive_laps(simulator, policy, laps=0.2)
        assert not report.left_lane
        assert abs(simulator.position.lateral) < 0.1


def test_mirrored_steering_leaves_the_lane(policy, world):
    """Left is left: with the sign turned round it does not get far."""
    report = drive_laps(Simulator(world), lambda frame: -policy(frame), laps=1.0)
    assert report.left_lane
    assert report.laps < 0.3


@pytest.mark.parametrize('seed', [3, 31])
def test_swapped_colours_leave_the_lane(policy, seed):
    """With red and blue swapped the yellow line means nothing and the blue one misleads."""

    def swapped(frame: Frame) -> float:
        return policy(replace(frame, image=np.ascontiguousarray(frame.image[..., ::-1])))

    report = drive_laps(Simulator(World(seed)), swapped, laps=1.0)
    assert report.left_lane
    assert report.laps < 0.7


def test_it_steers_like_the_driver(policy, world):
    """On pictures of a whole lap, within about a degree on average."""
    simulator = Simulator(world)
    pursuit = PurePursuit(world.track, simulator.car)
    differences = []
    for arc in np.linspace(0.0, world.track.length, 60, endpoint=False):
        pose = world.track.pose_at(float(arc))
        frame = world.frame(pose, round(arc * 1e9))
        differences.append(policy(frame) - pursuit.steer(pose))
    assert np.abs(differences).mean() < math.radians(1.2)


@pytest.mark.parametrize('layer', ['conv2', 'conv3'])
def test_the_yellow_line_lights_up(pilot, plain_world, layer):
    """The strongest cells of a layer lie on it, by the registration of the overlay."""
    world, camera = plain_world, plain_world.camera
    frame = world.frame(world.track.pose_at(0.0), 0)
    forward = pilot.forward(frame, [layer])
    heat = forward.activations[layer].mean(axis=2)
    to_camera = pilot.registration(layer, forward.model_input).to_cell_centres
    line = world.track.offset(world.track.lane_width / 2)
    ahead = line[(line[:, 0] > 0.6) & (line[:, 0] < 1.5) & (line[:, 1] > -0.5)]
    seen = project(camera, np.column_stack([ahead, np.zeros(len(ahead))]))
    strongest = np.argsort(heat, axis=None)[-6:]
    for row, column in zip(*np.unravel_index(strongest, heat.shape), strict=True):
        x, y = to_camera(column, row)
        distance = np.hypot(seen[:, 0] - x, seen[:, 1] - y).min()
        assert distance < 16
