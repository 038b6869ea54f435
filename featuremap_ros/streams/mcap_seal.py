# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Give an MCAP that was cut off the index it lacks, so that every reader takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
import os
from pathlib import Path
from typing import BinaryIO
import zlib

from mcap.data_stream import ReadDataStream, RecordBuilder
from mcap.records import (
    Attachment,
    AttachmentIndex,
    ChunkIndex,
    DataEnd,
    Footer,
    McapRecord,
    Message,
    MessageIndex,
    Metadata,
    MetadataIndex,
    Statistics,
)
from mcap.writer import MCAP0_MAGIC

from featuremap_ros.streams.mcap_index import (
    Block,
    CHUNK_HEAD,
    HEAD,
    McapIndex,
    read_block,
    read_index,
)


def seal_mcap(path: Path) -> bool:
    """Append summary and footer to an MCAP without them; what is behind the cut is dropped.

    Args:
        path: An MCAP whose messages are in chunks.

    Returns:
        Whether the file is whole now. If the disk is too full even for the summary, the file
        ends with its last whole record.
    """
    with path.open('rb') as stream, open_raw(path) as file:
        index = read_index(stream, str(path))
        if index.data_end is None:
            return True
        end = index.data_end
        last = index.blocks[-1] if index.blocks else None
        follows = max([0, *index.attachments, *index.metadata])
        unindexed = (
            last is not None and last.is_chunk and not last.index and (follows < last.offset)
        )
        if last is not None and unindexed:
            end = last.offset + last.size
        try:
            file.truncate(end)
            if unindexed:
                _append(file, _message_indexes(stream, index, end))
            _append(file, _ending(index, stream, file.seek(0, os.SEEK_END)))
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            return False
    return True


def open_raw(path: Path) -> FileIO:
    """Open a file for changes that reach the disk, or fail, at once."""
    return path.open('r+b', buffering=0)


def _append(file: FileIO, data: bytes) -> None:
    file.seek(0, os.SEEK_END)
    while data:
        data = data[file.write(data) :]


def _encoded(records: Iterable[McapRecord]) -> bytes:
    builder = RecordBuilder()
    for record in records:
        record.write(builder)
    encoded: bytes = builder.end()  # type: ignore[no-untyped-call]
    return encoded


def _message_indexes(stream: BinaryIO, index: McapIndex, position: int) -> bytes:
    """Build the message index records of the last chunk anew, and note where they will be."""
    block = index.blocks[-1]
    found: dict[int, MessageIndex] = {}
    offset = 0
    for record in read_block(stream, block):
        if isinstance(record, Message):
            entry = found.setdefault(record.channel_id, MessageIndex(record.channel_id, []))
            entry.records.append((record.log_time, offset))
        offset += len(_encoded([record]))
    indexes = b''
    for channel_id, entry in found.items():
        block.index[channel_id] = position + len(indexes)
        indexes += _encoded([entry])
    return indexes


def _ending(index: McapIndex, stream: BinaryIO, end: int) -> bytes:
    """Build everything that follows the data, which ends at a byte of the file."""
    data_end = _encoded([DataEnd(0)])
    start = end + len(data_end)
    summary = _encoded(_summary(index, stream))
    # The checksum covers the footer, too, up to the checksum itself.
    crc = zlib.crc32(_encoded([Footer(start, 0, 0)])[:-4], zlib.crc32(summary))
    return data_end + summary + _encoded([Footer(start, 0, crc)]) + MCAP0_MAGIC


def _summary(index: McapIndex, stream: BinaryIO) -> Iterator[McapRecord]:
    """Yield what readers look for at the end of a file."""
    yield from index.schemas.values()
    yield from index.channels.values()
    chunks = [block for block in index.blocks if block.is_chunk]
    full = [block for block in index.blocks if block.end_ns]
    yield Statistics(
        attachment_count=len(index.attachments),
        channel_count=len(index.channels),
        channel_message_counts=dict(index.counts),
        chunk_count=len(chunks),
        message_count=sum(index.counts.values()),
        message_end_time=max((block.end_ns for block in full), default=0),
        message_start_time=min((block.start_ns for block in full), default=0),
        metadata_count=len(index.metadata),
        schema_count=len(index.schemas),
    )
    for block in chunks:
        yield _chunk_index(block, stream)
    for position in index.attachments:
        yield _attachment_index(stream, position)
    for position in index.metadata:
        length = _seek_record(stream, position)
        yield MetadataIndex(position, length, Metadata.read(ReadDataStream(stream)).name)


def _chunk_index(block: Block, stream: BinaryIO) -> ChunkIndex:
    lengths = [_seek_record(stream, position) for position in block.index.values()]
    _seek_record(stream, block.offset)
    *_, size, _, letters = CHUNK_HEAD.unpack(stream.read(CHUNK_HEAD.size))
    compression = stream.read(letters).decode()
    return ChunkIndex(
        chunk_length=block.size,
        chunk_start_offset=block.offset,
        compression=compression,
        compressed_size=int.from_bytes(stream.read(8), 'little'),
        message_end_time=block.end_ns,
        message_index_length=sum(lengths),
        message_index_offsets=block.index,
        message_start_time=block.start_ns,
        uncompressed_size=size,
    )


def _attachment_index(stream: BinaryIO, position: int) -> AttachmentIndex:
    length = _seek_record(stream, position)
    item = Attachment.read(ReadDataStream(stream))
    return AttachmentIndex(
        position,
        length,
        item.log_time,
        item.create_time,
        len(item.data),
        item.name,
        item.media_type,
    )


def _seek_record(stream: BinaryIO, position: int) -> int:
    """Go to the content of a record; return the record's length with its head."""
    stream.seek(position)
    _, length = HEAD.unpack(stream.read(HEAD.size))
    return HEAD.size + int(length)
