# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands as messages, and as the bytes that go over the wire.

rclpy reads a message attribute by attribute, which takes most of the time of ``publish()`` where a
processor has done something else since the last command. Bytes are sent as they are.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from geometry_msgs.msg import Twist, TwistStamped
from rclpy.serialization import serialize_message
from std_msgs.msg import Header

from featuremap_ros.ros.command import Command

_START = 4  # Of every serialised message: how it is encoded.
_STAMP = struct.Struct('<iI')


class CommandMessage:
    """Turns commands into messages of one type.

    Attributes:
        kind: The type.
    """

    def __init__(self, message: str, wheelbase: float | None) -> None:
        """Make one message, which is filled again and again.

        Args:
            message: ``'ackermann'``, ``'twist_stamped'`` or ``'twist'``.
            wheelbase: (m), for a Twist.
        """
        self._wheelbase = wheelbase or math.inf
        self._message: Any
        if message == 'ackermann':
            from ackermann_msgs.msg import AckermannDriveStamped

            self._message = AckermannDriveStamped()
            self._numbers = struct.Struct('<5f')
        else:
            self._message = Twist() if message == 'twist' else TwistStamped()
            self._numbers = struct.Struct('<6d')
        self.kind = type(self._message)
        self._ackermann = message == 'ackermann'
        self._stamped = message != 'twist'
        self._frame_id: str | None = None
        self._frame: bytes | None = None
        self._start = b''

    def message(self, header: Header, command: Command) -> Any:
        """Return a command as a message, the same one every time.

        Args:
            header: Of the image it was decided on.
            command: Finite.
        """
        message = self._message
        if self._stamped:
            message.header = header
        if self._ackermann:
            message.drive.steering_angle = command.angle
            message.drive.speed = command.speed
        else:
            twist = message.twist if self._stamped else message
            twist.linear.x = command.speed
            twist.angular.z = command.yaw_rate(self._wheelbase)
        return message

    def encode(self, header: Header, command: Command) -> Any:
        """Return what a publisher sends fastest: bytes, or the message if its bytes are not known.

        Args:
            header: Of the image it was decided on.
            command: Finite.
        """
        if header.frame_id != self._frame_id:
            self._learn(header.frame_id)
        return self._bytes(header, command) or self.message(header, command)

    def _learn(self, frame_id: str) -> None:
        """Take the bytes that never change from a message that the middleware encoded."""
        header, command = Header(frame_id=frame_id), Command(0.25, 1.5)
        header.stamp.sec, header.stamp.nanosec = 3, 5
        encoded = serialize_message(self.message(header, command))
        self._frame_id = frame_id
        self._start = encoded[:_START]
        self._frame = encoded[_START + _STAMP.size : -self._numbers.size] if self._stamped else b''
        if self._bytes(header, command) != encoded:
            self._frame = None

    def _bytes(self, header: Header, command: Command) -> bytes | None:
        """Return a command as the middleware would encode it."""
        if self._frame is None:
            return None
        if self._ackermann:
            numbers = self._numbers.pack(command.angle, 0, command.speed, 0, 0)
        else:
            yaw_rate = command.yaw_rate(self._wheelbase)
            numbers = self._numbers.pack(command.speed, 0, 0, 0, 0, yaw_rate)
        if not self._stamped:
            return self._start + numbers
        stamp = header.stamp
        return self._start + _STAMP.pack(stamp.sec, stamp.nanosec) + self._frame + numbers
