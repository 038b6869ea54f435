# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The subscription to the camera, which follows the camera's reliability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image

from featuremap_ros.errors import UnknownNameError
from featuremap_ros.ros.qos import all_reliable, input_overridable, input_qos

TOPIC = 'image'
_CHOICES = ('auto', 'best_effort', 'reliable')


class Camera:
    """Subscribes to the camera and follows its reliability.

    Large pictures get lost on a best-effort connection, and a reliable subscription to a
    best-effort camera gets none at all; so the subscription begins with best effort, which takes
    either, and is made anew once all publishers are known to be reliable.

    Attributes:
        topic: Full name.
        kind: Type of the messages.
    """

    def __init__(self, node: Node, transport: str, callback: Callable[[Any], None]) -> None:
        """Subscribe.

        Args:
            node: Owns the subscription.
            transport: ``'raw'`` or ``'compressed'``.
            callback: Called with every message.

        Raises:
            UnknownNameError: The overriding parameter is none of the choices.
        """
        self._node = node
        self._callback = callback
        self.kind = CompressedImage if transport == 'compressed' else Image
        topic = node.resolve_topic_name(TOPIC)
        if transport == 'compressed' and not topic.endswith('/compressed'):
            topic += '/compressed'
        self.topic = node.resolve_topic_name(topic)
        self._override = self._declare()
        self.reliable = self._override == 'reliable'
        self._subscription = self._subscribe()

    def follow(self) -> bool:
        """Subscribe anew if the publishers have become all reliable, or no longer are.

        Returns:
            Whether the subscription was made anew.
        """
        if self._override != 'auto':
            return False
        publishers = self.publishers()
        reliable = all_reliable(publishers)
        if not publishers or reliable == self.reliable:
            return False
        self.reliable = reliable
        self._node.destroy_subscription(self._subscription)
        self._subscription = self._subscribe()
        return True

    def publishers(self) -> list[Any]:
        """Return who publishes images on the topic, as the graph knows them."""
        expected = f'sensor_msgs/msg/{self.kind.__name__}'
        known = self._node.get_publishers_info_by_topic(self.topic)
        return [info for info in known if info.topic_type == expected]

    def _declare(self) -> str:
        """Declare the parameter that overrides the reliability, as ROS names it."""
        name = f'qos_overrides.{self.topic}.subscription.reliability'
        about = ParameterDescriptor(
            description=f'Reliability of the subscription: {", ".join(_CHOICES)} (auto: as the '
            "publishers').",
            read_only=True,
        )
        value = self._node.declare_parameter(name, 'auto', about).value
        if value not in _CHOICES:
            raise UnknownNameError(name, value, _CHOICES)
        return str(value)

    def _subscribe(self) -> Any:
        return self._node.create_subscription(
            self.kind,
            self.topic,
            self._callback,
            input_qos(reliable=self.reliable),
            qos_overriding_options=input_overridable(),
        )
