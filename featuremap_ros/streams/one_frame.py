# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One frame of a source: by number, by time, or the first."""

from __future__ import annotations

from itertools import islice

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.source import Source
from featuremap_ros.vision.frame import Frame

# A race lasts hours, not months; a stamp counts from 1970, in nanoseconds.
_STAMPS_BEGIN = 10**9


def one_frame(source: Source, *, number: int | None = None, at: str | None = None) -> Frame:
    """Decode frames until the wanted one.

    Args:
        source: Where it is.
        number: From 0, of those that can be decoded.
        at: Seconds after the first frame, or a stamp (ns); the nearest frame is taken.

    Returns:
        The frame; the first one if neither is given.

    Raises:
        SourceError: There is no such frame, or ``at`` is no time.
    """
    if at is not None:
        return _nearest(source, at)
    wanted = number or 0
    if wanted < 0:
        raise SourceError(f'Frames are numbered from 0: got {wanted}.')
    frame = next(islice(source, wanted, None), None)
    if frame is None:
        raise SourceError(f'{source.describe} has no frame {wanted} that can be decoded.')
    return frame


def wanted_stamp(at: str, first_ns: int) -> int:
    """Read a time of a race.

    Args:
        at: Seconds after the first frame, or a stamp (ns).
        first_ns: Stamp of the first frame (ns).

    Returns:
        The stamp (ns).

    Raises:
        SourceError: ``at`` is no time.
    """
    try:
        if at.isdecimal() and int(at) >= _STAMPS_BEGIN:
            return int(at)
        return first_ns + round(float(at) * NS)
    except (ValueError, OverflowError):
        msg = f'Expected seconds from the beginning, or a stamp in nanoseconds: got {at!r}.'
        raise SourceError(msg) from None


def _nearest(source: Source, at: str) -> Frame:
    stamp_ns = wanted_stamp(at, 0)
    best: Frame | None = None
    for frame in source:
        if best is None:
            stamp_ns = wanted_stamp(at, frame.stamp_ns)
        elif abs(frame.stamp_ns - stamp_ns) > abs(best.stamp_ns - stamp_ns):
            break
        best = frame
    if best is None:
        raise SourceError(f'{source.describe} has no frame that can be decoded.')
    return best
