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
# What is asked for may lie so far beyond the ends of a race, as times are rounded (ns).
_BEYOND_NS = NS


def one_frame(source: Source, *, number: int | None = None, at: str | None = None) -> Frame:
    """Decode frames until the wanted one.

    Args:
        source: Where it is.
        number: From 0, of those that can be decoded.
        at: Seconds after the first frame, or a stamp (ns); the nearest frame is taken.

    Returns:
        The frame; the first one if neither is given.

    Raises:
        SourceError: There is no such frame, or ``at`` is no time, or none of the race.
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


def refuse_outside(at: str, stamp_ns: int, first_ns: int, last_ns: int) -> None:
    """Refuse a time that lies outside a race.

    Args:
        at: As it was asked for.
        stamp_ns: What it means (ns).
        first_ns: Stamp of the first frame (ns).
        last_ns: Stamp of the last frame (ns).

    Raises:
        SourceError: It is more than a second before the first frame or after the last.
    """
    if not first_ns - _BEYOND_NS <= stamp_ns <= last_ns + _BEYOND_NS:
        msg = (
            f'{at} lies outside the race: expected 0 to {(last_ns - first_ns) / NS:.3f} seconds '
            f'from the beginning, or a stamp from {first_ns} to {last_ns} (ns).'
        )
        raise SourceError(msg)


def _nearest(source: Source, at: str) -> Frame:
    wanted_stamp(at, 0)  # What is no time is refused before anything is decoded.
    frames = iter(source)
    first = next(frames, None)
    if first is None:
        raise SourceError(f'{source.describe} has no frame that can be decoded.')
    stamp_ns = wanted_stamp(at, first.stamp_ns)
    best = last = first
    for last in frames:
        beyond = last.stamp_ns > stamp_ns >= first.stamp_ns
        if beyond and last.stamp_ns - stamp_ns > stamp_ns - best.stamp_ns:
            return best
        if abs(last.stamp_ns - stamp_ns) < abs(best.stamp_ns - stamp_ns):
            best = last
    refuse_outside(at, stamp_ns, first.stamp_ns, last.stamp_ns)
    return best
