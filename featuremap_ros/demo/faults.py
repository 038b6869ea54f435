# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on a track: light, paint, and frames that get lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from featuremap_ros.demo.markings import FalseLine, Markings
from featuremap_ros.demo.track import Track
from featuremap_ros.errors import FeatureMapError, UnknownNameError

MISSING_LINES = ('none', 'yellow', 'white', 'both')
"""Which lane lines can be missing."""

_BESIDE_THE_LANE = 0.55


class FaultError(FeatureMapError):
    """A fault that is impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, most of it on one stretch of the track.

    Attributes:
        glare: A low sun ahead of that stretch and its reflection on the floor, 0 (none) to 1.
        shadow: How dark a hard shadow across the stretch is, 0 (none) to 1.
        missing_line: Which lane line is missing on the stretch, out of :data:`MISSING_LINES`.
        false_line: Whether yellow tape leads from the lane's yellow line across the lane and out
            of it.
        start: Where the stretch begins, along the track (m).
        length: Of the stretch (m).
        dropped_frames: Share of the pictures that get lost, 0 to 1.
    """

    glare: float = 0.0
    shadow: float = 0.0
    missing_line: str = 'none'
    false_line: bool = False
    start: float = 5.0
    length: float = 2.5
    dropped_frames: float = 0.0

    def __post_init__(self) -> None:
        """Refuse impossible faults.

        Raises:
            FaultError: A number is out of range.
            UnknownNameError: There is no such line.
        """
        for name in ('glare', 'shadow', 'dropped_frames'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise FaultError(f'{name} must be from 0 to 1: got {getattr(self, name)}.')
        if not (math.isfinite(self.start) and 0.1 <= self.length < math.inf):
            raise FaultError(
                'A stretch with faults needs a start (m) and a length of at least 0.1 m: got '
                f'{self.start} and {self.length}.'
            )
        if self.missing_line not in MISSING_LINES:
            raise UnknownNameError('missing line', self.missing_line, MISSING_LINES)

    @property
    def middle(self) -> float:
        """Middle of the stretch, along the track (m)."""
        return self.start + self.length / 2.0

    def painted(self, markings: Markings, track: Track) -> Markings:
        """Give the markings as the faults leave them.

        Args:
            markings: Without faults.
            track: That they mark.
        """
        gap = ((self.start % track.length, min(self.length, track.length)),)
        if self.missing_line in ('yellow', 'both'):
            markings = replace(markings, left_gaps=markings.left_gaps + gap)
        if self.missing_line in ('white', 'both'):
            markings = replace(markings, right_gaps=markings.right_gaps + gap)
        tape = self.tape(track)
        if tape is not None:
            markings = replace(markings, false_lines=(*markings.false_lines, tape))
        return markings

    def tape(self, track: Track) -> FalseLine | None:
        """Give the false line, if there is one.

        Args:
            track: On which it lies.
        """
        if not self.false_line:
            return None
        lane = track.lane_width / 2.0
        return FalseLine(self.start, self.length, lane, -lane - _BESIDE_THE_LANE)

    def drops(self, seed: int, stamp_ns: int) -> bool:
        """Say whether a picture gets lost.

        Args:
            seed: Of the world.
            stamp_ns: Of the picture (ns).
        """
        if not self.dropped_frames:
            return False
        return bool(np.random.default_rng((seed, 3, stamp_ns)).random() < self.dropped_frames)


NO_FAULTS = Faults()
"""Nothing goes wrong."""
