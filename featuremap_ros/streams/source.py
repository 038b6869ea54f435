# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: bag, donkeycar tub, video, folder of pictures, one picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import os
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Protocol

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.bag import bag_kind, BAG_SUFFIXES
from featuremap_ros.streams.bag_folder import is_bag_folder, METADATA
from featuremap_ros.streams.bag_source import BagSource
from featuremap_ros.streams.image_source import ImageSource, PICTURE_SUFFIXES, pictures_in
from featuremap_ros.streams.selection import Selection
from featuremap_ros.streams.skipped import SkippedFrames, told
from featuremap_ros.streams.tub import is_tub, MANIFEST
from featuremap_ros.streams.tub_source import TubSource
from featuremap_ros.streams.video_source import VideoSource
from featuremap_ros.vision.frame import Frame

_KINDS = 'a bag, a donkeycar tub, a video, a folder of pictures or a picture'
_MODEL_SUFFIXES = {'.h5', '.hdf5', '.keras', '.tflite', '.pb'}


class Source(Protocol):
    """Frames in order, each with its own time stamp; a context manager.

    Iterating again begins anew. One iteration at a time: frames come from one thread.

    Attributes:
        path: Where the source lies.
        skipped: Frames that could not be decoded in the latest iteration.
    """

    path: Path
    skipped: SkippedFrames

    @property
    def frame_count(self) -> int | None:
        """Number of frames in the selected part, bad ones included; ``None`` if unknown."""
        ...

    @property
    def describe(self) -> str:
        """One line about the source."""
        ...

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the source although it can be read."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Decode the selected frames; those that cannot be decoded are skipped and counted."""
        ...

    def sample(self, count: int) -> Iterator[Frame]:
        """Decode at most ``count`` frames spread evenly over the selected part."""
        ...

    def __enter__(self) -> Source:
        """Return the source."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is open."""
        ...


def open_source(
    path: str | PathLike[str],
    *,
    topic: str | None = None,
    start: float | None = None,
    duration: float | None = None,
    every: int = 1,
    fps: float = 30.0,
) -> Source:
    """Open whatever holds frames, by what it is.

    Args:
        path: A rosbag2 folder, a ``.mcap``, ``.db3`` or ROS 1 ``.bag``, a donkeycar tub or one
            ``.catalog`` of it, a video, a folder of pictures, or one picture.
        topic: The image topic of a bag, or the camera of a tub; needed where there are several.
        start: Leave out what comes earlier (s after the beginning).
        duration: Leave out what comes later (s after ``start``).
        every: Take every n-th frame.
        fps: Pictures per second of a folder, or a tub, that has no times of its own.

    Returns:
        The source, open.

    Raises:
        SourceError: There is nothing at ``path``, it cannot be read, or has no frames.
        UnknownNameError: The bag or tub has no such topic.
    """
    if not os.fspath(path):
        raise SourceError(f'The path of the race is empty: expected {_KINDS}.')
    place = Path(path)
    selection = Selection(start, duration, every)
    try:
        is_bag = _is_bag(place)
        tub = not is_bag and is_tub(place)
    except FileNotFoundError:
        raise SourceError(f'{place} does not exist: check the path.') from None
    except OSError as error:
        raise SourceError(f'{place} cannot be read: {error.strerror or error}.') from None
    if is_bag:
        return BagSource(place, topic=topic, selection=selection)
    if tub:
        return TubSource(place, selection=selection, fps=fps, key=topic)
    if topic is not None:
        raise SourceError(f'{place} is no bag and has no topic {topic!r}: leave --topic out.')
    if place.is_dir() or place.suffix.lower() in PICTURE_SUFFIXES:
        return ImageSource(place, selection=selection, fps=fps)
    if place.name in {MANIFEST, METADATA}:
        raise SourceError(f'{place} describes what is beside it: give the folder, {place.parent}.')
    if place.suffix.lower() in _MODEL_SUFFIXES:
        raise SourceError(
            f'{place} is a model by its name, no race: expected {_KINDS}. Are model and race the '
            'wrong way round?'
        )
    return VideoSource(place, selection=selection)


def refuse_nothing(used: int, source: Source, reasons: Iterable[str]) -> None:
    """Refuse a race of which no frame could be used.

    Args:
        used: How many could.
        source: The race.
        reasons: Why decoded frames could not; those that could not be decoded are known.

    Raises:
        SourceError: With every reason.
    """
    if not used:
        listed = told([*reasons, *(bad.reason for bad in source.skipped)])
        msg = f'No frame of {source.describe} could be used: '
        raise SourceError(msg + ('; '.join(listed) or 'it holds no frames'))


def _is_bag(path: Path) -> bool:
    """Whether a path is a bag, or claims to be one by its name."""
    if not path.is_dir():
        return bag_kind(path) is not None or path.name.endswith(BAG_SUFFIXES)
    if is_bag_folder(path):
        return True
    if is_tub(path) or pictures_in(path):
        return False
    tubs = [one for one in sorted(path.iterdir()) if one.is_dir() and is_tub(one)]
    hint = f' Did you mean {" or ".join(map(str, tubs[:3]))}?' if tubs else ''
    raise SourceError(
        f'{path} holds neither a bag (metadata.yaml, .mcap, .db3), nor a donkeycar tub '
        f'({MANIFEST} and catalogs, or records), nor pictures '
        f'({", ".join(sorted(PICTURE_SUFFIXES))}).{hint}'
    )
