# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tell whether a source is still what it was, without reading it."""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
import json
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SourceError
from featuremap_ros.season.remote import file_system, is_url, unreachable


def fingerprint(place: str) -> dict[str, Any]:
    """Return what changes when a file of a source does: names, sizes, times of modification.

    Args:
        place: A file or folder, or a URL of one.

    Returns:
        Number of files, bytes, and a digest.

    Raises:
        SourceError: There is nothing, or it cannot be read.
        UnsupportedError: fsspec is not installed.
    """
    files = sorted(_remote(place) if is_url(place) else _local(Path(place)))
    if not files:
        raise SourceError(f'{place} holds no files.')
    return {
        'files': len(files),
        'bytes': sum(size for _, size, _ in files),
        'sha256': hashlib.sha256(json.dumps(files).encode()).hexdigest(),
    }


def _local(path: Path) -> Iterable[tuple[str, int, str]]:
    """Yield name, size and time of modification of every file."""
    try:
        found = [file for file in path.rglob('*') if file.is_file()] if path.is_dir() else [path]
        for file in found:
            about = file.stat()
            name = str(file.relative_to(path)) if file != path else file.name
            yield name, about.st_size, str(about.st_mtime_ns)
    except FileNotFoundError:
        raise SourceError(f'{path} does not exist.') from None
    except OSError as error:
        raise SourceError(f'{path} cannot be read: {error.strerror or error}.') from None


def _remote(url: str) -> Iterable[tuple[str, int, str]]:
    """Yield name, size and whatever the file system knows of every file."""
    system, path = file_system(url)
    try:
        found = system.find(path, detail=True)
        if not found:
            raise FileNotFoundError
        for name, about in found.items():
            yield str(name).removeprefix(path), int(about.get('size') or 0), str(system.ukey(name))
    except Exception as error:  # each file system raises errors of its own
        raise unreachable(url, error) from None
