# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's steering out of a bag: which topic holds it, and how its messages are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import logging
import math
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SourceError, UnknownNameError, UnsupportedError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.ros_messages import written_types

_logger = logging.getLogger(__name__)

_READERS: Mapping[str, Callable[[Any], float]] = {
    'ackermann_msgs/msg/AckermannDriveStamped': lambda message: message.drive.steering_angle,
    'ackermann_msgs/msg/AckermannDrive': lambda message: message.steering_angle,
    'std_msgs/msg/Float64': lambda message: message.data,
    'std_msgs/msg/Float32': lambda message: message.data,
}
_TWISTS: Mapping[str, Callable[[Any], Any]] = {
    'geometry_msgs/msg/TwistStamped': lambda message: message.twist,
    'geometry_msgs/msg/Twist': lambda message: message,
}
# Slower than that a car can turn its wheels and no twist tells (m/s).
_STANDING = 0.05
# A number without a type of its own is steering only if its topic says so.
_NAMED = ('std_msgs/msg/Float64', 'std_msgs/msg/Float32')


def read_driver_track(
    path: Path, topic: str | None = None, *, wheelbase: float | None = None
) -> DriverTrack | None:
    """Read the driver's steering from a bag.

    Args:
        path: The bag.
        topic: Where to look; found if there is just one candidate.
        wheelbase: Of the car (m): makes angles of twists, which are passed over without it.

    Returns:
        ``None`` where nothing was recorded that can be read as a steering angle, or where
        several topics could be it and none is named.

    Raises:
        SourceError: The bag cannot be read.
        UnknownNameError: There is no such topic with a type that holds a steering angle.
        UnsupportedError: The topic that was named holds twists, and there is no wheelbase.
    """
    with Bag(path) as bag:
        chosen = _chosen(bag, topic, wheelbase)
        if not chosen:
            return None
        name = chosen[0].name
        types = written_types()
        stamps, angles, wild = [], [], 0
        for message in bag.messages(chosen):
            msgtype = message.topic.msgtype
            try:
                decoded = types.deserialize_cdr(message.data, msgtype)
            except Exception as error:
                msg = f'{path}: a message on {name} is no {msgtype}: {error}.'
                raise SourceError(msg) from error
            angle = _angle(decoded, msgtype, wheelbase)
            if angle is not None and not math.isfinite(angle):
                wild += 1
            elif angle is not None:
                stamps.append(message.log_ns)
                angles.append(angle)
    if wild:
        share = f'{wild} of {wild + len(angles)}'
        _logger.warning('%s messages on %s hold no finite angle: left out.', share, name)
    return DriverTrack(name, tuple(stamps), tuple(angles))


def _chosen(bag: Bag, name: str | None, wheelbase: float | None) -> list[BagTopic]:
    """Choose the topic with the steering; nothing where there is none, or no telling which.

    It is several where its recordings differ in QoS or type.
    """
    recorded = [topic for topic, count in bag.counts.items() if count and _may_steer(topic)]
    readable: dict[str, list[BagTopic]] = {}
    for topic in recorded:
        if wheelbase or topic.msgtype not in _TWISTS:
            readable.setdefault(topic.name, []).append(topic)
    if name is None:
        if len(readable) > 1:
            _logger.warning(
                'The driver could be %s: name one with --driver.', ' or '.join(readable)
            )
        return next(iter(readable.values())) if len(readable) == 1 else []
    if name in readable:
        return readable[name]
    if name in {topic.name for topic in recorded}:
        msg = f'{name} holds twists: give --wheelbase (m), which makes angles of them.'
        raise UnsupportedError(msg)
    raise UnknownNameError('steering topic', name, readable)


def _angle(message: Any, msgtype: str, wheelbase: float | None) -> float | None:
    """Return the steering angle (rad) of a message; ``None`` where a twist stands still.

    Of a bicycle that turns by w at the speed v it is atan(wheelbase w / v).
    """
    if msgtype in _READERS:
        return float(_READERS[msgtype](message))
    twist = _TWISTS[msgtype](message)
    speed, turn = float(twist.linear.x), float(twist.angular.z)
    if wheelbase is None or abs(speed) < _STANDING:
        return None
    return math.atan(wheelbase * turn / speed)


def _may_steer(topic: BagTopic) -> bool:
    """Whether a topic's messages can be read as steering angles."""
    if topic.encoding != 'cdr' or topic.msgtype not in {*_READERS, *_TWISTS}:
        return False
    # What an earlier render added is the pilot's steering, not the driver's.
    if topic.name.startswith('/featuremap/'):
        return False
    return topic.msgtype not in _NAMED or 'steer' in topic.name.lower()
