# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The index of an MCAP, from its summary and from its records."""

from __future__ import annotations

from mcap.reader import make_reader
import pytest

from featuremap_ros.errors import SourceError
from featuremap_ros.streams import mcap_index
from featuremap_ros.streams.mcap_index import read_index


def index_of(path):
    """Read the index of a file."""
    with path.open('rb') as stream:
        return read_index(stream, str(path))


def test_a_whole_file_is_not_walked_through(race, record_mcap, tmp_path, monkeypatch):
    """Its summary says everything; a race of gigabytes opens at once."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    monkeypatch.setattr(mcap_index, '_from_records', lambda _: pytest.fail('walked through'))
    index = index_of(path)
    assert index.cut_at is None
    assert sum(index.counts.values()) == 481


def test_records_tell_the_same_as_the_summary(race, record_mcap, tmp_path):
    """Schemas, channels, counts, blocks, attachments and metadata are found without summary."""
    whole = index_of(record_mcap(tmp_path / 'race.mcap', race))
    found = index_of(record_mcap(tmp_path / 'open.mcap', race, finish=False))
    assert found.schemas == whole.schemas
    assert found.channels == whole.channels
    assert found.counts == whole.counts
    assert found.attachments == whole.attachments
    assert found.metadata == whole.metadata
    assert [(b.start_ns, b.end_ns, b.offset, b.size) for b in found.blocks] == [
        (b.start_ns, b.end_ns, b.offset, b.size) for b in whole.blocks
    ]
    assert [b.index for b in found.blocks[:-1]] == [b.index for b in whole.blocks[:-1]]


def test_known_chunks_are_not_opened(race, record_mcap, tmp_path, monkeypatch):
    """Only those are decompressed that define topics, and the last, whose index may be cut."""
    path = record_mcap(tmp_path / 'open.mcap', race, finish=False)
    opened = []
    read_block = mcap_index.read_block
    monkeypatch.setattr(
        mcap_index,
        'read_block',
        lambda stream, block: opened.append(block) or read_block(stream, block),
    )
    index = index_of(path)
    assert len(index.blocks) > 8
    assert opened == [index.blocks[0], index.blocks[-1]]


def test_messages_outside_chunks_are_found_in_runs(race, record_mcap, tmp_path, monkeypatch):
    """A run is read at once, and is not longer than it should be."""
    monkeypatch.setattr(mcap_index, 'RUN_BYTES', 10_000)
    path = record_mcap(tmp_path / 'race.mcap', race, use_chunking=False)
    index = index_of(path)
    assert all(not block.is_chunk and block.size < 20_000 for block in index.blocks)
    assert len(index.blocks) > 10
    with path.open('rb') as stream:
        messages = [
            record
            for block in index.blocks
            for record in mcap_index.read_block(stream, block)
            if type(record).__name__ == 'Message'
        ]
        assert messages == [m for _, _, m in make_reader(stream_from(path)).iter_messages()]


def stream_from(path):
    """Open a file again, from its beginning."""
    return path.open('rb')


def test_other_files_are_refused(tmp_path):
    """The error shows how the file begins."""
    (tmp_path / 'a').write_bytes(b'something else')
    with pytest.raises(SourceError, match="is no MCAP file: it begins with b'somethin'"):
        index_of(tmp_path / 'a')
