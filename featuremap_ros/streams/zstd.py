# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Zstandard, as rosbag2 compresses files and messages."""

from __future__ import annotations

from pathlib import Path
import shutil

import zstandard

from featuremap_ros.errors import SourceError


def decompress(data: bytes) -> bytes:
    """Decompress one message; frames that do not tell their size are fine.

    Raises:
        SourceError: The data is no zstd frame, or cut off.
    """
    worker = zstandard.ZstdDecompressor().decompressobj()
    try:
        result = worker.decompress(data)
    except zstandard.ZstdError as error:
        raise SourceError(f'A message cannot be decompressed: {error}.') from None
    if not worker.eof:
        raise SourceError(f'A compressed message is cut off after {len(data)} bytes.')
    return result


def decompress_file(source: Path, target: Path) -> None:
    """Decompress a file without holding it in memory.

    Args:
        source: The compressed file.
        target: Where to write; what could be decompressed is there also after an error.

    Raises:
        SourceError: The file is no zstd file.
    """
    with source.open('rb') as compressed, target.open('wb') as plain:
        try:
            reader = zstandard.ZstdDecompressor().stream_reader(
                compressed, read_across_frames=True
            )
            shutil.copyfileobj(reader, plain, 2**20)
        except zstandard.ZstdError as error:
            raise SourceError(f'{source} cannot be decompressed: {error}.') from None
