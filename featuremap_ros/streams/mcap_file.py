# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading MCAP files: whole, without index, or cut off by a crash."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
import struct
from typing import TypeVar

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Message, Metadata, Schema

from featuremap_ros.streams.bag_file import BagMessage, BagTopic, merge_by_time
from featuremap_ros.streams.mcap_index import (
    Block,
    DamagedBlockError,
    HEAD,
    read_block,
    read_index,
)
from featuremap_ros.streams.zstd import decompress

Record = TypeVar('Record', Attachment, Metadata)
INDEX_RECORD = struct.Struct('<BQHI')


class McapFile:
    """An MCAP file of any profile.

    Attributes:
        counts: Number of messages per topic.
        start_ns: Log time of the first message (ns).
        end_ns: Log time of the last message (ns).
        warnings: Where the file is cut off or damaged.
    """

    def __init__(self, path: Path, *, zstd_messages: bool = False) -> None:
        """Open the file and find out what is where.

        Args:
            path: The file.
            zstd_messages: Whether rosbag2 has compressed each message by itself.

        Raises:
            SourceError: The file is no MCAP.
            OSError: The file cannot be opened.
        """
        self._zstd_messages = zstd_messages
        self._stream = path.open('rb')
        self._name = path.name
        try:
            self._index = read_index(self._stream, str(path))
        except BaseException:
            self._stream.close()
            raise
        self._topics: dict[int, BagTopic] = {}
        self.counts: dict[BagTopic, int] = {}
        for key, channel in self._index.channels.items():
            topic = _topic(channel, self._index.schemas.get(channel.schema_id))
            self._topics[key] = topic
            self.counts[topic] = self.counts.get(topic, 0) + self._index.counts[key]
        # A chunk that holds definitions only says that it lasts from 0 to 0.
        full = [block for block in self._index.blocks if block.end_ns > 0 or block.index]
        self.start_ns = min((block.start_ns for block in full), default=None)
        self.end_ns = max((block.end_ns for block in full), default=None)
        self.warnings: list[str] = []
        if self._index.cut_at is not None:
            total = sum(self.counts.values())
            self._warn(
                f'{self._name} is cut off after {self._index.cut_at} bytes, as a crash leaves it: '
                f'its {total} messages up to there are read.'
            )

    def times(self, topic: BagTopic) -> array[int]:
        """Return the log times (ns) of all messages of a topic in ascending order."""
        wanted = {key for key, value in self._topics.items() if value == topic}
        found: list[int] = []
        for block in self._index.blocks:
            times = self._indexed_times(block, wanted)
            if times is None:
                times = [message.log_ns for message in self._read(block, wanted)]
            found += times
        return array('q', sorted(found))

    def messages(
        self,
        topics: Collection[BagTopic] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[BagMessage]:
        """Read messages in order of their log time; see :class:`BagFile`."""
        wanted = {key for key, topic in self._topics.items() if topics is None or topic in topics}
        low = -(2**63) if start is None else start
        high = 2**64 if stop is None else stop
        blocks = (
            block
            for block in self._index.blocks
            if low <= block.end_ns
            and block.start_ns < high
            and (not block.index or not wanted.isdisjoint(block.index))
        )
        for message in merge_by_time(
            (block.start_ns, partial(self._read_sorted, block, wanted)) for block in blocks
        ):
            if low <= message.log_ns < high:
                yield message

    def attachments(self) -> Iterator[Attachment]:
        """Read the files that are attached to the recording; damaged ones are left out."""
        return self._records(self._index.attachments, Attachment.read)

    def metadata(self) -> Iterator[Metadata]:
        """Read the metadata records; damaged ones are left out."""
        return self._records(self._index.metadata, Metadata.read)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _records(
        self, positions: list[int], read: Callable[[ReadDataStream], Record]
    ) -> Iterator[Record]:
        for position in positions:
            self._stream.seek(position + HEAD.size)
            try:
                record = read(ReadDataStream(self._stream))
            except (McapError, UnicodeDecodeError, struct.error) as error:
                self._warn(f'{self._name}: the record at byte {position} is damaged ({error}).')
            else:
                yield record

    def _indexed_times(self, block: Block, wanted: set[int]) -> list[int] | None:
        """Look up the log times of a block's messages; ``None`` if its index is of no use."""
        times: list[int] = []
        if not block.index:
            return None
        for key in wanted & block.index.keys():
            self._stream.seek(block.index[key])
            head = self._stream.read(INDEX_RECORD.size)
            opcode, length, channel_id, size = INDEX_RECORD.unpack(head)
            if (opcode, channel_id, size) != (Opcode.MESSAGE_INDEX, key, length - 6) or size % 16:
                return None
            entries = self._stream.read(size)
            times += [log_ns for log_ns, _ in struct.iter_unpack('<QQ', entries)]
        return times

    def _read_sorted(self, block: Block, wanted: set[int]) -> Iterator[BagMessage]:
        return iter(sorted(self._read(block, wanted), key=lambda message: message.log_ns))

    def _read(self, block: Block, wanted: set[int]) -> list[BagMessage]:
        """Read the wanted messages of a block; a damaged block has none."""
        try:
            return [
                self._message(record)
                for record in read_block(self._stream, block)
                if isinstance(record, Message) and record.channel_id in wanted
            ]
        except (DamagedBlockError, struct.error) as error:
            self._warn(
                f'{self._name} is damaged at byte {block.offset}: {block.size} bytes are left '
                f'out ({error}).'
            )
            return []

    def _message(self, record: Message) -> BagMessage:
        data = decompress(record.data) if self._zstd_messages else record.data
        topic = self._topics[record.channel_id]
        return BagMessage(topic, record.log_time, record.publish_time, data, record.sequence)


def _topic(channel: Channel, schema: Schema | None) -> BagTopic:
    return BagTopic(
        name=channel.topic,
        msgtype=schema.name if schema else '',
        encoding=channel.message_encoding,
        definition=schema.data.decode(errors='replace') if schema else '',
        definition_encoding=schema.encoding if schema else '',
        metadata=tuple(channel.metadata.items()),
    )
