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
        recorded = [t for t in bag.counts if _may_steer(t) and bag.counts[t]]
        candidates = {t.name: t for t in recorded if wheelbase or t.msgtype not in _TWISTS}
        if wheelbase is None and topic in {t.name for t in recorded} - set(candidates):
            msg = f'{topic} holds twists: give --wheelbase (m), which makes angles of them.'
            raise UnsupportedError(msg)
        if topic is None:
            if len(candidates) > 1:
                _logger.warning(
                    'The driver could be %s: name one with --driver.', ' or '.join(candidates)
                )
            if len(candidates) != 1:
                return None
            (topic,) = candidates
        if topic not in candidates:
            raise UnknownNameError('steering topic', topic, candidates)
        chosen = candidates[topic]
        types = written_types()
        stamps, angles, wild = [], [], 0
        for message in bag.messages([chosen]):
            try:
                decoded = types.deserialize_cdr(message.data, chosen.msgtype)
            except Exception as error:
                msg = f'{path}: a message on {topic} is no {chosen.msgtype}: {error}.'
                raise SourceError(msg) from error
            angle = _angle(decoded, chosen.msgtype, wheelbase)
            if angle is not None and not math.isfinite(angle):
                wild += 1
            elif angle is not None:
                stamps.append(message.log_ns)
                angles.append(angle)
    if wild:
        share = f'{wild} of {wild + len(angles)}'
        _logger.warning('%s messages on %s hold no finite angle: left out.', share, topic)
    return DriverTrack(topic, tuple(stamps), tuple(angles))


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
