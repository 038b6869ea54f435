# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where things are in an MCAP file, also when a crash left it without its index.

A recorder writes the index of an MCAP (summary and footer) when it closes the file. After a
crash or a power cut the file just ends, mostly in the middle of a record, and readers that need
the index refuse it. Its records up to the cut are whole, though: :func:`read_index` takes the
index where it is complete, and else walks from record to record (https://mcap.dev/spec).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from io import SEEK_END
import struct
from typing import BinaryIO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.reader import SeekingReader
from mcap.records import Channel, Chunk, McapRecord, Schema, Statistics
from mcap.stream_reader import breakup_chunk
from mcap.summary import Summary
from mcap.writer import MCAP0_MAGIC

from featuremap_ros.errors import SourceError

HEAD = struct.Struct('<BQ')
CHUNK_HEAD = struct.Struct('<QQQII')
MESSAGE_HEAD = struct.Struct('<HIQQ')
INDEX_HEAD = struct.Struct('<HI')
RUN_BYTES = 4 * 2**20
"""Messages outside chunks are read in runs of about this size."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the file that is read at once: a chunk, or a run of messages outside chunks.

    Attributes:
        start_ns: Lowest log time in it (ns).
        end_ns: Highest log time in it (ns).
        offset: Where its first record begins (bytes).
        size: Its length (bytes).
        is_chunk: Whether it is one chunk record.
        index: Per channel where its message index record begins; empty where it is not known
            which channels are in the block.
    """

    start_ns: int
    end_ns: int
    offset: int
    size: int
    is_chunk: bool
    index: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class McapIndex:
    """What is where in an MCAP file.

    Attributes:
        schemas: Message definitions by id.
        channels: Topics by id.
        blocks: Where the messages are, in the order of the file.
        counts: Messages per channel.
        attachments: Where attachment records begin.
        metadata: Where metadata records begin.
        cut_at: Where the file stops making sense; ``None`` if all its data is there.
        data_end: Where the data ends, for a file without complete summary; else ``None``.
    """

    schemas: dict[int, Schema] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)
    attachments: list[int] = field(default_factory=list)
    metadata: list[int] = field(default_factory=list)
    cut_at: int | None = None
    data_end: int | None = None


class DamagedBlockError(Exception):
    """A block cannot be decompressed or parsed."""


def read_index(stream: BinaryIO, name: str) -> McapIndex:
    """Find out what is where.

    Args:
        stream: The file, seekable.
        name: What to call the file in errors.

    Returns:
        The index: from the file's summary where that is complete, else from its records.

    Raises:
        SourceError: The file is no MCAP.
    """
    stream.seek(0)
    start = stream.read(len(MCAP0_MAGIC))
    if start != MCAP0_MAGIC:
        raise SourceError(f'{name} is no MCAP file: it begins with {start!r}.')
    stream.seek(0)
    try:
        summary = SeekingReader(stream).get_summary()
    except (McapError, ValueError, OSError, struct.error, KeyError):
        summary = None
    if summary is not None and summary.statistics is not None:
        index = _from_summary(summary, summary.statistics)
        if index is not None:
            return index
    return _from_records(stream)


def read_block(stream: BinaryIO, block: Block) -> list[McapRecord]:
    """Read the schemas, channels and messages of a block.

    Raises:
        DamagedBlockError: The block cannot be decompressed or parsed, or its checksum is wrong.
    """
    stream.seek(block.offset)
    try:
        if block.is_chunk:
            stream.read(HEAD.size)
            chunk = Chunk.read(ReadDataStream(stream))
        else:
            records = stream.read(block.size)
            chunk = Chunk('', records, block.end_ns, block.start_ns, 0, len(records))
        return breakup_chunk(chunk, validate_crc=True)
    except Exception as error:  # each compressor raises a class of its own
        raise DamagedBlockError(f'{type(error).__name__}: {error}') from None


def _is_complete(summary: Summary, total: Statistics) -> bool:
    """Whether everything that the file holds can be found through its summary."""
    return (
        len(summary.chunk_indexes) == total.chunk_count
        and len(summary.channels) == total.channel_count
        and len(summary.attachment_indexes) == total.attachment_count
        and len(summary.metadata_indexes) == total.metadata_count
        and (total.message_count == 0 or total.chunk_count > 0)
        and all(c.schema_id in {0, *summary.schemas} for c in summary.channels.values())
    )


