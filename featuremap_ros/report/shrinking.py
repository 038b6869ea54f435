# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Videos that are written again, small enough for a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from featuremap_ros.errors import SinkError, SourceError
from featuremap_ros.report.clip import ClipWriter, WIDTH
from featuremap_ros.streams.video_clock import TICKS

# Share of the room that is aimed at, as the encoder keeps to a bit rate only roughly.
_MARGIN = 0.93
_ATTEMPTS = 3
# Below so many bits a picture nothing can be seen on the smallest width.
_LEAST_BITS = 1200
# From how many bits a picture on a width is worth it (px).
_WIDTHS = ((12_000, WIDTH), (5_000, 480), (0, 320))


def shrink(path: Path, out: Path, *, width: int = WIDTH, bit_rate: int | None = None) -> list[int]:
    """Write a video again, smaller.

    Args:
        path: Any video.
        out: Where to write.
        width: Largest width (px).
        bit_rate: Bits per second to keep to; by quality if not given.

    Returns:
        When each picture is shown (see ``TICKS``).

    Raises:
        SourceError: The video cannot be read.
        SinkError: The disk is full.
    """
    ticks: list[int] = []
    try:
        with av.open(str(path)) as video:
            pictures = video.decode(video=0)
            first = next(pictures, None)
            if first is None:
                raise SourceError(f'{path} holds no pictures.')
            shape = (first.height, first.width)
            with ClipWriter(out, shape=shape, width=width, bit_rate=bit_rate) as clip:
                for picture in chain([first], pictures):
                    ticks.append(_tick(path, picture))
                    clip.write(picture.to_ndarray(format='rgb24'), ticks[-1])  # type: ignore[arg-type]
    except (av.error.FFmpegError, OSError) as error:
        reason = error.strerror or error
        msg = f'{path} cannot be read: {reason}. Render the race again.'
        raise SourceError(msg) from None
    return ticks


def shrink_to(room: int, paths: Sequence[Path]) -> list[bytes]:
    """Return videos of one race, written again where they are too large together.

    Args:
        room: How many bytes there are for all of them.
        paths: The videos.

    Raises:
        SinkError: They would be too small to see anything.
        SourceError: A video cannot be read.
    """
    clips = [path.read_bytes() for path in paths]
    if sum(map(len, clips)) <= room:
        return clips
    refuse_too_long(room, paths)
    pictures, seconds = _length(paths)
    aim = _MARGIN * room
    for _ in range(_ATTEMPTS):
        bits = 8 * aim / len(paths)
        width = next(width for least, width in _WIDTHS if bits / pictures >= least)
        with TemporaryDirectory() as scratch:
            for number, path in enumerate(paths):
                out = Path(scratch) / f'{number}.mp4'
                shrink(path, out, width=width, bit_rate=int(bits / seconds))
                clips[number] = out.read_bytes()
        size = sum(map(len, clips))
        if size <= room:
            return clips
        # Short or restless videos become larger than they should: aim lower by as much.
        aim *= _MARGIN * room / size
    raise _too_long(pictures, len(paths))


def refuse_too_long(room: int, paths: Sequence[Path]) -> None:
    """Refuse videos that cannot be made small enough, without trying.

    Args:
        room: How many bytes there are for all of them.
        paths: The videos.

    Raises:
        SinkError: They would be too small to see anything.
    """
    pictures, _ = _length(paths)
    if 8 * room / len(paths) / pictures < _LEAST_BITS:
        raise _too_long(pictures, len(paths))


def _length(paths: Sequence[Path]) -> tuple[int, float]:
    """Return how many pictures the longest video has, and its length (s)."""
    pictures, seconds = 1, 0.1
    for path in paths:
        with av.open(str(path)) as video:
            pictures = max(pictures, video.streams.video[0].frames)
            seconds = max(seconds, (video.duration or 0) / av.time_base)
    return pictures, seconds


def _too_long(pictures: int, count: int) -> SinkError:
    """Say what is too much, and what helps."""
    return SinkError(
        f'{count} videos of {pictures} pictures are too much for one page of this size. Choose '
        'fewer --layers, a part with --start and --duration, or every Nth frame with --every.'
    )


def _tick(path: Path, picture: av.VideoFrame) -> int:
    """Return when a picture is shown."""
    if picture.pts is None or picture.time_base is None:
        raise SourceError(f'{path} does not say when its pictures are shown.')
    return round(picture.pts * picture.time_base / TICKS)
