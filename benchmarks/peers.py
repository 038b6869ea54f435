# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes around the node: ``python -m benchmarks.peers camera|listen ...``.

Each prints what it saw as JSON when it ends.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import json
import sys
import time
from typing import Any

from geometry_msgs.msg import TwistStamped
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from benchmarks import subjects

CAMERA = '/camera/image_raw'
_KINDS = {'image': Image, 'command': TwistStamped}
_IDLE_S = 3.0
_PATIENCE_S = 60.0
_PICTURES = 8


def main() -> None:
    """Be a camera or a listener, as the command line says."""
    parser = argparse.ArgumentParser()
    roles = parser.add_subparsers(required=True)
    camera = roles.add_parser('camera')
    camera.add_argument('--size', type=int, nargs=2, required=True)
    camera.add_argument('--rate', type=float, required=True)
    camera.add_argument('--seconds', type=float, required=True)
    camera.add_argument('--best-effort', action='store_true')
    camera.set_defaults(run=_camera)
    listener = roles.add_parser('listen')
    listener.add_argument('kind', choices=_KINDS)
    listener.add_argument('topic')
    listener.set_defaults(run=_listen)
    args = parser.parse_args()
    rclpy.init()
    node = rclpy.create_node('benchmark', use_global_arguments=False)
    json.dump(args.run(node, args), sys.stdout)
    node.destroy_node()
    rclpy.shutdown()


def _camera(node: Node, args: argparse.Namespace) -> list[int]:
    """Publish frames at a rate; return their stamps (ns)."""
    width, height = args.size
    messages = []
    for frame in subjects.race(_PICTURES, (width, height)):
        message = Image(height=height, width=width, encoding='rgb8', step=3 * width)
        message.header = Header(frame_id='camera')
        message.data.frombytes(frame.image.tobytes())
        messages.append(message)
    reliability = ReliabilityPolicy.RELIABLE
    if args.best_effort:
        reliability = ReliabilityPolicy.BEST_EFFORT
    publisher = node.create_publisher(Image, CAMERA, QoSProfile(depth=5, reliability=reliability))
    _wait(publisher.get_subscription_count)
    stamps = []
    began = time.monotonic()
    for number in range(round(args.rate * args.seconds)):
        time.sleep(max(began + number / args.rate - time.monotonic(), 0))
        message = messages[number % len(messages)]
        now = time.time_ns()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(now, 10**9)
        publisher.publish(message)
        stamps.append(now)
    time.sleep(1)  # The last frames may still be under way.
    return stamps


def _listen(node: Node, args: argparse.Namespace) -> list[tuple[int, float]]:
    """Receive messages until they end; return the stamp (ns) and the age (ms) of each."""
    received: list[tuple[int, float]] = []

    def take(message: Any) -> None:
        stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        received.append((stamp, (time.time_ns() - stamp) / 1e6))

    node.create_subscription(_KINDS[args.kind], args.topic, take, QoSProfile(depth=5))
    idle = time.monotonic() + _PATIENCE_S
    before = 0
    while time.monotonic() < idle:
        rclpy.spin_once(node, timeout_sec=0.1)
        if len(received) > before:
            before, idle = len(received), time.monotonic() + _IDLE_S
    return received


def _wait(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds, or end the process."""
    until = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > until:
            raise SystemExit('Nobody listens to the camera.')
        time.sleep(0.05)


if __name__ == '__main__':
    main()
