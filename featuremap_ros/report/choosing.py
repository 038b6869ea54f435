# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which moments of a race a report looks at."""

from __future__ import annotations

from collections.abc import Sequence

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.streams.one_frame import refuse_outside, wanted_stamp
from featuremap_ros.why.moments import Decision, worst_moments, WorstMoment

ASKED = 'asked'
"""The reason of a moment that somebody named."""

_APART_NS = 1_000_000_000


def choose_moments(
    decisions: Sequence[Decision], asked: Sequence[str], count: int
) -> list[WorstMoment]:
    """Return the moments that were asked for, in their order, then the worst of the others.

    Where the pilot itself drove, as after a crash, it agrees with the recorded driver: such a
    moment is none of the worst.

    Args:
        decisions: Of the race, in order.
        asked: Seconds from the beginning, or stamps (ns); the nearest decisions are taken.
        count: How many of the worst.

    Raises:
        UnsupportedError: ``count`` is negative.
        SourceError: What was asked for is no time.
    """
    if count < 0:
        raise UnsupportedError(f'--worst must not be negative: got {count}.')
    chosen: list[WorstMoment] = []
    for at in asked:
        stamp_ns = wanted_stamp(at, decisions[0].stamp_ns)
        refuse_outside(at, stamp_ns, decisions[0].stamp_ns, decisions[-1].stamp_ns)
        nearest = min(decisions, key=lambda decision: abs(decision.stamp_ns - stamp_ns))
        if all(nearest.stamp_ns != moment.stamp_ns for moment in chosen):
            chosen.append(WorstMoment(nearest.stamp_ns, ASKED, 0.0))
    # Of moments a second apart, two at most are nearer than that to one that was asked for.
    worst = [
        moment
        for moment in worst_moments(decisions, count + 2 * len(chosen))
        if all(abs(moment.stamp_ns - other.stamp_ns) >= _APART_NS for other in chosen)
    ]
    return [*chosen, *worst[:count]]
