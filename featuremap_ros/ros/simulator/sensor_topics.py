# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishes what the simulated car measures.

The messages are those of the recorded race, and travel as the bytes that a bag would hold.
"""

from __future__ import annotations

from dataclasses import dataclass
import importlib
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.type_support import check_for_type_support
from rosgraph_msgs.msg import Clock

from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.topics import (
    camera_topics,
    fixed_transforms_message,
    FIXED_TRANSFORMS_TOPIC,
    motion_topics,
    SensorTopic,
    TRANSFORMS_TYPE,
)
from featuremap_ros.demo.typestore import race_typestore
from featuremap_ros.ros.qos import latched_qos, output_qos, overridable

_SECOND = 1_000_000_000
# tf2 listens there, whatever the node's namespace is.
_GLOBAL = ('/tf', FIXED_TRANSFORMS_TOPIC)


@dataclass(frozen=True, slots=True)
class _Channel:
    """A topic and its publisher."""

    topic: SensorTopic
    publisher: Any


class SensorTopics:
    """The sensors' topics; a message is made only while somebody listens.

    Attributes:
        missing: Topics that are left out, with the type that is not installed.
        image: Full name of the camera's topic.
    """

    def __init__(self, node: Node, simulator: Simulator, *, compressed: bool) -> None:
        """Create the topics whose types are installed.

        Args:
            node: Owns them.
            simulator: Measures.
            compressed: JPEG pictures instead of raw ones.
        """
        self.missing: list[tuple[str, str]] = []
        self._store = race_typestore()
        self._node = node
        cameras = camera_topics(simulator, compressed=compressed)
        self._channels = [
            _Channel(topic, publisher)
            for topic in (*motion_topics(simulator), *cameras)
            if (publisher := self._publisher(topic.name, topic.msgtype)) is not None
        ]
        self._image = self._channels[-1].publisher
        self.image = self._image.topic_name
        fixed = self._publisher(FIXED_TRANSFORMS_TOPIC, TRANSFORMS_TYPE, latched=True)
        if fixed is not None:
            fixed.publish(self._bytes(fixed_transforms_message(simulator), TRANSFORMS_TYPE))

    @property
    def image_readers(self) -> int:
        """How many subscribe to the images."""
        return int(self._image.get_subscription_count())

    def publish(self, since_start_ns: int, *, pictures: bool) -> None:
        """Publish everything that is due.

        Args:
            since_start_ns: Time since the start (ns).
            pictures: Whether the camera's picture is published if it is due.
        """
        for channel in self._channels:
            due = since_start_ns % channel.topic.period_ns == 0
            if due and (pictures or not channel.topic.is_camera):
                self._send(channel)

    def publish_pictures(self) -> None:
        """Publish the picture of this moment, whether it is due or not."""
        for channel in self._channels:
            if channel.topic.is_camera:
                self._send(channel)

    def _send(self, channel: _Channel) -> None:
        if channel.publisher.get_subscription_count():
            channel.publisher.publish(self._bytes(channel.topic.make(), channel.topic.msgtype))

    def _bytes(self, message: object, msgtype: str) -> bytes:
        return bytes(self._store.serialize_cdr(message, msgtype))

    def _publisher(self, name: str, msgtype: str, *, latched: bool = False) -> Any:
        """Create a publisher; ``None`` if the type is not installed."""
        package, _, kind = msgtype.partition('/msg/')
        try:
            message = getattr(importlib.import_module(f'{package}.msg'), kind)
            check_for_type_support(message)
        except (ImportError, AttributeError):
            self.missing.append((name, msgtype))
            return None
        topic = name if name in _GLOBAL else name.removeprefix('/')
        qos = latched_qos() if latched else output_qos()
        return self._node.create_publisher(
            message, topic, qos, qos_overriding_options=overridable()
        )


class ClockTopic:
    """Publishes ``/clock``."""

    def __init__(self, node: Node) -> None:
        """Create the topic.

        Args:
            node: Owns it.
        """
        self._publisher = node.create_publisher(Clock, '/clock', QoSProfile(depth=1))

    def publish(self, now_ns: int) -> None:
        """Say what time it is.

        Args:
            now_ns: Time (ns).
        """
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(now_ns, _SECOND)
        self._publisher.publish(message)
