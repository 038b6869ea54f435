# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of pictures, or one picture, as frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from featuremap_ros.errors import BadFrameError, SourceError
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.natural import natural_key
from featuremap_ros.streams.selection import evenly, NS, Selection
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.vision.encodings import decode_jpeg
from featuremap_ros.vision.frame import Frame

PICTURE_SUFFIXES = frozenset(
    {'.bmp', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp'}
)


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder in natural order; hidden files are left out."""
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith('.')
        ),
        key=natural_key,
    )


class ImageSource(Closing):
    """Frames from picture files; picture number n is stamped n / fps.

    Attributes:
        path: The folder or picture.
        frame_count: Number of selected pictures.
        skipped: Pictures that could not be decoded in the latest iteration.
        warnings: Always empty.
    """

    def __init__(self, path: Path, *, selection: Selection, fps: float) -> None:
        """Find the pictures.

        Args:
            path: A folder with pictures, or one picture.
            selection: Which part is wanted.
            fps: Pictures per second.

        Raises:
            SourceError: There is no picture, or none in the selected part.
        """
        if not 0 < fps <= 1e6:
            raise SourceError(f'fps must be above 0 and at most 1e6, got {fps}.')
        self.path = path
        self.skipped = SkippedFrames()
        self.warnings: list[str] = []
        files = pictures_in(path) if path.is_dir() else [path]
        if not files:
            raise SourceError(f'{path} holds no pictures ({", ".join(sorted(PICTURE_SUFFIXES))}).')
        start, stop = selection.range_ns(0)
        stamped = [(file, round(number * NS / fps)) for number, file in enumerate(files)]
        self._stamped = [
            (file, stamp)
            for file, stamp in stamped
            if (start is None or stamp >= start) and (stop is None or stamp < stop)
        ][:: selection.every]
        if not self._stamped:
            raise SourceError(
                f'No picture lies in the selected part of {path}, which lasts '
                f'{len(files) / fps:.1f} s at {fps:g} pictures per second.'
            )
        self.frame_count = len(self._stamped)

    @property
    def describe(self) -> str:
        """One line about the source."""
        return f'pictures {self.path}, {self.frame_count} images'

    def __iter__(self) -> Iterator[Frame]:
        """Decode the selected pictures; those that cannot be decoded are skipped and counted."""
        self.skipped.clear()
        for file, stamp in self._stamped:
            frame = _read(file, stamp)
            if isinstance(frame, Frame):
                yield frame
            else:
                self.skipped.note(stamp, frame)

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode pictures that are spread evenly over the selected part, and no others.

        Args:
            count: How many at most.

        Yields:
            The frames that can be decoded.
        """
        for position in evenly(len(self._stamped), count):
            frame = _read(*self._stamped[position])
            if isinstance(frame, Frame):
                yield frame


def _read(file: Path, stamp: int) -> Frame | BadFrameError:
    try:
        return Frame(decode_jpeg(file.read_bytes()), stamp)
    except OSError as error:
        return BadFrameError(f'{file.name} cannot be read: {error.strerror or error}.')
    except BadFrameError as error:
        return BadFrameError(f'{file.name}: {error}')
