# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A recording as a whole: one file, or a folder of files, of whatever format."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial
import heapq
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcap.records import Attachment, Metadata

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.bag_file import BagFile, BagMessage, BagTopic, merge_by_time
from featuremap_ros.streams.bag_folder import FILE_SUFFIXES, is_bag_folder, read_bag_folder
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.mcap_file import McapFile
from featuremap_ros.streams.ros1_file import Ros1File
from featuremap_ros.streams.sqlite_file import SqliteFile
from featuremap_ros.streams.zstd import decompress_file

BAG_SUFFIXES = (*FILE_SUFFIXES, '.bag')
MAGIC = {
    b'\x89MCAP0\r\n': 'mcap',
    b'SQLite format 3\0': 'sqlite3',
    b'#ROSBAG V': 'ros1',
    b'\x28\xb5\x2f\xfd': 'zstd',
}


class Bag(Closing):
    """A recording: rosbag2 folder, one ``.mcap`` or ``.db3`` (or ``.zstd``), or ROS 1 ``.bag``.

    Attributes:
        path: Where it lies.
        files: Its storage files.
        counts: Number of messages per topic.
        start_ns: Log time of the first message (ns).
        end_ns: Log time of the last message (ns).
        info: What metadata.yaml of a rosbag2 folder says; empty elsewhere.
        warnings: What is wrong with the bag although it can be read.
    """

    def __init__(self, path: Path) -> None:
        """Open all files of the recording.

        Args:
            path: The folder or file.

        Raises:
            SourceError: It cannot be read, or holds no message.
        """
        self.path = path
        self.files: tuple[Path, ...] = (path,)
        self.info: dict[str, Any] = {}
        self._files: list[BagFile] = []
        self._stack = ExitStack()
        self._first_warnings: tuple[str, ...] = ()
        try:
            self._open()
        except OSError as error:
            self.close()
            raise SourceError(f'{path} cannot be read: {error.strerror or error}.') from None
        except BaseException:
            self.close()
            raise
        self.counts: dict[BagTopic, int] = {}
        for file in self._files:
            for topic, count in file.counts.items():
                self.counts[topic] = self.counts.get(topic, 0) + count
        starts = [file.start_ns for file in self._files if file.start_ns is not None]
        ends = [file.end_ns for file in self._files if file.end_ns is not None]
        if not starts or not ends:
            why = ' '.join(self.warnings) or 'nothing was recorded.'
            self.close()
            raise SourceError(f'{path} holds no message: {why}')
        self.start_ns = min(starts)
        self.end_ns = max(ends)

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the bag although it can be read."""
        found = list(self._first_warnings)
        for file in self._files:
            found += file.warnings
        return found

    def times(self, topic: BagTopic) -> array[int]:
        """Return the log times (ns) of all messages of a topic in ascending order."""
        return array('q', heapq.merge(*(file.times(topic) for file in self._files)))

    def messages(
        self,
        topics: Collection[BagTopic] | None = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[BagMessage]:
        """Read messages in order of their log time; see :class:`BagFile`."""
        yield from merge_by_time(
            (file.start_ns, partial(file.messages, topics, start, stop))
            for file in self._files
            if file.start_ns is not None
            and file.end_ns is not None
            and (stop is None or file.start_ns < stop)
            and (start is None or file.end_ns >= start)
        )

    def attachments(self) -> Iterator[Attachment]:
        """Read the files that are attached to MCAP files."""
        for file in self._files:
            if isinstance(file, McapFile):
                yield from file.attachments()

    def metadata(self) -> Iterator[Metadata]:
        """Read the metadata records of MCAP files."""
        for file in self._files:
            if isinstance(file, McapFile):
                yield from file.metadata()

    def close(self) -> None:
        """Close all files and remove decompressed copies."""
        self._stack.close()

    def _open(self) -> None:
        if self.path.is_dir():
            if not is_bag_folder(self.path):
                raise SourceError(f'{self.path} is no rosbag2 folder: it has no metadata.yaml.')
            folder = read_bag_folder(self.path)
            self.info = folder.info
            self.files = folder.files
            self._first_warnings = folder.warnings
            for file in folder.files:
                self._add(file, folder.zstd_messages)
        else:
            self._add(self.path, False)

    def _add(self, path: Path, zstd_messages: bool) -> None:
        """Open one file, whatever its name ends in."""
        kind = bag_kind(path)
        if kind == 'zstd':
            folder = self._stack.enter_context(TemporaryDirectory(prefix='featuremap-'))
            plain = Path(folder, path.stem)
            decompress_file(path, plain)
            path, kind = plain, bag_kind(plain)
        file: McapFile | SqliteFile | Ros1File
        if kind == 'mcap':
            file = McapFile(path, zstd_messages=zstd_messages)
        elif kind == 'sqlite3':
            file = SqliteFile(path, zstd_messages=zstd_messages)
        elif kind == 'ros1':
            file = Ros1File(path)
        else:
            with path.open('rb') as stream:
                start = stream.read(8)
            found = f'it begins with {start!r}' if start else 'it is empty'
            raise SourceError(f'{path} is no bag (MCAP, sqlite3, ROS 1): {found}.')
        self._stack.callback(file.close)
        self._files.append(file)


def bag_kind(path: Path) -> str | None:
    """Tell the format of a bag file by how it begins.

    Args:
        path: A file.

    Returns:
        ``'mcap'``, ``'sqlite3'``, ``'ros1'``, ``'zstd'``, or ``None`` for anything else.
    """
    with path.open('rb') as stream:
        start = stream.read(16)
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)
