# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a race once a pilot has driven it."""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

from featuremap_ros.why.moments import Decision


@dataclass(frozen=True, slots=True)
class Clip:
    """A video of the whole race.

    Attributes:
        name: What it shows: a layer, or the camera.
        path: The file, H.264 in MP4.
        about: A sentence about what is painted.
        layer: Whose channels belong to it; empty where there is none.
        colormap: Of an activation; empty where no activation is painted.
        range: What the two ends of the colours stand for; ``None`` where that changes.
    """

    name: str
    path: Path
    about: str
    layer: str = ''
    colormap: str = ''
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A driven race.

    Attributes:
        source: One line about where the frames come from.
        title: A short name of it.
        model: One line about the network.
        profile: Name of the profile.
        limit: Largest steering angle of the wheels (rad); ``None`` if not known.
        seconds: When each decision is shown in the clips (s).
        decisions: What the pilot did, in order.
        clips: Videos with the same times.
        driver: Where the driver's steering was recorded; empty if it was not.
        stages: Milliseconds of each stage: median and 95th percentile.
        frames_skipped: How many frames could not be used.
        skipped: Why the first of them could not.
        warnings: What is wrong with the source, and with this record.
    """

    source: str
    title: str
    model: str
    profile: str
    limit: float | None
    seconds: tuple[float, ...]
    decisions: tuple[Decision, ...]
    clips: tuple[Clip, ...]
    driver: str
    stages: dict[str, tuple[float, float]]
    frames_skipped: int
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def degrees(self) -> float | None:
        """What 1 in a decision stands for (degrees); ``None`` if not known."""
        return None if self.limit is None else math.degrees(self.limit)

    def at(self, stamp_ns: int) -> float:
        """Return when a frame is shown (s).

        Args:
            stamp_ns: Of a decision.
        """
        for seconds, decision in zip(self.seconds, self.decisions, strict=True):
            if decision.stamp_ns == stamp_ns:
                return seconds
        raise KeyError(stamp_ns)
