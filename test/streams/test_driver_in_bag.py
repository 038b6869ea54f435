# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's steering in a bag."""

from __future__ import annotations

from dataclasses import replace
import math

from mcap.writer import Writer as McapWriter
import numpy as np
import pytest
from rosbags.rosbag2 import Writer
from rosbags.typesys import get_typestore, Stores

from featuremap_ros.demo.race import write_race
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.vision.frame import Frame


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
    near = replace(track, within_ns=1_000)
    assert replace(track, within_ns=1_500).at(0) == 0.1
    assert track.at(1_600) == 0.2
    assert near.at(2_999) == 0.2
    assert track.at(9_000) == 0.4
    assert near.at(9_000) is None
    assert DriverTrack('/drive', (), ()).at(0) is None


def test_angles_need_the_limit_of_the_wheels_to_become_shares():
    """Shares need it to become angles."""
    angles = DriverTrack('/drive', (0,), (0.1,))
    assert (angles.share(0, 0.4), angles.share(0, None), angles.at(0)) == (0.25, None, 0.1)
    assert angles.comparable(0.4)
    assert not angles.comparable(None)
    shares = DriverTrack('user/angle', (0,), (0.25,), in_shares=True)
    assert (shares.share(0, 0.4), shares.share(0, None), shares.at(0)) == (0.25, 0.25, None)
    assert shares.comparable(None)
    assert replace(shares, limit=0.4).at(0) == 0.1


def test_a_bag_joins_by_the_time_of_recording():
    """The stamp of a picture is older than the moment at which a bag wrote it."""
    track = DriverTrack('/drive', (1_000, 2_000), (0.1, 0.2), within_ns=10)
    image = np.zeros((1, 1, 3), np.uint8)
    assert track.share_of(Frame(image, 1_000, log_ns=2_000), 1.0) == 0.2
    assert track.share_of(Frame(image, 1_000), 1.0) == 0.1


def test_publishers_with_different_qos_are_one_topic(tmp_path):
    """As in a split recording that a second publisher joined in the middle."""
    path, types = tmp_path / 'drive.mcap', get_typestore(Stores.LATEST)
    kind = 'std_msgs/msg/Float64'
    with path.open('wb') as stream:
        writer = McapWriter(stream)
        writer.start(profile='ros2', library='test')
        text, _ = types.generate_msgdef(kind, ros_version=2)
        schema = writer.register_schema(kind, 'ros2msg', text.encode())
        for stamp_ns, qos in ((1_000, '- depth: 1'), (2_000, '- depth: 5')):
            offered = {'offered_qos_profiles': qos}
            channel = writer.register_channel('/steering', 'cdr', schema, offered)
            data = types.serialize_cdr(types.types[kind](stamp_ns / 1e4), kind)
            writer.add_message(channel, stamp_ns, bytes(data), stamp_ns)
        writer.finish()
    for name in (None, '/steering'):
        track = read_driver_track(path, name)
        assert (track.stamps_ns, track.angles) == ((1_000, 2_000), (0.1, 0.2))


@pytest.fixture
def twists(tmp_path):
    """Return a bag of twists: straight on, to the left, backwards to the left, standing, wild."""
    path = tmp_path / 'twists'
    store = get_typestore(Stores.ROS2_JAZZY)
    vector, twist = (store.types[f'geometry_msgs/msg/{kind}'] for kind in ('Vector3', 'Twist'))
    with Writer(path, version=9) as writer:
        connection = writer.add_connection('/cmd_vel', twist.__msgtype__, typestore=store)
        driven = [(1.0, 0.0), (2.0, 1.5), (-2.0, -1.5), (0.0, 1.0), (1.0, math.nan)]
        for i, (speed, turn) in enumerate(driven):
            message = twist(linear=vector(x=speed, y=0, z=0), angular=vector(x=0, y=0, z=turn))
            data = store.serialize_cdr(message, twist.__msgtype__)
            writer.write(connection, i * 1_000, data)
    return path


def test_twists_become_angles_with_the_wheelbase(twists, caplog):
    """Of 0.4 m, at 1.5 rad/s and 2 m/s, they are at atan(0.3); what is no number is told."""
    track = read_driver_track(twists, wheelbase=0.4)
    assert track.stamps_ns == (0, 1_000, 2_000)
    assert np.allclose(track.angles, [0, 0.2914568, 0.2914568], atol=1e-7)
    assert caplog.messages == ['1 of 4 messages on /cmd_vel hold no finite angle: left out.']


def test_twists_without_a_wheelbase_tell_nothing(twists):
    """Whoever names their topic is told what is missing."""
    assert read_driver_track(twists) is None
    with pytest.raises(UnsupportedError, match=r'/cmd_vel holds twists: give --wheelbase'):
        read_driver_track(twists, '/cmd_vel')
