# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder that results go to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import fcntl
import logging
import os
from os import PathLike
from pathlib import Path
from tempfile import TemporaryFile

from featuremap_ros.errors import FeatureMapError, SinkError
from featuremap_ros.streams.output_file import sink_error

_logger = logging.getLogger(__name__)


def prepare_output(path: str | PathLike[str], *, overwrite: bool = False) -> Path:
    """Make sure that results can be written to a folder, before any work is done.

    Args:
        path: The folder; it is made if only itself is missing.
        overwrite: Whether the folder may hold something; files of the same names are then
            replaced, others stay.

    Returns:
        The folder, which exists.

    Raises:
        SinkError: It holds something, is no folder, cannot be made, or cannot be written to.
    """
    folder = Path(path)
    try:
        if not folder.parent.is_dir():
            msg = f'{folder} cannot be made: {folder.parent} is no folder. Make it first.'
            raise SinkError(msg)
        folder.mkdir(exist_ok=True)
        occupied = next(folder.iterdir(), None)
    except (FileExistsError, NotADirectoryError):
        what = 'a file, not a folder' if folder.exists() else 'a link that leads nowhere'
        raise SinkError(f'{folder} is {what}. Choose another --out.') from None
    except OSError as error:
        raise sink_error(folder, error) from None
    if occupied is not None and not overwrite:
        raise SinkError(
            f'{folder} is not empty (it holds {occupied.name}). Choose another --out, or replace '
            'its files with --overwrite.'
        )
    try:
        with TemporaryFile(dir=folder) as probe:
            probe.write(b'\0')
    except OSError as error:
        raise sink_error(folder, error) from None
    return folder


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other commands out of a folder; where the file system has no locks, trust in luck.

    The folder itself is locked, so that nothing stays behind, not even after a crash.

    Args:
        folder: An existing folder.

    Raises:
        SinkError: Another process has it, or this one already.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SinkError(
                f'Another featuremap writes to {folder} right now. Wait until it has finished, or '
                'choose another --out.'
            ) from None
        except OSError:
            _logger.debug('%s cannot be locked.', folder, exc_info=True)
        yield
    finally:
        os.close(handle)


def refuse_source(folder: Path, source: Path) -> None:
    """Refuse to write where a race lies: results would become a part of it, or replace it.

    Args:
        folder: For the results.
        source: The race, a folder or a file.

    Raises:
        SinkError: The folder is that of the race.
    """
    place = source if source.is_dir() else source.parent
    if os.path.realpath(folder) == os.path.realpath(place):
        raise SinkError(
            f'{folder} is the folder of the race itself ({source}), which is never written to. '
            'Choose another --out.'
        )


@contextmanager
def output_folder(
    path: str | PathLike[str],
    *,
    overwrite: bool = False,
    whole: bool = False,
    source: Path | None = None,
) -> Iterator[Path]:
    """Prepare and claim a folder for results; an error that left nothing in it takes it away.

    Args:
        path: See ``prepare_output``.
        overwrite: See ``prepare_output``.
        whole: Whether the results are of use only together. An error then takes away the files
            that were not there before, unless they can no longer be written: what was written
            until a disk is full can be used.
        source: The race that is read meanwhile; its own folder is refused.

    Yields:
        The folder.

    Raises:
        SinkError: See ``refuse_source``, ``prepare_output`` and ``claimed``.
    """
    try:
        if source is not None:
            refuse_source(Path(path), source)
        was_there = Path(path).is_dir()
    except OSError as error:
        raise sink_error(Path(path), error) from None
    folder = prepare_output(path, overwrite=overwrite)
    try:
        with claimed(folder):
            before = set(folder.iterdir())
            try:
                yield folder
            except FeatureMapError as error:
                if whole and not isinstance(error, SinkError):
                    for path in set(folder.iterdir()) - before:
                        if path.is_file():
                            path.unlink()
                raise
    except BaseException:
        if not was_there:
            with suppress(OSError):  # it holds something that can be used
                folder.rmdir()
        raise
