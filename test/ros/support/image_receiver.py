# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Prints how many pictures came: ``image_receiver.py best_effort|reliable COUNT``."""

from __future__ import annotations

import sys
import time

import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

reliability, count = sys.argv[1].upper(), int(sys.argv[2])
received = 0


def receive(_: Image) -> None:
    """Count one."""
    global received
    received += 1


rclpy.init()
node = rclpy.create_node('image_receiver')
qos = QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability])
node.create_subscription(Image, 'picture', receive, qos)
until = time.monotonic() + 20.0 + count / 30
while received < count and time.monotonic() < until:
    rclpy.spin_once(node, timeout_sec=0.1)
    # The sender leaves when it is done.
    if received and not node.count_publishers('picture'):
        break
print(received)
node.destroy_node()
rclpy.try_shutdown()
