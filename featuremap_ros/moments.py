# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a race that need an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.vision.frame import Frame

REASONS = ('disagreement', 'jump', 'low confidence')


@dataclass(frozen=True, slots=True)
class Decision:
    """What the pilot decided on one frame, and what the driver did.

    Attributes:
        stamp_ns: Of the frame (ns).
        steering: In the model's units, + = left.
        confidence: ``None`` for a regression.
        driver: In the model's units, + = left; ``None`` if not recorded.
    """

    stamp_ns: int
    steering: float
    confidence: float | None = None
    driver: float | None = None


@dataclass(frozen=True, slots=True)
class WorstMoment:
    """One frame to explain.

    Attributes:
        stamp_ns: Of the frame (ns).
        reason: One of ``REASONS``.
        size: How bad, from 0 to 1 (the full range of the steering, or a confidence of 0).
    """

    stamp_ns: int
    reason: str
    size: float


def decisions(
    pilot: Pilot, frames: Iterable[Frame], driver: DriverTrack | None = None
) -> list[Decision]:
    """Drive a race and keep the decisions.

    Args:
        pilot: The network.
        frames: In order; bad ones are passed over.
        driver: What was recorded; used only where the profile knows the limit of the wheels.
    """
    left = pilot.profile.heads['steering'].left
    limit = pilot.profile.max_steering_angle
    made = []
    for frame in frames:
        try:
            steering = pilot.forward(frame).steering
        except (BadFrameError, NotFiniteError):
            continue
        angle = None
        if driver is not None and limit is not None:
            angle = driver.at(frame.stamp_ns if frame.log_ns is None else frame.log_ns)
        made.append(
            Decision(
                frame.stamp_ns,
                left * steering.value,
                steering.confidence,
                None if angle is None or limit is None else angle / limit,
            )
        )
    return made


def worst_moments(
    race: Sequence[Decision], count: int, *, apart_ns: int = 1_000_000_000
) -> list[WorstMoment]:
    """Return the moments with the largest disagreement, jump or doubt, worst first.

    Args:
        race: Decisions in order.
        count: How many moments.
        apart_ns: Least time between two of them (ns); neighbours tell the same story.
    """
    found: list[WorstMoment] = []
    before = None
    for now in race:
        sizes = {
            'disagreement': 0.0 if now.driver is None else abs(now.steering - now.driver) / 2,
            'jump': 0.0 if before is None else abs(now.steering - before.steering) / 2,
            'low confidence': 0.0 if now.confidence is None else (1 - now.confidence) / 2,
        }
        reason = max(sizes, key=lambda name: sizes[name])
        found.append(WorstMoment(now.stamp_ns, reason, sizes[reason]))
        before = now
    found.sort(key=lambda moment: -moment.size)
    chosen: list[WorstMoment] = []
    for moment in found:
        if len(chosen) == count:
            break
        if all(abs(moment.stamp_ns - other.stamp_ns) >= apart_ns for other in chosen):
            chosen.append(moment)
    return chosen
