# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the driver did: the steering that was recorded beside the pictures."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import logging
import math
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SourceError, UnknownNameError, UnsupportedError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.ros_messages import written_types
from featuremap_ros.vision.frame import Frame

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


@dataclass(frozen=True, slots=True)
class DriverTrack:
    """Recorded steering.

    Attributes:
        topic: Where it was recorded.
        stamps_ns: Log times (ns), ascending; of a tub the stamps of its frames.
        angles: Steering, + = left: angles (rad), or shares of full steering.
        in_shares: Whether they are shares: -1 to 1 instead of radians.
        limit: Of the wheels (rad), which makes angles of shares; ``None`` where it is not known.
        within_ns: How far the angle that belongs to a frame may be away (ns).
    """

    topic: str
    stamps_ns: tuple[int, ...]
    angles: tuple[float, ...]
    in_shares: bool = False
    limit: float | None = None
    within_ns: int = 200_000_000

    def at(self, stamp_ns: int) -> float | None:
        """Return the angle (rad) recorded nearest to a time.

        Args:
            stamp_ns: Log time (ns).

        Returns:
            ``None`` if nothing is near, or for shares without a limit of the wheels.
        """
        recorded = self._nearest(stamp_ns)
        if recorded is None or not self.in_shares:
            return recorded
        return None if self.limit is None else recorded * self.limit

    def comparable(self, limit: float | None) -> bool:
        """Whether it can be compared with a pilot whose limit of the wheels (rad) is this."""
        return self.in_shares or limit is not None

    def share(self, stamp_ns: int, limit: float | None) -> float | None:
        """Return the steering recorded nearest to a time as a share of full steering, + = left.

        Args:
            stamp_ns: Log time (ns).
            limit: Of the wheels (rad), if it is known.

        Returns:
            ``None`` if nothing is near, or for angles without a limit of the wheels.
        """
        recorded = self._nearest(stamp_ns)
        if recorded is None or self.in_shares:
            return recorded
        return None if limit is None else recorded / limit

    def share_of(self, frame: Frame, limit: float | None) -> float | None:
        """Return what was recorded at a frame, as a share of full steering; see ``share``."""
        return self.share(frame.stamp_ns if frame.log_ns is None else frame.log_ns, limit)

    def _nearest(self, stamp_ns: int) -> float | None:
        right = bisect_left(self.stamps_ns, stamp_ns)
        near = [i for i in (right - 1, right) if 0 <= i < len(self.stamps_ns)]
        best = min(near, key=lambda i: abs(self.stamps_ns[i] - stamp_ns), default=None)
        if best is None or abs(self.stamps_ns[best] - stamp_ns) > self.within_ns:
            return None
        return self.angles[best]


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
        stamps, angles = [], []
        for message in bag.messages([chosen]):
            try:
                decoded = types.deserialize_cdr(message.data, chosen.msgtype)
            except Exception as error:
                msg = f'{path}: a message on {topic} is no {chosen.msgtype}: {error}.'
                raise SourceError(msg) from error
            angle = _angle(decoded, chosen.msgtype, wheelbase)
            if angle is not None:
                stamps.append(message.log_ns)
                angles.append(angle)
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
