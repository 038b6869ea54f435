# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Copy a recording, or a part of it, into an MCAP, step by step in the order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import logging

from rosbags.serde import SerdeError

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.definitions import written_topic, WrittenTopic
from featuremap_ros.streams.mcap_output import McapOutput
from featuremap_ros.streams.qos import is_latched
from featuremap_ros.streams.rosbag2_info import RECORD

_logger = logging.getLogger(__name__)

LATCHED_KEPT = 100
"""How many messages from before the part are kept per topic with durability transient local."""


class BagCopy:
    """A copy in progress.

    What was published before the part with durability *transient local* (static transforms,
    maps) belongs to it, as every late subscriber would receive it: those messages are logged at
    the part's beginning.

    Attributes:
        undefined_topics: Topics whose type nobody knows: copied, but without a definition.
        left_out: Why topics, or some of their messages, could not be copied, by topic.
    """

    def __init__(
        self, bag: Bag, output: McapOutput, *, start_ns: int | None, stop_ns: int | None
    ) -> None:
        """Register all topics, and copy attachments and metadata records.

        Args:
            bag: The recording.
            output: Where to copy.
            start_ns: Leave out what was logged earlier (ns).
            stop_ns: Leave out what was logged at this time or later (ns).

        Raises:
            SinkError: The disk is full.
        """
        self.left_out: dict[str, str] = {}
        self._output = output
        self._topics: dict[BagTopic, WrittenTopic] = {}
        for topic in bag.counts:
            self._add(topic)
        self.undefined_topics = sorted(
            {
                written.topic.name
                for written in self._topics.values()
                if not written.topic.definition
            }
        )
        for attachment in bag.attachments():
            output.attach(attachment)
        for record in bag.metadata():
            if record.name != RECORD:  # it describes the original's files and counts
                output.add_metadata(record.name, record.metadata)
        if start_ns is not None:
            self._copy_latched(bag, start_ns)
        self._messages = bag.messages(list(self._topics), start_ns, stop_ns)
        self._next = next(self._messages, None)

    def copy_until(self, log_ns: int) -> None:
        """Copy messages up to a log time (ns), those of that very time included.

        Raises:
            SinkError: The disk is full.
        """
        while self._next is not None and self._next.log_ns <= log_ns:
            self._write(self._next, self._next.log_ns)
            self._next = next(self._messages, None)

    def copy_rest(self) -> None:
        """Copy messages up to the end of the part.

        Raises:
            SinkError: The disk is full.
        """
        self.copy_until(2**63)

    def _add(self, topic: BagTopic) -> None:
        try:
            written = written_topic(topic)
        except UnsupportedError as error:
            self._leave_out(topic, str(error))
        else:
            self._topics[topic] = written
            self._output.add_topic(written.topic)

    def _copy_latched(self, bag: Bag, start_ns: int) -> None:
        for topic in self._topics:
            if is_latched(dict(topic.metadata).get('offered_qos_profiles', '')):
                for message in _latest(bag.messages([topic], None, start_ns)):
                    self._write(message, start_ns)

    def _write(self, message: BagMessage, log_ns: int) -> None:
        written = self._topics[message.topic]
        data: bytes | memoryview = message.data
        if written.convert is not None:
            try:
                data = written.convert(message.data)
            except (SerdeError, AssertionError, IndexError, KeyError) as error:
                self._leave_out(message.topic, f'a message cannot be converted: {error}')
                return
        self._output.write(
            written.topic, log_ns, data, publish_ns=message.publish_ns, sequence=message.sequence
        )

    def _leave_out(self, topic: BagTopic, reason: str) -> None:
        if topic.name not in self.left_out:
            self.left_out[topic.name] = reason
            _logger.warning('%s is not copied (as a whole): %s', topic.name, reason)


def _latest(messages: Iterator[BagMessage]) -> deque[BagMessage]:
    return deque(messages, maxlen=LATCHED_KEPT)
