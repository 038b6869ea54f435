# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder that results go to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from tempfile import TemporaryFile

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.output_file import sink_error


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
    if not folder.parent.is_dir():
        raise SinkError(f'{folder} cannot be made: {folder.parent} is no folder. Make it first.')
    try:
        folder.mkdir(exist_ok=True)
        occupied = next(folder.iterdir(), None)
    except (FileExistsError, NotADirectoryError):
        raise SinkError(f'{folder} is a file, not a folder. Choose another --out.') from None
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
def output_folder(path: str | PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Prepare a folder for results; it does not outlive an error that left nothing in it.

    Args:
        path: See ``prepare_output``.
        overwrite: See ``prepare_output``.

    Yields:
        The folder.

    Raises:
        SinkError: See ``prepare_output``.
    """
    was_there = Path(path).is_dir()
    folder = prepare_output(path, overwrite=overwrite)
    try:
        yield folder
    except BaseException:
        if not was_there:
            with suppress(OSError):  # it holds something that can be used
                folder.rmdir()
        raise
