# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of pictures, or one picture, as frames."""

from __future__ import annotations

from pathlib import Path

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.natural import natural_key
from featuremap_ros.streams.selection import NS, Selection
from featuremap_ros.streams.stamped_pictures import StampedPicture, StampedPictures

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


# ROS counts seconds with 31 bits.
_LONGEST_S = 2**31 - 1


class ImageSource(StampedPictures):
    """Frames from picture files; picture number n is stamped n / fps."""

    def __init__(self, path: Path, *, selection: Selection, fps: float) -> None:
        """Find the pictures.

        Args:
            path: A folder with pictures, or one picture.
            selection: Which part is wanted.
            fps: Pictures per second.

        Raises:
            SourceError: There is no picture, or none in the selected part.
        """
        files = pictures_in(path) if path.is_dir() else [path]
        if not files:
            raise SourceError(f'{path} holds no pictures ({", ".join(sorted(PICTURE_SUFFIXES))}).')
        stamps = stamps_at(fps, len(files))
        pictures = [StampedPicture(*pair) for pair in zip(stamps, files, strict=True)]
        super().__init__(path, pictures, selection=selection)
        if not self.frame_count:
            raise SourceError(
                f'No picture lies in the selected part of {path}, which lasts '
                f'{len(files) / fps:.1f} s at {fps:g} pictures per second.'
            )


def stamps_at(fps: float, count: int) -> list[int]:
    """Return the times of pictures that have none of their own (ns), from 0.

    Args:
        fps: Pictures per second.
        count: Of pictures.

    Raises:
        SourceError: The rate is impossible.
    """
    if not 0 < fps <= 1e6:
        raise SourceError(f'fps must be above 0 and at most 1e6, got {fps}.')
    if count / fps > _LONGEST_S:
        raise SourceError(
            f'{count} pictures at {fps:g} pictures per second last longer than stamps can count: '
            f'fps must be {count / _LONGEST_S:.2g} or more.'
        )
    return [round(number * NS / fps) for number in range(count)]
