# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishes steering: commands from fresh decisions, and one stop command when those end."""

from __future__ import annotations

from importlib.util import find_spec
import threading
import time

from rclpy.node import Node
from std_msgs.msg import Float64, Header

from featuremap_ros.errors import MissingDependencyError
from featuremap_ros.ros.command import Command, STOP
from featuremap_ros.ros.command_message import CommandMessage
from featuremap_ros.ros.farewell import wait_for_readers
from featuremap_ros.ros.qos import output_qos, overridable

TOPIC = '~/steering'
ANGLE_TOPIC = '~/steering_angle'

_FLUSH_S = 0.2


def resolve_message(message: str) -> str:
    """Return the type that ``'auto'`` stands for on this machine; others as they are.

    Raises:
        MissingDependencyError: Ackermann messages are asked for and not installed.
    """
    installed = find_spec('ackermann_msgs') is not None
    if message == 'auto':
        return 'ackermann' if installed else 'twist_stamped'
    if message == 'ackermann' and not installed:
        msg = (
            'steering.message is ackermann, and ackermann_msgs is not installed: install it (on '
            'ROS: sudo apt install ros-$ROS_DISTRO-ackermann-msgs), or choose twist_stamped or '
            'twist.'
        )
        raise MissingDependencyError(msg)
    return message


class SteeringPublisher:
    """Publishes commands, and one stop command when they cease.

    Commands come from the worker, stops from the executor's thread; the lock keeps them in order.
    """

    def __init__(self, node: Node, *, message: str, wheelbase: float | None) -> None:
        """Create the topics.

        Args:
            node: Owns them.
            message: ``'ackermann'``, ``'twist_stamped'``, ``'twist'`` or ``'none'``.
            wheelbase: (m), for a Twist.
        """
        self._node = node
        self._lock = threading.Lock()
        self._closed = False
        self._last_ns: int | None = None
        self._frame_id = ''
        self._publisher = None
        if message != 'none':
            self._commands = CommandMessage(message, wheelbase)
            self._publisher = node.create_publisher(
                self._commands.kind, TOPIC, output_qos(), qos_overriding_options=overridable()
            )
        self._angle = node.create_publisher(
            Float64, ANGLE_TOPIC, output_qos(), qos_overriding_options=overridable()
        )

    @property
    def topic(self) -> str:
        """Where commands go; empty if none are published."""
        return self._publisher.topic_name if self._publisher else ''

    @property
    def angle_topic(self) -> str:
        """Where the steering angle goes."""
        return self._angle.topic_name

    def publish(self, header: Header, command: Command) -> None:
        """Publish a command.

        Args:
            header: Of the image it was decided on.
            command: Finite.
        """
        with self._lock:
            if self._closed:
                return
            if self._publisher:
                self._publisher.publish(self._commands.encode(header, command))
            self._last_ns = time.monotonic_ns()
            self._frame_id = header.frame_id

    def publish_angle(self, command: Command) -> None:
        """Publish a command's steering angle, for plots, while somebody subscribes to it."""
        if self._angle.get_subscription_count():
            self._angle.publish(Float64(data=command.angle))

    def stop_if_silent(self, seconds: float) -> bool:
        """Stop the car if commands have ceased.

        Args:
            seconds: How long ago the last command must be.

        Returns:
            Whether a stop command was published.
        """
        with self._lock:
            if self._last_ns is None or time.monotonic_ns() - self._last_ns < seconds * 1e9:
                return False
            self._last_ns = None
            if self._publisher is None:
                return False
            header = Header(stamp=self._node.get_clock().now().to_msg(), frame_id=self._frame_id)
            self._publisher.publish(self._commands.encode(header, STOP))
            return True

    def close(self) -> None:
        """Stop the car if it is being driven; no command follows, whatever is still under way."""
        with self._lock:
            self._closed = True
        if self.stop_if_silent(0.0) and self._publisher:
            wait_for_readers([self._publisher], _FLUSH_S)
