# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a race that need an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.ask import SMALLEST_CHANGE

# Of fewer changes from frame to frame nothing can be called usual: each quarter needs one.
_FEWEST_CHANGES = 4


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
        reason: ``'disagreement'``, ``'jump'``, ``'low confidence'``, ``'first frame'``, or
            ``'asked'`` where somebody named it.
        size: How bad: a difference of the steering as a share of its full range (0 to 1), or half
            of what the confidence lacks of 1 (0 to 0.5).
    """

    stamp_ns: int
    reason: str
    size: float


def decisions(
    pilot: Pilot,
    frames: Iterable[Frame],
    driver: DriverTrack | None = None,
    skipped: SkippedFrames | None = None,
) -> list[Decision]:
    """Drive a race and keep the decisions.

    Args:
        pilot: The network.
        frames: In order; bad ones are passed over.
        driver: What was recorded; angles count only where the profile knows the limit.
        skipped: Gets the frames that were passed over.
    """
    profile = pilot.profile
    skipped = SkippedFrames() if skipped is None else skipped
    return [
        Decision(
            frame.stamp_ns,
            profile.leftward(forward.steering),
            forward.steering.confidence,
            None if driver is None else driver.share_of(frame, profile.max_steering_angle),
        )
        for frame, forward in skipped.sift(frames, pilot.forward)
    ]


def worst_moments(
    race: Sequence[Decision], count: int, *, apart_ns: int = 1_000_000_000
) -> list[WorstMoment]:
    """Return the moments with the largest disagreement, jump or doubt, worst first.

    What is too small to count is no bad moment: a jump that is usual in this race (see
    ``jump_begins``), and anything below ``SMALLEST_CHANGE`` of the full range. Where a race is too
    short to know what is usual, all moments are taken.

    Args:
        race: Decisions in order.
        count: How many moments at most.
        apart_ns: Least time between two of them (ns); neighbours tell the same story.
    """
    found: list[WorstMoment] = []
    short = len(race) <= _FEWEST_CHANGES
    floor = 0.0 if short else SMALLEST_CHANGE
    jump = jump_begins(np.array([decision.steering for decision in race]))
    before = None
    for now in race:
        sizes: dict[str, float] = {}
        if now.driver is not None:
            sizes['disagreement'] = abs(now.steering - now.driver) / 2
        if before is not None and abs(now.steering - before.steering) / 2 >= jump:
            sizes['jump'] = abs(now.steering - before.steering) / 2
        if now.confidence is not None:
            sizes['low confidence'] = (1 - now.confidence) / 2
        # Of the first frame of a regression nothing can be said.
        reason = max(sizes, key=lambda name: sizes[name], default='first frame')
        found.append(WorstMoment(now.stamp_ns, reason, sizes.get(reason, 0.0)))
        before = now
    found = [moment for moment in found if moment.size >= floor]
    return _spread(sorted(found, key=lambda moment: -moment.size), count, apart_ns)


def jump_begins(steering: NDArray[np.float64]) -> float:
    """Return from where on a change from one frame to the next is a jump, by the race itself.

    That is what no usual change of this race reaches: the upper quartile of all changes and three
    times the distance of the quartiles more (Tukey's far outliers, 1977). Where the steering
    flutters all the time, that is nothing unusual and still a jump: from the standard deviation of
    the steering on, every change is one. And below ``SMALLEST_CHANGE`` of the full range none is.

    Args:
        steering: + = left, in order of time, full scale 1, float64 (n,).

    Returns:
        A share of the full range, as ``WorstMoment.size``; 0 where nothing is usual yet.
    """
    changes = np.abs(np.diff(steering))
    if len(changes) < _FEWEST_CHANGES:
        return 0.0
    low, high = np.quantile(changes, [0.25, 0.75], method='lower')
    unusual = min(high + 3 * (high - low), float(steering.std()))
    return max(float(unusual) / 2, SMALLEST_CHANGE)


def largest_errors(
    stamps_ns: NDArray[np.int64],
    errors: NDArray[np.float64],
    count: int,
    *,
    full_scale: float,
    apart_ns: int = 1_000_000_000,
) -> list[WorstMoment]:
    """Return the moments at which a pilot steered furthest from the driver, worst first.

    Args:
        stamps_ns: Of the frames (ns), int64 (n,).
        errors: Pilot minus driver, float64 (n,), in any unit.
        count: How many moments.
        full_scale: Full steering to one side, in the same unit.
        apart_ns: Least time between two of them (ns); neighbours tell the same story.
    """
    sizes = np.abs(errors) / (2 * full_scale)
    order = np.argsort(-sizes, kind='stable')
    worst = (WorstMoment(int(stamps_ns[i]), 'disagreement', float(sizes[i])) for i in order)
    return _spread(worst, count, apart_ns)


def _spread(worst: Iterable[WorstMoment], count: int, apart_ns: int) -> list[WorstMoment]:
    """Take moments in order, but none that is close to one that was taken."""
    chosen: list[WorstMoment] = []
    for moment in worst:
        if len(chosen) == count:
            break
        if all(abs(moment.stamp_ns - other.stamp_ns) >= apart_ns for other in chosen):
            chosen.append(moment)
    return chosen