def _from_summary(summary: Summary, total: Statistics) -> McapIndex | None:
    """Return what the summary says; ``None`` if that is not everything."""
    if not _is_complete(summary, total):
        return None
    return McapIndex(
        schemas=summary.schemas,
        channels=summary.channels,
        blocks=[
            Block(
                chunk.message_start_time,
                chunk.message_end_time,
                chunk.chunk_start_offset,
                chunk.chunk_length,
                True,
                chunk.message_index_offsets,
            )
            for chunk in summary.chunk_indexes
        ],
        counts=Counter(total.channel_message_counts),
        attachments=[index.offset for index in summary.attachment_indexes],
        metadata=[index.offset for index in summary.metadata_indexes],
    )


def _from_records(stream: BinaryIO) -> McapIndex:
    """Walk through the file from record to record, up to where it stops making sense."""
    index = McapIndex()
    size = stream.seek(0, SEEK_END)
    position = len(MCAP0_MAGIC)
    latest = 0
    while True:
        stream.seek(position)
        head = stream.read(HEAD.size)
        opcode, length = HEAD.unpack(head) if len(head) == HEAD.size else (0, 0)
        end = position + HEAD.size + length
        if opcode in {Opcode.DATA_END, Opcode.FOOTER}:
            break
        try:
            if opcode == 0 or end > size:
                raise McapError('the record is cut off')
            _note_record(index, stream, opcode, position, length)
        except (struct.error, UnicodeDecodeError, McapError):
            index.cut_at = position
            if latest in {Opcode.CHUNK, Opcode.MESSAGE_INDEX}:  # some of its index may be lost
                index.blocks[-1] = replace(index.blocks[-1], index={})
            break
        position, latest = end, opcode
    index.data_end = position
    _look_into_blocks(index, stream)
    return index


def _note_record(
    index: McapIndex, stream: BinaryIO, opcode: int, position: int, length: int
) -> None:
    """Note in the index what one record of the data section says."""
    if opcode == Opcode.SCHEMA:
        schema = Schema.read(ReadDataStream(stream))
        index.schemas[schema.id] = schema
    elif opcode == Opcode.CHANNEL:
        channel = Channel.read(ReadDataStream(stream))
        index.channels[channel.id] = channel
    elif opcode == Opcode.MESSAGE:
        channel_id, _, log_ns, _ = MESSAGE_HEAD.unpack(stream.read(MESSAGE_HEAD.size))
        index.counts[channel_id] += 1
        size = HEAD.size + length
        last = index.blocks[-1] if index.blocks else None
        follows = last is not None and last.offset + last.size == position
        if last is not None and follows and not last.is_chunk and last.size < RUN_BYTES:
            low, high = min(last.start_ns, log_ns), max(last.end_ns, log_ns)
            index.blocks[-1] = Block(low, high, last.offset, last.size + size, False)
        else:
            index.blocks.append(Block(log_ns, log_ns, position, size, False))
    elif opcode == Opcode.CHUNK:
        start_ns, end_ns, *_ = CHUNK_HEAD.unpack(stream.read(CHUNK_HEAD.size))
        index.blocks.append(Block(start_ns, end_ns, position, HEAD.size + length, True))
    elif opcode == Opcode.MESSAGE_INDEX and index.blocks:
        channel_id, _ = INDEX_HEAD.unpack(stream.read(INDEX_HEAD.size))
        index.blocks[-1].index[channel_id] = position
    elif opcode == Opcode.ATTACHMENT:
        index.attachments.append(position)
    elif opcode == Opcode.METADATA:
        index.metadata.append(position)


def _look_into_blocks(index: McapIndex, stream: BinaryIO) -> None:
    """Count the messages of chunks, opening only those that name unknown channels."""
    for block in index.blocks:
        if not block.is_chunk:
            continue
        if block.index and block.index.keys() <= index.channels.keys():
            for channel_id, position in block.index.items():
                stream.seek(position + HEAD.size)
                _, length = INDEX_HEAD.unpack(stream.read(INDEX_HEAD.size))
                index.counts[channel_id] += length // 16
            continue
        try:
            records = read_block(stream, block)
        except DamagedBlockError:
            continue
        for record in records:
            if isinstance(record, Schema):
                index.schemas[record.id] = record
            elif isinstance(record, Channel):
                index.channels[record.id] = record
            else:
                index.counts[record.channel_id] += 1  # type: ignore[attr-defined]
