# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""replay.launch.py: a bag's pictures get overlays, and its commands reach no car.

It runs wherever launch_testing is installed and the built workspace is sourced.
"""

from __future__ import annotations

import os
from pathlib import Path
import tempfile
import time
import unittest

import pytest

launch_testing = pytest.importorskip('launch_testing')
pytest.importorskip('launch_testing_ros')

from ament_index_python.packages import get_packages_with_prefixes
from geometry_msgs.msg import Twist
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare
from launch_testing.actions import ReadyToTest
from launch_testing.asserts import assertExitCodes
import numpy as np
import rclpy
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores
from sensor_msgs.msg import Image

if 'featuremap_ros' not in get_packages_with_prefixes():
    pytest.skip('the workspace with featuremap_ros is not sourced', allow_module_level=True)

# Other tests hold one of the domains from 20 on.
DOMAIN = 1 + os.getpid() % 19
WAIT_S = 60.0
START_NS = 1_700_000_000_000_000_000
PERIOD_NS = 50_000_000
FRAMES = 100


def write_bag(path: Path) -> Path:
    """Record 5 s of a camera, and of what drove the car."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types = store.types
    vector = types['geometry_msgs/msg/Vector3']
    command = types['geometry_msgs/msg/Twist'](vector(1.0, 0.0, 0.0), vector(0.0, 0.0, 0.0))
    pixels = np.random.default_rng(0).integers(0, 255, 240 * 320 * 3, dtype=np.uint8)
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        camera = writer.add_connection(
            '/camera/image_raw', 'sensor_msgs/msg/Image', typestore=store
        )
        driver = writer.add_connection('/cmd_vel', 'geometry_msgs/msg/Twist', typestore=store)
        for index in range(FRAMES):
            now = START_NS + index * PERIOD_NS
            stamp = types['builtin_interfaces/msg/Time'](*divmod(now, 1_000_000_000))
            header = types['std_msgs/msg/Header'](stamp, 'camera')
            image = types['sensor_msgs/msg/Image'](header, 240, 320, 'rgb8', 0, 960, pixels)
            writer.write(camera, now, store.serialize_cdr(image, image.__msgtype__))
            writer.write(driver, now, store.serialize_cdr(command, command.__msgtype__))
    return path


@pytest.mark.launch_test
def generate_test_description() -> LaunchDescription:
    """Launch it as a user would, where no other test listens."""
    bag = write_bag(Path(tempfile.mkdtemp()) / 'race')
    file = PathJoinSubstitution([FindPackageShare('featuremap_ros'), 'launch', 'replay.launch.py'])
    return LaunchDescription(
        [
            SetEnvironmentVariable('ROS_DOMAIN_ID', str(DOMAIN)),
            SetEnvironmentVariable('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST'),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(file),
                launch_arguments={'bag': str(bag), 'rviz': 'false'}.items(),
            ),
            ReadyToTest(),
        ]
    )


class TestReplay(unittest.TestCase):
    """While the bag is played."""

    def test_overlays_come_and_the_recorded_command_is_moved(self) -> None:
        """Whoever listens to /cmd_vel, a motor driver for one, hears nothing."""
        rclpy.init(domain_id=DOMAIN)
        node = rclpy.create_node('test_replay_launch')
        overlays: list[Image] = []
        moved: list[Twist] = []
        driving: list[Twist] = []
        node.create_subscription(Image, '/featuremap/overlay/conv1', overlays.append, 5)
        node.create_subscription(Twist, '/recorded/cmd_vel', moved.append, 5)
        node.create_subscription(Twist, '/cmd_vel', driving.append, 5)
        until = time.monotonic() + WAIT_S
        while len(overlays) < 20 and time.monotonic() < until:
            rclpy.spin_once(node, timeout_sec=0.1)
        stamp = overlays[0].header.stamp if overlays else None
        publishers = node.count_publishers('/cmd_vel')
        node.destroy_node()
        rclpy.shutdown()
        assert len(overlays) >= 20, f'{len(overlays)} overlays'
        assert stamp.sec in range(START_NS // 10**9, START_NS // 10**9 + 6)
        assert moved
        assert (driving, publishers) == ([], 0)


@launch_testing.post_shutdown_test()
class TestTheEnd(unittest.TestCase):
    """After the bag's last message."""

    def test_everything_ends_by_itself(self, proc_info: object) -> None:
        """The bag's end ends the node too, with exit code 0."""
        assertExitCodes(proc_info)
