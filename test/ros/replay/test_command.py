# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the commands that replay a bag."""

from __future__ import annotations

from pathlib import Path

import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

from featuremap_ros.errors import SourceError
from featuremap_ros.ros.replay.command import own_command, ros2_command, topics_of

TOPICS = [
    ('/camera/image_raw', 'sensor_msgs/msg/Image'),
    ('/cmd_vel', 'geometry_msgs/msg/Twist'),
    ('/featuremap/overlay/conv1', 'sensor_msgs/msg/Image'),
    ('/odom', 'nav_msgs/msg/Odometry'),
]
NODE = '/featuremap'


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """Return a bag without messages that rosbags wrote."""
    store = get_typestore(Stores.ROS2_JAZZY)
    with Writer(tmp_path / 'race', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for name, msgtype in TOPICS:
            writer.add_connection(name, msgtype, typestore=store)
    return tmp_path / 'race'


def test_topics_are_read_from_the_metadata(bag: Path) -> None:
    """Nothing but YAML is needed, which every ROS installation has."""
    assert sorted(topics_of(bag)) == TOPICS


def test_commands_are_remapped_and_sensors_are_not(bag: Path) -> None:
    """`ros2 bag play` must not publish what drives a car, nor what the node publishes itself."""
    command = ros2_command(bag, rate=1.0, loop=False, qos_overrides=Path('qos.yaml'), node=NODE)
    assert command[:4] == ['ros2', 'bag', 'play', str(bag)]
    at = command.index('--remap')
    assert sorted(command[at + 1 :]) == [
        '/cmd_vel:=/recorded/cmd_vel',
        '/featuremap/overlay/conv1:=/recorded/featuremap/overlay/conv1',
    ]
    assert command[command.index('--qos-profile-overrides-path') + 1] == 'qos.yaml'
    assert '--clock' in command


def test_rate_and_loop_reach_both_players(bag: Path) -> None:
    """They have the same names there."""
    wanted = ['--rate', '0.5', '--loop']
    own = own_command('/bin/featuremap', bag, rate=0.5, loop=True, node=NODE)
    assert own == ['/bin/featuremap', 'play', str(bag), *wanted, '--exclude', NODE]
    command = ros2_command(bag, rate=0.5, loop=True, qos_overrides=Path('qos.yaml'), node=NODE)
    assert command[command.index('--rate') :][:3] == wanted
    assert '--loop' not in own_command('/bin/featuremap', bag, rate=1.0, loop=False, node=NODE)


def test_a_missing_bag_is_named(tmp_path: Path) -> None:
    """Before `ros2 bag play` would print a traceback."""
    with pytest.raises(SourceError, match=r'There is no bag .*nowhere'):
        topics_of(tmp_path / 'nowhere')


@pytest.mark.parametrize('text', ['', '- 1', 'rosbag2_bagfile_information: {}', '{'])
def test_damaged_metadata_is_refused(tmp_path: Path, text: str) -> None:
    """Unknown topics might drive a car."""
    (tmp_path / 'metadata.yaml').write_text(text)
    with pytest.raises(SourceError, match='ros2 bag reindex'):
        topics_of(tmp_path)


def test_a_file_without_metadata_is_refused_where_rosbag2_cannot_read_it(tmp_path: Path) -> None:
    """The message says what to do instead."""
    (tmp_path / 'cut.mcap').write_bytes(b'\x89MCAP0\r\n')
    with pytest.raises(SourceError, match='featuremap play'):
        topics_of(tmp_path / 'cut.mcap')
