# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The newest command to the simulated car."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
import time
from typing import Any

from geometry_msgs.msg import TwistStamped
from rclpy.node import Node
from std_msgs.msg import Float64

from featuremap_ros.ros.command import Command
from featuremap_ros.ros.qos import output_qos, overridable
from featuremap_ros.ros.steering import resolve_message

TOPIC = 'featuremap/steering'
ANGLE_TOPIC = 'featuremap/steering_angle'


@dataclass(frozen=True, slots=True)
class Received:
    """A command.

    Attributes:
        command: What the car is told.
        stamp_ns: Of the image it was decided on (ns); ``None`` where the message has none.
        steady_ns: ``time.monotonic_ns()`` when it came.
    """

    command: Command
    stamp_ns: int | None
    steady_ns: int


class SteeringInput:
    """Subscribes to the command.

    Attributes:
        newest: The last command; ``None`` before the first.
        topic: Full name.
        msgtype: Of the messages, as ROS calls it.
    """

    def __init__(
        self, node: Node, *, message: str, wheelbase: float, speed: Callable[[], float]
    ) -> None:
        """Subscribe.

        Args:
            node: Owns the subscription.
            message: Out of ``parameters.COMMANDS``.
            wheelbase: (m), to read a Twist.
            speed: For messages that tell none (m/s).

        Raises:
            MissingDependencyError: Ackermann messages are asked for and not installed.
        """
        self.newest: Received | None = None
        self._node = node
        self._wheelbase = wheelbase
        self._speed = speed
        kind, hear = self._reader(message if message == 'angle' else resolve_message(message))
        subscription = node.create_subscription(
            kind,
            ANGLE_TOPIC if message == 'angle' else TOPIC,
            hear,
            output_qos(),
            qos_overriding_options=overridable(),
        )
        self.topic = subscription.topic_name
        self.msgtype = f'{kind.__module__.partition(".")[0]}/msg/{kind.__name__}'

    def writers(self) -> list[str]:
        """Return the types of everybody who publishes on the topic."""
        return [info.topic_type for info in self._node.get_publishers_info_by_topic(self.topic)]

    def _reader(self, message: str) -> tuple[type, Callable[[Any], None]]:
        """Return the type of a command, and what reads it."""
        if message == 'angle':
            return Float64, lambda got: self._take(got.data, self._speed(), None)
        if message == 'twist_stamped':
            return TwistStamped, self._twist
        from ackermann_msgs.msg import AckermannDriveStamped

        return AckermannDriveStamped, self._ackermann

    def _twist(self, message: TwistStamped) -> None:
        """Find the angle of the wheels that makes the car turn like that."""
        speed, yaw_rate = message.twist.linear.x, message.twist.angular.z
        angle = math.atan(yaw_rate * self._wheelbase / speed) if speed else 0.0
        self._take(angle, speed, message.header.stamp)

    def _ackermann(self, message: Any) -> None:
        self._take(message.drive.steering_angle, message.drive.speed, message.header.stamp)

    def _take(self, angle: float, speed: float, stamp: Any) -> None:
        """Keep a command that a car can follow."""
        if not (math.isfinite(angle) and math.isfinite(speed)):
            self._node.get_logger().warning(
                f'Steering of {angle} rad at {speed} m/s is ignored.', throttle_duration_sec=5.0
            )
            return
        stamp_ns = None if stamp is None else stamp.sec * 1_000_000_000 + stamp.nanosec
        command = Command(angle, max(speed, 0.0))
        self.newest = Received(command, stamp_ns, time.monotonic_ns())
