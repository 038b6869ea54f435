# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Picture files, each with a time, as frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from featuremap_ros.errors import BadFrameError
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.selection import evenly, Selection
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.vision.encodings import decode_jpeg
from featuremap_ros.vision.frame import Frame


@dataclass(frozen=True, slots=True)
class StampedPicture:
    """A picture that has not been read yet.

    Attributes:
        stamp_ns: When it was taken (ns).
        file: Where it lies; ``None`` where that is not known.
        problem: Why there is no file; empty where there is one.
    """

    stamp_ns: int
    file: Path | None
    problem: str = ''


class StampedPictures(Closing):
    """Frames from picture files.

    Attributes:
        path: What the pictures belong to.
        frame_count: Number of selected pictures.
        skipped: Pictures that could not be decoded in the latest iteration.
        warnings: What is wrong with the source although it can be read.
    """

    def __init__(
        self, path: Path, pictures: Sequence[StampedPicture], *, selection: Selection
    ) -> None:
        """Choose the pictures of the selected part, which may be none.

        Args:
            path: What the pictures belong to.
            pictures: In order; their stamps need not rise.
            selection: Which part is wanted.
        """
        self.path = path
        self.skipped = SkippedFrames()
        self.warnings: list[str] = []
        start, stop = selection.range_ns(pictures[0].stamp_ns if pictures else 0)
        self._pictures = [
            one
            for one in pictures
            if (start is None or one.stamp_ns >= start) and (stop is None or one.stamp_ns < stop)
        ][:: selection.every]
        self.frame_count = len(self._pictures)

    @property
    def describe(self) -> str:
        """One line about the source."""
        return f'pictures {self.path}, {self.frame_count} images'

    def __iter__(self) -> Iterator[Frame]:
        """Decode the selected pictures; those that cannot be decoded are skipped and counted."""
        self.skipped.clear()
        for one in self._pictures:
            self.skipped.begin(one.stamp_ns)
            frame = _read(one)
            if isinstance(frame, Frame):
                yield frame
            else:
                self.skipped.note(one.stamp_ns, frame)

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode pictures that are spread evenly over the selected part, and no others.

        Args:
            count: How many at most.

        Yields:
            The frames that can be decoded.
        """
        for position in evenly(len(self._pictures), count):
            frame = _read(self._pictures[position])
            if isinstance(frame, Frame):
                yield frame


def _read(one: StampedPicture) -> Frame | BadFrameError:
    if one.file is None:
        return BadFrameError(one.problem)
    try:
        return Frame(decode_jpeg(one.file.read_bytes()), one.stamp_ns)
    except OSError as error:
        return BadFrameError(f'{one.file.name} cannot be read: {error.strerror or error}.')
    except BadFrameError as error:
        return BadFrameError(f'{one.file.name}: {error}')
