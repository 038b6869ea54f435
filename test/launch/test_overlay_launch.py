# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""overlay.launch.py without arguments: a camera comes in, an overlay goes out, the end is clean.

It runs wherever launch_testing is installed and the built workspace is sourced.
"""

from __future__ import annotations

import os
import time
import unittest

import pytest

launch_testing = pytest.importorskip('launch_testing')
pytest.importorskip('launch_testing_ros')

from ament_index_python.packages import get_packages_with_prefixes
from diagnostic_msgs.msg import DiagnosticArray
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetEnvironmentVariable
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare
from launch_testing.actions import ReadyToTest
from launch_testing.asserts import assertExitCodes
from launch_testing.markers import keep_alive
import numpy as np
import rclpy
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

if 'featuremap_ros' not in get_packages_with_prefixes():
    pytest.skip('the workspace with featuremap_ros is not sourced', allow_module_level=True)

# Other tests hold one of the domains from 20 on.
DOMAIN = 1 + os.getpid() % 19
WAIT_S = 60.0


@pytest.mark.launch_test
@keep_alive
def generate_test_description() -> LaunchDescription:
    """Launch it as a user would, where no other test listens."""
    file = PathJoinSubstitution(
        [FindPackageShare('featuremap_ros'), 'launch', 'overlay.launch.py']
    )
    return LaunchDescription(
        [
            SetEnvironmentVariable('ROS_DOMAIN_ID', str(DOMAIN)),
            SetEnvironmentVariable('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST'),
            IncludeLaunchDescription(PythonLaunchDescriptionSource(file)),
            ReadyToTest(),
        ]
    )


def picture() -> Image:
    """Return a noisy picture of the camera's usual size."""
    pixels = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    message = Image(height=240, width=320, step=960, encoding='rgb8')
    message.data.frombytes(pixels.tobytes())
    return message


class TestOverlay(unittest.TestCase):
    """While it runs."""

    def setUp(self) -> None:
        """Join the node's domain."""
        rclpy.init(domain_id=DOMAIN)
        self.node = rclpy.create_node('test_overlay_launch')

    def tearDown(self) -> None:
        """Leave it."""
        self.node.destroy_node()
        rclpy.shutdown()

    def test_a_picture_becomes_an_overlay_of_the_first_layer(self) -> None:
        """The topics are those that RViz opens on."""
        got: list[Image] = []
        camera = self.node.create_publisher(Image, '/camera/image_raw', qos_profile_sensor_data)
        self.node.create_subscription(Image, '/featuremap/overlay/conv1', got.append, 5)
        message, until = picture(), time.monotonic() + WAIT_S
        while not got and time.monotonic() < until:
            message.header.stamp = self.node.get_clock().now().to_msg()
            camera.publish(message)
            rclpy.spin_once(self.node, timeout_sec=0.05)
        assert got, 'no overlay'
        assert (got[0].height, got[0].width, got[0].encoding) == (240, 320, 'rgb8')

    def test_it_reports_on_itself(self) -> None:
        """Diagnostics come without a camera too."""
        got: list[DiagnosticArray] = []
        self.node.create_subscription(DiagnosticArray, '/diagnostics', got.append, 5)
        until = time.monotonic() + WAIT_S
        while not got and time.monotonic() < until:
            rclpy.spin_once(self.node, timeout_sec=0.1)
        assert got, 'no diagnostics'
        assert got[0].status[0].name == 'featuremap: overlay'


@launch_testing.post_shutdown_test()
class TestTheEnd(unittest.TestCase):
    """After it was told to end."""

    def test_the_node_ends_by_itself(self, proc_info: object) -> None:
        """Exit code 0 on SIGINT."""
        assertExitCodes(proc_info)
