# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Cut-off files that get an index, read by others."""

from __future__ import annotations

from io import FileIO

from mcap.reader import make_reader
import pytest
from rosbags.rosbag2 import Reader

from featuremap_ros.streams import mcap_seal
from featuremap_ros.streams.mcap_index import read_index
from featuremap_ros.streams.mcap_seal import seal_mcap


def contents(path):
    """Read all messages, attachments and metadata with the MCAP project's reader."""
    with path.open('rb') as stream:
        reader = make_reader(stream, validate_crcs=True)
        return (
            [(channel.topic, message) for _, channel, message in reader.iter_messages()],
            list(reader.iter_attachments()),
            list(reader.iter_metadata()),
            reader.get_summary().statistics,
        )


def test_any_cut_is_mended(race, record_mcap, tmp_path):
    """Wherever the file was cut, two foreign readers read what was whole."""
    original = record_mcap(tmp_path / 'whole.mcap', race)
    whole = original.read_bytes()
    messages, _, _, _ = contents(original)
    path = tmp_path / 'cut.mcap'
    for end in [*range(400, len(whole), 1999), len(whole) - 1]:
        path.write_bytes(whole[:end])
        assert seal_mcap(path)
        found, attachments, metadata, statistics = contents(path)
        assert found == messages[: len(found)]
        assert statistics.message_count == len(found)
        assert statistics.channel_message_counts == {
            key: count for key, count in statistics.channel_message_counts.items() if count
        }
        assert [item.name for item in attachments] == ['car.txt']
        assert [item.name for item in metadata] == ['weather']
        with Reader(path) as reader:
            assert [data for _, _, data in reader.messages()] == [m.data for _, m in found]
            assert reader.message_count == len(found)
    assert len(found) == len(messages), 'only the end of the footer was missing'


def test_a_whole_file_stays_as_it_is(race, record_mcap, tmp_path):
    """Sealing is done once."""
    path = record_mcap(tmp_path / 'race.mcap', race)
    before = path.read_bytes()
    assert seal_mcap(path)
    assert path.read_bytes() == before


def test_the_same_summary_as_the_writers(race, record_mcap, tmp_path):
    """The index of a mended file is that of a file that was closed."""
    whole = contents(record_mcap(tmp_path / 'whole.mcap', race))
    path = record_mcap(tmp_path / 'open.mcap', race, finish=False)
    assert seal_mcap(path)
    assert contents(path) == whole
    with path.open('rb') as one, (tmp_path / 'whole.mcap').open('rb') as two:
        assert make_reader(one).get_summary().chunk_indexes == (
            make_reader(two).get_summary().chunk_indexes
        )


@pytest.mark.parametrize('room', [0, 100, 700])
def test_without_room_the_records_stay(race, record_mcap, tmp_path, monkeypatch, room):
    """A disk too full for the summary leaves a file that ends with a whole record."""
    path = record_mcap(tmp_path / 'open.mcap', race, finish=False)
    size = path.stat().st_size
    left = [room]

    class FullFile(FileIO):
        def write(self, data):
            if not left[0]:
                raise OSError(28, 'No space left on device')
            taken = super().write(bytes(data)[: left[0]])
            left[0] -= taken
            return taken

    monkeypatch.setattr(mcap_seal, 'open_raw', lambda path: FullFile(path, 'r+'))
    assert not seal_mcap(path)
    with path.open('rb') as stream:
        index = read_index(stream, 'a')
    assert sum(index.counts.values()) == 481
    assert path.stat().st_size <= size
