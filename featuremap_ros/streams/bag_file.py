# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every kind of bag file offers: topics, messages in order of their log time, times."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
import heapq
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BagTopic:
    """One recorded topic of one type.

    Attributes:
        name: The topic, e.g. ``/camera/image_raw``.
        msgtype: The type as ROS 2 writes it, e.g. ``sensor_msgs/msg/Image``; empty if unknown.
        encoding: Serialization of the messages: ``'cdr'`` (ROS 2), ``'ros1'``, or a foreign one.
        definition: Text of the message definition; empty where the bag holds none.
        definition_encoding: ``'ros2msg'``, ``'ros2idl'``, ``'ros1msg'``; empty without definition.
        metadata: What else the bag says of the topic, as (key, value): ``offered_qos_profiles``
            (YAML) and ``topic_type_hash`` where known.
    """

    name: str
    msgtype: str
    encoding: str
    definition: str = ''
    definition_encoding: str = ''
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BagMessage:
    """One recorded message.

    Attributes:
        topic: Where it was published.
        log_ns: When it was recorded (ns).
        publish_ns: When it was published (ns); the log time where the format keeps only that.
        data: The serialized message, in ``topic.encoding``.
        sequence: The publisher's counter, 0 where unknown.
    """

    topic: BagTopic
    log_ns: int
    publish_ns: int
    data: bytes
    sequence: int = 0


class BagFile(Protocol):
    """One file of a bag, open for reading.

    Attributes:
        counts: Number of messages per topic; topics without messages are listed, too.
        start_ns: Log time of the first message (ns); ``None`` when there is no message.
        end_ns: Log time of the last message (ns); ``None`` when there is no message.
        warnings: What is wrong with the file although it can be read.
    """

    counts: dict[BagTopic, int]
    start_ns: int | None
    end_ns: int | None
    warnings: list[str]

    def times(self, topic: BagTopic) -> array[int]:
        """Return the log times (ns) of all messages of a topic in ascending order."""
        ...

    def messages(
        self,
        topics: Collection[BagTopic] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[BagMessage]:
        """Read messages in order of their log time.

        Args:
            topics: Which topics; ``None`` means all.
            start: Leave out messages logged before this time (ns).
            stop: Leave out messages logged at this time (ns) or later.
        """
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def merge_by_time(
    parts: Iterable[tuple[int, Callable[[], Iterator[BagMessage]]]],
) -> Iterator[BagMessage]:
    """Merge parts of a recording into one sequence ordered by log time.

    A part is opened only when its time has come, so that one part is in memory at a time, or
    as many as overlap.

    Args:
        parts: Per part the log time of its first message (ns) and a function that opens it;
            a part yields its messages in order of their log time. At equal times earlier
            parts come first.

    Yields:
        The messages of all parts.
    """
    heap: list[tuple[int, int, BagMessage | None, Iterator[BagMessage]]] = []
    openers = []
    for order, (start, opener) in enumerate(parts):
        openers.append(opener)
        heap.append((start, order, None, iter(())))
    heapq.heapify(heap)
    while heap:
        _, order, message, following = heapq.heappop(heap)
        if message is None:
            following = openers[order]()
        else:
            yield message
        upcoming = next(following, None)
        if upcoming is not None:
            heapq.heappush(heap, (upcoming.log_ns, order, upcoming, following))
