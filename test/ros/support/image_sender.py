# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishes pictures of 640x480 at 30 Hz: ``image_sender.py best_effort|reliable COUNT``."""

from __future__ import annotations

import array
import sys
import time

import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

reliability, count = sys.argv[1].upper(), int(sys.argv[2])
rclpy.init()
node = rclpy.create_node('image_sender')
qos = QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability])
publisher = node.create_publisher(Image, 'picture', qos)
message = Image(width=640, height=480, step=1920, encoding='rgb8')
message.data = array.array('B', bytes(1920 * 480))
until = time.monotonic() + 20.0
while not publisher.get_subscription_count() and time.monotonic() < until:
    time.sleep(0.05)
time.sleep(0.5)
for _ in range(count):
    publisher.publish(message)
    time.sleep(1 / 30)
time.sleep(0.5)
node.destroy_node()
rclpy.try_shutdown()
