# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A file that holds whole records whatever happens: a full disk, a kill, an interrupt."""

from __future__ import annotations

from contextlib import suppress
import errno
import os
from pathlib import Path

from featuremap_ros.errors import SinkError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OutputFile:
    """An unbuffered file of which each appended piece is there as a whole or not at all.

    Writers hand over one record, or several whole ones, per call. After an error everything
    more is silently dropped, so that a writer can be closed without destroying what is there.

    Attributes:
        path: Where the file lies.
        failed: Whether a write went wrong.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, or empty it.

        Args:
            path: Where to write.

        Raises:
            SinkError: The file cannot be created.
        """
        self.path = path
        self.name = str(path)
        self.failed = False
        try:
            self._raw = path.open('wb', buffering=0)
        except OSError as error:
            raise sink_error(path, error) from None

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write one piece.

        Args:
            data: One whole record, or several.

        Returns:
            Its length (bytes).

        Raises:
            SinkError: The piece cannot be written; nothing of it is left in the file.
        """
        view = memoryview(data).cast('B')
        total = view.nbytes
        if self.failed:
            return total
        start = self._raw.tell()
        size = os.fstat(self._raw.fileno()).st_size
        try:
            while view.nbytes:
                view = view[self._raw.write(view) :]
        except BaseException as error:
            self.failed = True
            if start >= size:
                with suppress(OSError):
                    self._raw.truncate(start)
            if isinstance(error, OSError):
                raise sink_error(self.path, error) from None
            raise
        return total

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to another place in the file."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file (bytes)."""
        return self._raw.tell()

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def close(self) -> None:
        """Close the file.

        Raises:
            SinkError: The file system reports only now that something could not be written.
        """
        try:
            self._raw.close()
        except OSError as error:
            raise sink_error(self.path, error) from None


def prepare_file(path: str | os.PathLike[str], *, overwrite: bool, source: Path) -> Path:
    """Refuse a file that cannot be written, before any work is done.

    Args:
        path: Of the file.
        overwrite: Whether it may be there, and is replaced.
        source: The race that is read meanwhile.

    Returns:
        The path.

    Raises:
        SinkError: It is there, is the race itself or a folder, or cannot be written.
    """
    file = Path(path)
    try:
        _refuse_file(file, overwrite=overwrite, source=source)
    except OSError as error:
        raise sink_error(file, error) from None
    return file


def _refuse_file(file: Path, *, overwrite: bool, source: Path) -> None:
    """Raise what ``prepare_file`` does, and ``OSError`` where not even that can be found out."""
    if file.is_dir():
        raise SinkError(f'{file} is a folder: --out names the file.')
    if not file.parent.is_dir():
        raise SinkError(f'{file} cannot be made: {file.parent} is no folder. Make it first.')
    if os.path.lexists(file):
        if not file.exists():
            raise SinkError(f'{file} is a link that leads nowhere. Choose another --out.')
        if not overwrite:
            msg = f'{file} exists. Choose another --out, or replace it with --overwrite.'
            raise SinkError(msg)
        if os.path.realpath(file) == os.path.realpath(source):
            msg = f'{file} is the race itself, which is never written to. Choose another --out.'
            raise SinkError(msg)
    written = file if file.exists() else file.parent
    if not os.access(written, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise SinkError(f'{file} cannot be written: no permission. Choose another --out.')


def sink_error(path: Path, error: OSError) -> SinkError:
    """Word what keeps an output from being written, and what helps."""
    if error.errno in FULL:
        return SinkError(
            f'{path} cannot be written any further: {error.strerror}. What was written can be '
            'used. Free some space, or choose another folder: --out, or folder of the node.'
        )
    return SinkError(f'{path} cannot be written: {error.strerror or error}. Choose another --out.')
