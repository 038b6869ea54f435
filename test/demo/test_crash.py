# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The crash happens, because of the false line, and the methods say so."""

from __future__ import annotations

import json
import math
from pathlib import Path

from in_picture import false_line_in_picture
import numpy as np
import pytest

from featuremap_ros.attribution.baselines import baseline, BASELINES
from featuremap_ros.attribution.occlusion import occlude
from featuremap_ros.cli.main import main
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.crash import (
    CRASH_FAULTS,
    CRASH_SECONDS,
    CRASH_SEED,
    crash_world,
    write_crash,
)
from featuremap_ros.demo.laps import drive_laps
from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.topics import CAMERA_PERIOD_NS
from featuremap_ros.demo.world import World
from featuremap_ros.streams.source import open_source

# Full steering to full steering is 0.84 rad.
PULL = 0.2


@pytest.fixture(scope='module')
def pilot():
    """Return the shipped pilot."""
    return load_autopilot()


@pytest.fixture(scope='module')
def policy(pilot):
    """Return what it steers, + to the left (rad)."""
    return as_policy(pilot)


@pytest.fixture(scope='module')
def crashed(tmp_path_factory, policy) -> Path:
    """Return the bag of the crash."""
    return write_crash(tmp_path_factory.mktemp('crash') / 'crash', policy=policy)


@pytest.fixture(scope='module')
def drive(policy):
    """Return the world of the crash, and frames and poses until the car has left its lane."""
    world = crash_world()
    simulator = Simulator(world, start_ns=START_NS)
    moments = []
    while not simulator.left_lane and simulator.laps < 1.0:
        frame = simulator.frame()
        moments.append((frame, simulator.state.pose))
        simulator.step(policy(frame))
    return world, moments, simulator


def test_the_car_leaves_its_lane_at_the_tape(drive):
    """On the side to which the tape leads, before the record ends."""
    world, _, simulator = drive
    assert simulator.left_lane
    assert simulator.position.lateral < 0
    assert CRASH_FAULTS.start < simulator.position.arc < CRASH_FAULTS.start + CRASH_FAULTS.length
    assert simulator.state.stamp_ns - START_NS < (CRASH_SECONDS - 0.5) * 1e9
    assert world.seed == CRASH_SEED


def test_without_the_tape_it_drives_by(policy):
    """All else as in the crash."""
    report = drive_laps(Simulator(World(CRASH_SEED), start_ns=START_NS), policy, laps=0.6)
    assert not report.left_lane
    assert report.laps >= 0.6


def test_the_bag_holds_the_drive(crashed, drive):
    """The recorded pictures are those on which the pilot decided."""
    _, moments, _ = drive
    with open_source(crashed) as source:
        frames = list(source)
    assert len(frames) == CRASH_SECONDS * 20
    for frame, (seen, _) in zip(frames, moments, strict=False):
        assert frame.stamp_ns == seen.stamp_ns
        np.testing.assert_array_equal(frame.image, seen.image)


@pytest.fixture(scope='module')
def turning_away(drive, policy):
    """Return the moments at which the car would have stayed in its lane without the tape."""
    _, moments, _ = drive
    clean = World(CRASH_SEED)
    return [
        (frame, pose)
        for frame, pose in moments
        if clean.track.locate(pose).lateral > -0.2
        and policy(clean.frame(pose, frame.stamp_ns)) - policy(frame) > 0.3
    ]


@pytest.mark.parametrize('name', BASELINES)
def test_the_tape_is_the_strongest_cause(drive, turning_away, pilot, name):
    """Hiding a patch of it brings the steering back to the left, as hiding no other does."""
    world = drive[0]
    (left, top), size = _crop(pilot), pilot.profile.input.size
    falls = []
    for frame, pose in turning_away:
        fed = pilot.preprocess(frame.image)
        tape = false_line_in_picture(world, pose)[top:, left:]
        rows, columns = np.nonzero(tape)
        scale = size[0] / tape.shape[1], size[1] / tape.shape[0]
        shown = np.zeros((size[1], size[0]), bool)
        shown[(rows * scale[1]).astype(int), (columns * scale[0]).astype(int)] = True

        def left_angle(pictures):
            return np.array([_angle(pilot, picture) for picture in pictures])

        result = occlude(fed.pixels, baseline(name, fed.pixels), left_angle, patch=24, step=8)
        best = result.strongest()
        assert shown[result.boxes[best].slices].any()
        falls.append(result.falls[best])
    assert sum(fall < -PULL for fall in falls) >= 5


def test_why_names_the_tape(crashed, drive, turning_away, tmp_path, capsys):
    """The smallest box without which it steers to the other side lies on it."""
    world, moments, _ = drive
    first, _ = turning_away[0]
    stamp_ns = first.stamp_ns - 5 * CAMERA_PERIOD_NS
    (pose,) = (pose for frame, pose in moments if frame.stamp_ns == stamp_ns)
    with pilot_path() as model:
        asked = ['why', str(crashed), '--model', str(model), '--profile', 'demo', '--json']
        at = (stamp_ns - START_NS) / 1e9
        assert main([*asked, '--at', str(at), '--out', str(tmp_path / 'why')]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer['stamp_ns'] == stamp_ns
    assert answer['before']['steering_angle'] < 0 < answer['after']['steering_angle']
    (box,) = answer['boxes']
    rows = slice(math.ceil(box['top']), math.floor(box['bottom']) + 1)
    columns = slice(math.ceil(box['left']), math.floor(box['right']) + 1)
    assert false_line_in_picture(world, pose)[rows, columns].mean() > 0.1


def test_the_tape_is_found_in_the_picture(drive):
    """Where the mask says, it is as yellow as the lane line, but for what stands before it."""
    world, moments, _ = drive
    clean = World(CRASH_SEED)
    checked = 0
    for frame, pose in moments[60::3]:
        mask = false_line_in_picture(world, pose)
        changed = (frame.image != clean.frame(pose, frame.stamp_ns).image).any(axis=2)
        if mask.sum() < 500:
            continue
        checked += 1
        assert changed[mask].mean() > 0.8
        grown = np.zeros_like(mask)
        for row in range(-2, 3):
            for column in range(-2, 3):
                grown |= np.roll(mask, (row, column), (0, 1))
        assert (changed & ~grown).mean() < 0.01
    assert checked > 5


def test_a_world_without_tape_shows_none():
    """The mask is empty."""
    world = World(CRASH_SEED)
    assert not false_line_in_picture(world, world.track.pose_at(5.0)).any()


def _angle(pilot, picture):
    """Return the steering angle on what the network is fed, + to the left (rad)."""
    tensor = picture[None].astype(np.float32) / np.float32(255)
    (output,) = pilot.outputs(tensor).values()
    return -float(output.ravel()[0]) * pilot.profile.max_steering_angle


def _crop(pilot):
    """Return what is cut off at the left and at the top (px)."""
    crop = pilot.profile.input.crop
    return crop.left, crop.top
