# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A donkeycar tub as frames, with what the driver did."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
import logging
from pathlib import Path
from statistics import median

from featuremap_ros.errors import SourceError, UnknownNameError
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.image_source import stamps_at
from featuremap_ros.streams.selection import Selection
from featuremap_ros.streams.stamped_pictures import StampedPicture, StampedPictures
from featuremap_ros.streams.tub import CAMERA, image_names, read_tub, Tub, TubRecord

_logger = logging.getLogger(__name__)

MS = 1_000_000
DRIVER, PILOT = 'user/angle', 'pilot/angle'
_DRIVEN_BY_HAND = ('user', None)
# No camera of a car is as fast: such times are those of a conversion, not of the race.
_FASTEST_MS = 3.0


class TubSource(StampedPictures):
    """Frames of a tub at the times that it recorded.

    Records of the same millisecond are a nanosecond apart, so that a stamp names one record.

    Attributes:
        key: Under which name of the tub the pictures are.
    """

    def __init__(self, path: Path, *, selection: Selection, fps: float, key: str | None) -> None:
        """Read the records, but no picture.

        Args:
            path: The tub's folder, or one catalog.
            selection: Which part is wanted.
            fps: Pictures per second of a tub that holds no times.
            key: Under which name the pictures are; needed where there are several and none is
                ``cam/image_array``.

        Raises:
            SourceError: It cannot be read, holds no picture, or none in the selected part.
            UnknownNameError: There are no pictures of that name.
        """
        tub = read_tub(path)
        self.key = _choose(path, tub, key)
        warnings = list(tub.warnings)
        stamps = _stamps(tub.records, fps, warnings)
        pictures = [
            _picture(tub, record, self.key, stamp)
            for record, stamp in zip(tub.records, stamps, strict=True)
        ]
        super().__init__(path, pictures, selection=selection)
        self.warnings = warnings
        for warning in warnings:
            _logger.warning('%s: %s', path, warning)
        if not any(one.file for one in self._pictures):
            reasons = sorted({one.problem for one in self._pictures})[:3]
            raise SourceError(
                f'No picture lies in the selected part of {path}, which has {len(tub.records)} '
                f'records and {tub.deleted} deleted ones. {" ".join(reasons)}'.rstrip()
            )
        self._records = list(zip(stamps, tub.records, strict=True))
        self._about = f'donkeycar tub {path} (version {tub.version}), {self.frame_count} records'
        if tub.deleted:
            self._about += f', {tub.deleted} deleted'

    @property
    def describe(self) -> str:
        """One line about the source."""
        return self._about

    def driver_track(
        self, name: str | None = None, limit: float | None = None
    ) -> DriverTrack | None:
        """Return the recorded steering, joined to frames by their records.

        Args:
            name: ``user/angle``, which is also what is read if nothing is named, or
                ``pilot/angle``, what the pilot on the car decided.
            limit: Of the wheels (rad), where angles are wanted and not only shares.

        Returns:
            ``None`` where nothing is named and the driver never steered. Records that were
            driven by the pilot are left out of the driver's steering.

        Raises:
            UnknownNameError: The tub holds no such angles.
        """
        angles = {
            key: [
                (stamp, record)
                for stamp, record in self._records
                if record.number(key) is not None and (key != DRIVER or _by_hand(record))
            ]
            for key in (DRIVER, PILOT)
        }
        if name is None:
            name = DRIVER
            if not angles[name]:
                return None
        if not angles.get(name):
            raise UnknownNameError(
                'steering', name, [key for key, found in angles.items() if found]
            )
        pairs = sorted(angles[name], key=lambda pair: pair[0])
        return DriverTrack(
            name,
            tuple(stamp for stamp, _ in pairs),
            # donkeycar's -1 is left.
            tuple(-(record.number(name) or 0.0) for _, record in pairs),
            in_shares=True,
            limit=limit,
            within_ns=0,
        )


def _choose(path: Path, tub: Tub, key: str | None) -> str:
    """Choose the camera."""
    names = list(image_names(tub))
    if key is not None:
        if key not in names:
            raise UnknownNameError('camera', key, names)
        return key
    if names and (len(names) == 1 or names[0] == CAMERA):
        return names[0]
    if not names:
        raise SourceError(f'The records of {path} hold no picture ({CAMERA}).')
    raise SourceError(
        f'{tub.folder} holds pictures of several cameras; choose one with --topic: '
        f'{", ".join(names)}.'
    )


def _picture(tub: Tub, record: TubRecord, key: str, stamp_ns: int) -> StampedPicture:
    """Return where a record's picture lies."""
    if record.problem:
        return StampedPicture(stamp_ns, None, record.problem)
    name = record.values.get(key)
    if not isinstance(name, str) or not Path(name).name:
        return StampedPicture(stamp_ns, None, f'Record {record.index} has no picture.')
    # Only the name: the folder on the car was another, and no record leads out of the tub.
    return StampedPicture(stamp_ns, tub.pictures / Path(name).name)


def _stamps(records: Sequence[TubRecord], fps: float, warnings: list[str]) -> list[int]:
    """Return a time for every record (ns), each its own."""
    known = [record.stamp_ms for record in records if record.stamp_ms is not None]
    steps = [after - before for before, after in pairwise(known)]
    problem = ''
    if len(known) < len(records) / 2:
        problem = 'The records have no times'
    elif len(steps) > 1 and median(steps) < _FASTEST_MS:
        problem = (
            f'The records are {median(steps):g} ms apart, which are times of writing or '
            'converting the tub and not of the race'
        )
    if problem:
        warnings.append(f'{problem}: they are taken to be {fps:g} a second, see --fps.')
        return stamps_at(fps, len(records))
    stamps: list[int] = []
    taken: set[int] = set()
    # A damaged record keeps the time of the one before, for want of a better one.
    last = known[0] * MS if known else 0
    for record in records:
        last = last if record.stamp_ms is None else record.stamp_ms * MS
        while last in taken:
            last += 1
        taken.add(last)
        stamps.append(last)
    return stamps


def _by_hand(record: TubRecord) -> bool:
    """Whether the driver steered, not the pilot."""
    return record.values.get('user/mode') in _DRIVEN_BY_HAND
