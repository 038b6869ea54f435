# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Compression, against frames of the reference library."""

from __future__ import annotations

import pytest
import zstandard

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.zstd import decompress, decompress_file

DATA = bytes(range(256)) * 500


@pytest.mark.parametrize('sized', [False, True])
def test_messages_with_and_without_size(sized):
    """A frame need not say how long its content is."""
    compressed = zstandard.ZstdCompressor(write_content_size=sized).compress(DATA)
    assert decompress(compressed) == DATA


@pytest.mark.parametrize('content', [b'', b'junk' * 10, zstandard.compress(DATA)[:-9]])
def test_damaged_messages_are_refused(content):
    """Junk and cut-off frames give an error, never less data."""
    with pytest.raises(SourceError, match='message'):
        decompress(content)


def test_files_of_several_frames(tmp_path):
    """A file may be compressed in parts."""
    (tmp_path / 'a.zstd').write_bytes(zstandard.compress(DATA) + zstandard.compress(b'more'))
    decompress_file(tmp_path / 'a.zstd', tmp_path / 'a')
    assert (tmp_path / 'a').read_bytes() == DATA + b'more'


def test_damaged_files_are_refused(tmp_path):
    """The error names the file."""
    (tmp_path / 'a.zstd').write_bytes(b'junk' * 10)
    with pytest.raises(SourceError, match=r'a\.zstd cannot be decompressed'):
        decompress_file(tmp_path / 'a.zstd', tmp_path / 'a')
