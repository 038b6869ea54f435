# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's steering in a bag."""

from __future__ import annotations

import pytest

from featuremap_ros.demo.race import write_race
from featuremap_ros.errors import UnknownNameError
from featuremap_ros.streams.driver_track import DriverTrack, read_driver_track


@pytest.fixture(scope='module')
def race(tmp_path_factory):
    """Return a bag of one second with the driver's Ackermann commands."""
    return write_race(tmp_path_factory.mktemp('race') / 'bag', seconds=1.0)


def test_the_drivers_commands_are_read(race):
    """The only candidate is found; the angles are radians within the car's limit."""
    track = read_driver_track(race)
    assert track.topic == '/drive'
    assert len(track.angles) == len(track.stamps_ns) == 20
    assert list(track.stamps_ns) == sorted(track.stamps_ns)
    assert all(abs(angle) < 0.5 for angle in track.angles)
    assert any(track.angles)


def test_a_topic_that_holds_no_steering_is_refused(race):
    """The candidates are listed."""
    with pytest.raises(UnknownNameError, match=r"steering topic '/odom'.*Choices: /drive"):
        read_driver_track(race, '/odom')


def test_the_nearest_angle_in_time_counts():
    """Far from any command there is no angle."""
    track = DriverTrack('/drive', (1_000, 2_000, 4_000), (0.1, 0.2, 0.4))
    assert track.at(0, within_ns=1_500) == 0.1
    assert track.at(1_600) == 0.2
    assert track.at(2_999, within_ns=1_000) == 0.2
    assert track.at(9_000) == 0.4
    assert track.at(9_000, within_ns=1_000) is None
    assert DriverTrack('/drive', (), ()).at(0) is None
