# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishes a bag: the recorded bytes as they are, at the recorded pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import importlib
import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.type_support import check_for_type_support
from rosbags.convert.converter import generate_message_converter
from rosbags.serde import SerdeError
from rosbags.typesys import get_typestore, Stores
from rosgraph_msgs.msg import Clock

from featuremap_ros.ros.farewell import wait_for_readers
from featuremap_ros.ros.replay.offered_qos import offered_qos
from featuremap_ros.ros.replay.recorded import is_command, recorded_name
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.image_messages import full_type

Convert = Callable[[bytes], Any]

_CLOCK_TOPIC = '/clock'
_CLOCK_S = 0.005
_SLICE_S = 0.02
_FLUSH_S = 0.5
_THROTTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic that is played.

    Attributes:
        source: As recorded.
        name: Where it is published.
        publisher: There.
        convert: From the recorded bytes to what ROS 2 sends.
    """

    source: BagTopic
    name: str
    publisher: Any
    convert: Convert


@dataclass(frozen=True, slots=True)
class Skipped:
    """One topic that is not played.

    Attributes:
        source: As recorded.
        reason: Why not.
    """

    source: BagTopic
    reason: str


class Player:
    """Publishes messages and ``/clock``.

    Attributes:
        channels: What is played.
        skipped: What is not.
        damaged: How many messages could not be read, and were left out.
    """

    def __init__(
        self, node: Node, topics: Iterable[BagTopic], *, exclude: Sequence[str] = ()
    ) -> None:
        """Create a publisher for every topic whose type can be imported here.

        Args:
            node: Owns the publishers.
            topics: Of the bag.
            exclude: Full names, as published, that are left out with all below them.
        """
        self.channels: list[Channel] = []
        self.skipped: list[Skipped] = []
        self.damaged = 0
        for topic in topics:
            entry = _channel(node, topic, exclude)
            if isinstance(entry, Channel):
                self.channels.append(entry)
            else:
                self.skipped.append(entry)
        self._log = node.get_logger()
        self._by_source = {channel.source: channel for channel in self.channels}
        self._clock = node.create_publisher(Clock, _CLOCK_TOPIC, QoSProfile(depth=1))
        self._clock_due = 0.0

    def flush(self) -> None:
        """Wait a moment until the subscribers have got the last messages."""
        wait_for_readers((channel.publisher for channel in self.channels), _FLUSH_S)

    def play(
        self,
        messages: Iterable[BagMessage],
        *,
        start_ns: int,
        rate: float,
        stopped: Callable[[], bool],
    ) -> int:
        """Publish messages until they end, or ``stopped`` says so.

        Args:
            messages: In order of their log time.
            start_ns: Log time at which to begin (ns).
            rate: Recorded seconds per second.
            stopped: Asked often.

        Returns:
            How many were published.
        """
        began, count = time.monotonic(), 0
        for message in messages:
            due = began + (message.log_ns - start_ns) / 1e9 / rate
            while not stopped():
                now = time.monotonic()
                if now >= due:
                    break
                self._tick(start_ns + int((now - began) * rate * 1e9))
                time.sleep(min(due - now, _SLICE_S))
            if stopped():
                break
            self._tick(message.log_ns)
            channel = self._by_source.get(message.topic)
            if channel:
                count += self._publish(channel, message.data)
        # The clock of the next round begins earlier: it must not wait for this one's pace.
        self._clock_due = 0.0
        return count

    def _publish(self, channel: Channel, data: bytes) -> bool:
        """Publish one message; return whether it could be read."""
        try:
            message = channel.convert(data)
        except SerdeError as error:
            self.damaged += 1
            self._log.warning(
                f'A message of {channel.source.name} is damaged, left out: {error}',
                throttle_duration_sec=_THROTTLE_S,
            )
            return False
        channel.publisher.publish(message)
        return True

    def _tick(self, now_ns: int) -> None:
        """Publish the time (ns), not more often than anybody can use."""
        now = time.monotonic()
        if now >= self._clock_due:
            self._clock_due = now + _CLOCK_S
            clock = Clock()
            clock.clock.sec, clock.clock.nanosec = divmod(now_ns, 1_000_000_000)
            self._clock.publish(clock)


def _channel(node: Node, topic: BagTopic, exclude: Sequence[str]) -> Channel | Skipped:
    """Return how a topic is played, or why it is not."""
    if topic.name == _CLOCK_TOPIC:
        return Skipped(topic, 'the player publishes its own')
    msgtype = full_type(topic.msgtype)
    if topic.encoding not in ('cdr', 'ros1'):
        return Skipped(topic, f'its messages are {topic.encoding or "of an unknown encoding"}')
    kind = _message_class(msgtype)
    if kind is None:
        return Skipped(topic, f'{msgtype or "its type"} is not installed')
    name = recorded_name(topic.name) if is_command(topic.name, msgtype) else topic.name
    if any(f'{name}/'.startswith(f'{left_out.rstrip("/")}/') for left_out in exclude):
        return Skipped(topic, 'it is excluded')
    try:
        convert: Convert = bytes if topic.encoding == 'cdr' else _from_ros1(msgtype)
        offered = dict(topic.metadata).get('offered_qos_profiles', '')
        publisher = node.create_publisher(kind, name, offered_qos(name, offered))
    except (KeyError, ValueError) as error:
        return Skipped(topic, f'it cannot be published: {error}')
    return Channel(topic, name, publisher, convert)


def _message_class(msgtype: str) -> type | None:
    """Import a message type, ``None`` if it is not installed."""
    package, _, rest = msgtype.partition('/msg/')
    try:
        kind: type = getattr(importlib.import_module(f'{package}.msg'), rest)
        check_for_type_support(kind)
    except (ImportError, AttributeError, ValueError, TypeError):
        return None
    return kind


def _from_ros1(msgtype: str) -> Convert:
    """Return what turns a ROS 1 message into the ROS 2 message of the same name."""
    convert = generate_message_converter(
        get_typestore(Stores.ROS1_NOETIC),
        get_typestore(Stores.LATEST),
        msgtype,
        msgtype,
        {},
        src_is2=False,
        dst_is2=True,
    )
    return lambda data: bytes(convert(data))
