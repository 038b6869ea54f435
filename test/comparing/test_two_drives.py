# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Two pilots on the same frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featuremap_ros.comparing.two_drives import TwoDrives
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def frames():
    """Return twelve pictures of noise."""
    rng = np.random.default_rng(0)
    return [
        Frame(rng.integers(0, 255, (48, 64, 3), np.uint8), number * 10**8) for number in range(12)
    ]


@pytest.fixture(scope='module')
def load(tiny_model, tiny_profile):
    """Return what loads the tiny pilot with changes of its profile."""
    profile = PilotProfile.load(tiny_profile)

    def load(**changes):
        side = changes.pop('positive', 'right')
        heads = {**profile.heads, 'steering': replace(profile.heads['steering'], positive=side)}
        return Pilot.load(tiny_model, profile=replace(profile, heads=heads, **changes))

    return load


def test_both_limits_make_angles(load, frames):
    """Each pilot's own limit counts; full scale is the larger."""
    drives = TwoDrives(load(), load(max_steering_angle=0.2))
    drives.drive(frames)
    a, b = drives.steering
    assert (drives.angular, drives.full_scale, len(drives)) == (True, 0.4, 12)
    assert a == pytest.approx(2 * b)
    assert a == pytest.approx([load().forward(frame).steering.angle for frame in frames])
    assert drives.difference().mean == pytest.approx(np.abs(a - b).mean())
    assert drives.from_driver() is None
    assert np.isnan(drives.driver).all()


def test_without_limits_shares_are_compared_on_common_sides(load, frames):
    """The sign of the profile counts, so mirrored heads are opposite."""
    drives = TwoDrives(load(max_steering_angle=None), load(positive='left'))
    drives.drive(frames)
    a, b = drives.steering
    assert not drives.angular
    assert a == pytest.approx(-b)
    assert np.abs(a).max() <= 1


@pytest.mark.parametrize('in_shares', [False, True])
def test_the_driver_is_compared_with_both(load, frames, in_shares):
    """Angles or shares, on the frames that have them."""
    unit = 1 if in_shares else 0.4
    stamps = tuple(frame.stamp_ns for frame in frames[:6])
    track = DriverTrack('x', stamps, (0.5 * unit,) * 6, in_shares=in_shares, within_ns=0)
    drives = TwoDrives(load(), load(positive='left'), track)
    drives.drive(frames)
    assert drives.driver[:6] == pytest.approx(0.2)
    assert np.isnan(drives.driver[6:]).all()
    a, b = drives.from_driver()
    assert (a.frames, b.frames) == (6, 6)
    assert a.mean == pytest.approx(np.abs(drives.steering[0][:6] - 0.2).mean())


def test_a_frame_that_one_cannot_be_fed_is_left_out_for_both(load, frames):
    """With the reason."""
    profile = load().profile
    strict = load(input=replace(profile.input, camera=(64, 48)))
    drives = TwoDrives(load(), strict)
    drives.drive([frames[0], Frame(np.zeros((96, 64, 3), np.uint8), 5), frames[1]])
    assert drives.stamps_ns.tolist() == [0, 10**8]
    assert 'Expected a picture of 64 x 48' in drives.skipped[0].reason
