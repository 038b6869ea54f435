# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""demo.launch.py: the shipped pilot drives the simulated car.

It runs wherever launch_testing is installed and the built workspace is sourced.
"""

from __future__ import annotations

import math
import os
import time
import unittest

import pytest

launch_testing = pytest.importorskip('launch_testing')
pytest.importorskip('launch_testing_ros')

from ament_index_python.packages import get_packages_with_prefixes
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare
from launch_testing.actions import ReadyToTest
from launch_testing.asserts import assertExitCodes
from nav_msgs.msg import Odometry
import rclpy
from sensor_msgs.msg import Image, LaserScan
from std_msgs.msg import Float64

if 'featuremap_ros' not in get_packages_with_prefixes():
    pytest.skip('the workspace with featuremap_ros is not sourced', allow_module_level=True)

# Other tests hold one of the domains from 20 on.
DOMAIN = 1 + os.getpid() % 19
WAIT_S = 90.0


@pytest.mark.launch_test
def generate_test_description() -> LaunchDescription:
    """Launch it for a while, where no other test listens."""
    file = PathJoinSubstitution([FindPackageShare('featuremap_ros'), 'launch', 'demo.launch.py'])
    return LaunchDescription(
        [
            SetEnvironmentVariable('ROS_DOMAIN_ID', str(DOMAIN)),
            SetEnvironmentVariable('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST'),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(file),
                launch_arguments={'seconds': '25', 'rviz': 'false'}.items(),
            ),
            ReadyToTest(),
        ]
    )


class TestDemo(unittest.TestCase):
    """While the car drives."""

    def test_the_pilot_steers_and_rviz_would_have_something_to_show(self) -> None:
        """Camera, laser scan, overlays and steering, all at once; and the car moves."""
        rclpy.init(domain_id=DOMAIN)
        node = rclpy.create_node('test_demo_launch')
        angles: list[Float64] = []
        speeds: list[float] = []
        seen: dict[str, int] = {}

        def count(topic: str, kind: type) -> None:
            seen[topic] = 0

            def add(_: object) -> None:
                seen[topic] += 1

            node.create_subscription(kind, topic, add, 5)

        count('/camera/image_raw', Image)
        count('/featuremap/overlay/conv1', Image)
        count('/featuremap/overlay/conv4', Image)
        count('/scan', LaserScan)
        node.create_subscription(Float64, '/featuremap/steering_angle', angles.append, 5)
        node.create_subscription(
            Odometry, '/odom', lambda odom: speeds.append(odom.twist.twist.linear.x), 5
        )

        def missing() -> bool:
            return min(seen.values()) < 5 or len(angles) < 5 or max(speeds, default=0.0) < 1.0

        until = time.monotonic() + WAIT_S
        while missing() and time.monotonic() < until:
            rclpy.spin_once(node, timeout_sec=0.1)
        node.destroy_node()
        rclpy.shutdown()
        assert min(seen.values()) >= 5, seen
        assert len(angles) >= 5
        assert max(speeds) >= 1.0
        assert all(math.isfinite(angle.data) and abs(angle.data) <= 0.43 for angle in angles)


@launch_testing.post_shutdown_test()
class TestTheEnd(unittest.TestCase):
    """After the time that was asked for."""

    def test_everything_ends_by_itself(self, proc_info: object) -> None:
        """Both nodes with exit code 0."""
        assertExitCodes(proc_info)
