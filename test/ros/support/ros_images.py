# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A process that sends images, or receives them; see ``test_dds.py``.

send WIDTH HEIGHT COUNT RELIABILITY      waits for a subscriber, sends at 15 Hz
receive COUNT RELIABILITY                prints how many came and how old they were (ms, median)
"""

from __future__ import annotations

import array
import statistics
import sys
import time

import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import Image

TOPIC = '/camera/image_raw'
RATE = 15
PATIENCE = 20.0


def qos(reliability: str) -> QoSProfile:
    """Return what both sides use."""
    return QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability.upper()])


def send(width: int, height: int, count: int, reliability: str) -> None:
    """Send images at 15 Hz once somebody has subscribed."""
    node = rclpy.create_node('sender')
    publisher = node.create_publisher(Image, TOPIC, qos(reliability))
    message = Image(width=width, height=height, step=3 * width, encoding='bgr8')
    message.data = array.array('B', bytes(3 * width * height))
    until = time.monotonic() + PATIENCE
    while not publisher.get_subscription_count() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    due = time.monotonic()
    for _ in range(count):
        message.header.stamp = Time(nanoseconds=time.time_ns()).to_msg()
        publisher.publish(message)
        due += 1 / RATE
        time.sleep(max(due - time.monotonic(), 0))
    time.sleep(1)


def receive(count: int, reliability: str) -> None:
    """Count images until all have come, or none comes any more."""
    node = rclpy.create_node('receiver')
    ages = []
    last = [time.monotonic() + PATIENCE]

    def hear(message: Image) -> None:
        ages.append(time.time_ns() - Time.from_msg(message.header.stamp).nanoseconds)
        last[0] = time.monotonic() + 3

    node.create_subscription(Image, TOPIC, hear, qos(reliability))
    while len(ages) < count and time.monotonic() < last[0]:
        rclpy.spin_once(node, timeout_sec=0.1)
    age = statistics.median(ages) / 1e6 if ages else -1.0
    sys.stdout.write(f'{len(ages)} {age:.1f}\n')


if __name__ == '__main__':
    rclpy.init()
    verb, *rest = sys.argv[1:]
    if verb == 'send':
        send(*map(int, rest[:3]), rest[3])
    else:
        receive(int(rest[0]), rest[1])
    rclpy.try_shutdown()
