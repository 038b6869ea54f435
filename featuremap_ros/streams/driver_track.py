# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the driver did: the steering that a bag recorded beside the pictures."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SourceError, UnknownNameError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.ros_messages import written_types

_READERS: Mapping[str, Callable[[Any], float]] = {
    'ackermann_msgs/msg/AckermannDriveStamped': lambda message: message.drive.steering_angle,
    'ackermann_msgs/msg/AckermannDrive': lambda message: message.steering_angle,
    'std_msgs/msg/Float64': lambda message: message.data,
    'std_msgs/msg/Float32': lambda message: message.data,
}
# A number without a type of its own is steering only if its topic says so.
_NAMED = ('std_msgs/msg/Float64', 'std_msgs/msg/Float32')


@dataclass(frozen=True, slots=True)
class DriverTrack:
    """Recorded steering angles.

    Attributes:
        topic: Where they were recorded.
        stamps_ns: Log times (ns), ascending.
        angles: Steering angles (rad), + = left.
    """

    topic: str
    stamps_ns: tuple[int, ...]
    angles: tuple[float, ...]

    def at(self, stamp_ns: int, *, within_ns: int = 200_000_000) -> float | None:
        """Return the angle recorded nearest to a time, ``None`` if none is near.

        Args:
            stamp_ns: Log time (ns).
            within_ns: How far it may be away (ns).
        """
        right = bisect_left(self.stamps_ns, stamp_ns)
        near = [i for i in (right - 1, right) if 0 <= i < len(self.stamps_ns)]
        best = min(near, key=lambda i: abs(self.stamps_ns[i] - stamp_ns), default=None)
        if best is None or abs(self.stamps_ns[best] - stamp_ns) > within_ns:
            return None
        return self.angles[best]


def read_driver_track(path: Path, topic: str | None = None) -> DriverTrack | None:
    """Read the driver's steering from a bag.

    Args:
        path: The bag.
        topic: Where to look; found if there is just one candidate.

    Returns:
        ``None`` where nothing was recorded that can be read as a steering angle, or where
        several topics could be it and none is named.

    Raises:
        SourceError: The bag cannot be read.
        UnknownNameError: There is no such topic with a type that holds a steering angle.
    """
    with Bag(path) as bag:
        candidates = {t.name: t for t in bag.counts if _may_steer(t) and bag.counts[t]}
        if topic is None:
            if len(candidates) != 1:
                return None
            (topic,) = candidates
        if topic not in candidates:
            raise UnknownNameError('steering topic', topic, candidates)
        chosen = candidates[topic]
        read, types = _READERS[chosen.msgtype], written_types()
        stamps, angles = [], []
        for message in bag.messages([chosen]):
            try:
                decoded = types.deserialize_cdr(message.data, chosen.msgtype)
            except Exception as error:
                msg = f'{path}: a message on {topic} is no {chosen.msgtype}: {error}.'
                raise SourceError(msg) from error
            stamps.append(message.log_ns)
            angles.append(float(read(decoded)))
    return DriverTrack(topic, tuple(stamps), tuple(angles))


def _may_steer(topic: BagTopic) -> bool:
    """Whether a topic's messages can be read as steering angles."""
    if topic.encoding != 'cdr' or topic.msgtype not in _READERS:
        return False
    # What an earlier render added is the pilot's steering, not the driver's.
    if topic.name.startswith('/featuremap/'):
        return False
    return topic.msgtype not in _NAMED or 'steer' in topic.name.lower()
