# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing an MCAP of profile ros2 that can be read whatever ends the writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast, IO

from mcap.records import Attachment
from mcap.writer import CompressionType, Writer

from featuremap_ros.errors import SinkError, SourceError
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.mcap_seal import seal_mcap
from featuremap_ros.streams.output_file import OutputFile
from featuremap_ros.streams.rosbag2_info import RECORD, rosbag2_info
from featuremap_ros.streams.selection import NS


class McapOutput:
    """An MCAP for ROS 2 with zstd chunks, at most a second of recording behind.

    Attributes:
        path: Where the file lies.
        counts: Messages written per topic.
        start_ns: Lowest log time written (ns); ``None`` before the first message.
        end_ns: Highest log time written (ns); ``None`` before the first message.
    """

    def __init__(self, path: Path) -> None:
        """Create the file.

        Args:
            path: Where to write; an existing file is replaced.

        Raises:
            SinkError: The file cannot be written.
        """
        self.path = path
        self.counts: Counter[BagTopic] = Counter()
        self.start_ns: int | None = None
        self.end_ns: int | None = None
        self._channels: dict[BagTopic, int] = {}
        self._schemas: dict[tuple[str, str, str], int] = {}
        self._flushed_ns: int | None = None
        self._torn = False
        self._file = OutputFile(path)
        self._writer = Writer(cast('IO[bytes]', self._file), compression=CompressionType.ZSTD)
        with self._writing():
            self._writer.start(profile='ros2', library='featuremap_ros')

    def add_topic(self, topic: BagTopic) -> None:
        """Register a topic; doing so again changes nothing.

        Args:
            topic: Name, type, serialization, definition, metadata.
        """
        if topic in self._channels:
            return
        schema = (topic.msgtype, topic.definition_encoding, topic.definition)
        with self._writing():
            if schema not in self._schemas and topic.msgtype:
                self._schemas[schema] = self._writer.register_schema(
                    topic.msgtype, topic.definition_encoding, topic.definition.encode()
                )
            self._channels[topic] = self._writer.register_channel(
                topic.name, topic.encoding, self._schemas.get(schema, 0), dict(topic.metadata)
            )
        self.counts[topic] = 0

    def write(
        self,
        topic: BagTopic,
        log_ns: int,
        data: bytes | memoryview,
        *,
        publish_ns: int | None = None,
        sequence: int = 0,
    ) -> None:
        """Write a message.

        Args:
            topic: A topic that has been added.
            log_ns: Log time (ns).
            data: The serialized message.
            publish_ns: Publish time (ns); the log time if ``None``.
            sequence: The publisher's counter.

        Raises:
            SinkError: The disk is full.
        """
        with self._writing():
            self._writer.add_message(
                self._channels[topic],
                log_ns,
                cast('bytes', data),
                log_ns if publish_ns is None else publish_ns,
                sequence,
            )
            self.counts[topic] += 1
            self.start_ns = log_ns if self.start_ns is None else min(log_ns, self.start_ns)
            self.end_ns = log_ns if self.end_ns is None else max(log_ns, self.end_ns)
            if self._flushed_ns is None:
                self._flushed_ns = log_ns
            elif log_ns - self._flushed_ns >= NS:
                self._writer.flush()  # type: ignore[no-untyped-call]
                self._flushed_ns = log_ns

    def attach(self, attachment: Attachment) -> None:
        """Copy an attached file."""
        with self._writing():
            self._writer.add_attachment(
                attachment.create_time,
                attachment.log_time,
                attachment.name,
                attachment.media_type,
                attachment.data,
            )

    def add_metadata(self, name: str, values: dict[str, str]) -> None:
        """Copy a metadata record."""
        with self._writing():
            self._writer.add_metadata(name, values)

    def close(self, *, custom_data: dict[str, str], ros_distro: str) -> None:
        """Write index and footer.

        Args:
            custom_data: What users have noted in the recording.
            ros_distro: The ROS distribution that recorded it; may be empty.

        Raises:
            SinkError: The disk is full; the file can be read up to its last chunk.
        """
        try:
            if not self._file.failed and not self._torn:
                info = rosbag2_info(
                    name=self.path.name,
                    counts=self.counts,
                    start_ns=self.start_ns or 0,
                    end_ns=self.end_ns or 0,
                    custom_data=custom_data,
                    ros_distro=ros_distro,
                )
                with self._writing():
                    self._writer.add_metadata(RECORD, {'serialized_metadata': info})
                    self._writer.finish()  # type: ignore[no-untyped-call]
        finally:
            self._file.close()
            if self._file.failed or self._torn:
                with suppress(SourceError, OSError):  # not even the head of the file is there
                    seal_mcap(self.path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Remember whether the writer was left in the middle of something."""
        if self._torn:
            raise SinkError(f'{self.path} takes nothing more after an error.')
        self._torn = True
        yield
        self._torn = False
