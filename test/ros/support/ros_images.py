# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A process that sends images, or receives them; see ``test_dds.py``.

send COUNT RELIABILITY WIDTHxHEIGHT...   waits for a subscriber, sends each size at 15 Hz
receive COUNT RELIABILITY                prints how many came of each size, as JSON
"""

from __future__ import annotations

import array
from collections import Counter
import json
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


def send(count: int, reliability: str, sizes: list[str]) -> None:
    """Send images of each size once somebody has subscribed."""
    node = rclpy.create_node('sender')
    publisher = node.create_publisher(Image, TOPIC, qos(reliability))
    messages = []
    for size in sizes:
        width, height = map(int, size.split('x'))
        message = Image(width=width, height=height, step=3 * width, encoding='bgr8')
        message.data = array.array('B', bytes(3 * width * height))
        messages.append(message)
    until = time.monotonic() + PATIENCE
    while not publisher.get_subscription_count() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    due = time.monotonic()
    for message in messages:
        for _ in range(count):
            message.header.stamp = Time(nanoseconds=time.time_ns()).to_msg()
            publisher.publish(message)
            due += 1 / RATE
            time.sleep(max(due - time.monotonic(), 0))
    # What is still on its way must find us alive.
    time.sleep(1)


def receive(count: int, reliability: str) -> None:
    """Count images until all have come, or none comes any more."""
    node = rclpy.create_node('receiver')
    counts: Counter[str] = Counter()
    last = [time.monotonic() + PATIENCE]

    def hear(message: Image) -> None:
        counts[f'{message.width}x{message.height}'] += 1
        last[0] = time.monotonic() + 2

    node.create_subscription(Image, TOPIC, hear, qos(reliability))
    while counts.total() < count and time.monotonic() < last[0]:
        rclpy.spin_once(node, timeout_sec=0.1)
    sys.stdout.write(json.dumps(counts))


if __name__ == '__main__':
    rclpy.init()
    verb, count, reliability, *sizes = sys.argv[1:]
    if verb == 'send':
        send(int(count), reliability, sizes)
    else:
        receive(int(count), reliability)
    rclpy.try_shutdown()
