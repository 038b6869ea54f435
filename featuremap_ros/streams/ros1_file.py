# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading ROS 1 bags (``.bag``)."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
import heapq
from pathlib import Path

from rosbags.interfaces import Connection, ConnectionExtRosbag1
from rosbags.rosbag1 import Reader, ReaderError

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.qos import LATCHED


class Ros1File:
    """A ROS 1 bag; its messages keep the ROS 1 serialization.

    Attributes:
        counts: Number of messages per topic.
        start_ns: Log time of the first message (ns).
        end_ns: Log time of the last message (ns).
        warnings: Always empty.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and read its index.

        Args:
            path: The file.

        Raises:
            SourceError: The file is no ROS 1 bag, or has no index.
        """
        self._path = path
        self._reader = Reader(path)
        self.warnings: list[str] = []
        try:
            self._reader.open()
        except (ReaderError, AssertionError, ValueError) as error:
            fix = ' Run "rosbag reindex" on it first.' if 'index' in str(error) else ''
            raise SourceError(f'{path} is no readable ROS 1 bag: {error}{fix}') from None
        self._topics = {
            connection.id: _topic(connection) for connection in self._reader.connections
        }
        self.counts: dict[BagTopic, int] = {}
        for connection in self._reader.connections:
            topic = self._topics[connection.id]
            self.counts[topic] = self.counts.get(topic, 0) + connection.msgcount
        filled = any(self.counts.values())
        self.start_ns = self._reader.start_time if filled else None
        self.end_ns = self._reader.end_time - 1 if filled else None

    def times(self, topic: BagTopic) -> array[int]:
        """Return the log times (ns) of all messages of a topic in ascending order."""
        indexes = [self._reader.indexes[c.id] for c in self._connections([topic])]
        return array('q', (entry.time for entry in heapq.merge(*indexes)))

    def messages(
        self,
        topics: Collection[BagTopic] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[BagMessage]:
        """Read messages in order of their log time; see :class:`BagFile`."""
        connections = self._connections(topics)
        if not connections:
            return
        try:
            for connection, log_ns, data in self._reader.messages(connections, start, stop):
                yield BagMessage(self._topics[connection.id], log_ns, log_ns, data)
        except (ReaderError, AssertionError) as error:
            raise SourceError(f'{self._path} is damaged: {error}') from None

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _connections(self, topics: Collection[BagTopic] | None) -> list[Connection]:
        return [
            connection
            for connection in self._reader.connections
            if topics is None or self._topics[connection.id] in topics
        ]


def _topic(connection: Connection) -> BagTopic:
    extra = connection.ext
    latched = isinstance(extra, ConnectionExtRosbag1) and bool(extra.latching)
    return BagTopic(
        connection.topic,
        connection.msgtype,
        'ros1',
        connection.msgdef.data,
        'ros1msg',
        (('offered_qos_profiles', LATCHED),) if latched else (),
    )
