# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that are elsewhere: whatever fsspec reaches by a URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import importlib
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from featuremap_ros.errors import SourceError, UnsupportedError


def is_url(place: str) -> bool:
    """Whether a place is a URL; a plain path is no matter for fsspec."""
    return '://' in place


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it.

    Raises:
        UnsupportedError: fsspec is not installed, or what it needs for this kind of URL.
    """
    try:
        core = importlib.import_module('fsspec.core')
    except ImportError:
        msg = (
            f"{url} needs fsspec: run `pip install '.[dask]'` in the folder of featuremap_ros, or "
            'give a plain path.'
        )
        raise UnsupportedError(msg) from None
    try:
        system, path = core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UnsupportedError(f'{url} cannot be reached: {error}') from None
    return system, str(path)


@contextmanager
def fetched(place: str) -> Iterator[Path]:
    """Give a plain path to a file or folder, which is a temporary copy of what a URL leads to.

    Args:
        place: A URL, or a plain path, which is passed on.

    Raises:
        SourceError: There is nothing, or it cannot be read.
        UnsupportedError: fsspec is not installed.
    """
    if not is_url(place):
        yield Path(place)
        return
    system, path = file_system(place)
    with TemporaryDirectory(prefix='featuremap-') as folder:
        target = Path(folder, PurePosixPath(path.rstrip('/')).name or 'race')
        try:
            system.get(path.rstrip('/'), str(target), recursive=True)
        except Exception as error:  # each file system raises errors of its own
            raise unreachable(place, error) from None
        if not target.exists():
            raise SourceError(f'{place} does not exist.')
        yield target


def unreachable(place: str, error: Exception) -> SourceError:
    """Word what keeps a URL from being read."""
    if isinstance(error, FileNotFoundError):
        return SourceError(f'{place} does not exist.')
    return SourceError(f'{place} cannot be read: {type(error).__name__}: {error}')
