# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive the first frames of a race twice, with red and blue as they are and swapped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.trust.colour_order import colour_order, ColourOrder, Verdict
from featuremap_ros.vision.frame import Frame

FRAMES = 200


def probe_colours(
    pilot: Pilot,
    frames: Iterable[Frame],
    *,
    driver: DriverTrack | None = None,
    count: int = FRAMES,
) -> ColourOrder:
    """Find out whether a camera's colours come in the order the network was trained on.

    Args:
        pilot: The network.
        frames: In order of time; bad ones are passed over.
        driver: What the driver did; used where the profile knows the limit of the wheels.
        count: Frames to look at, from the first.
    """
    target = find_target('steering', pilot.profile.heads, pilot.network)
    limit = pilot.profile.max_steering_angle
    confidences, errors = [], []
    for frame in islice(frames, count):
        swapped = replace(frame, image=np.ascontiguousarray(frame.image[..., ::-1]))
        try:
            both = [pilot.forward(one).steering for one in (frame, swapped)]
        except (BadFrameError, NotFiniteError):
            continue
        sure = [one.confidence for one in both]
        confidences.append([math.nan if value is None else value for value in sure])
        share = None if driver is None else driver.share_of(frame, limit)
        if share is not None:
            steered = [target.value(one.heads) for one in both]
            errors.append([abs(value - share) / target.full_scale for value in steered])
    known = [pair for pair in confidences if not math.isnan(pair[0])]
    return colour_order(errors=_columns(errors), confidences=_columns(known))


def say(order: ColourOrder, why_no_driver: str = '') -> str:
    """Say what was found, in one line.

    Args:
        order: What was found.
        why_no_driver: Said where nothing was compared with a driver.
    """
    if not order.evidence:
        text = 'colours: undecided, the model gives no confidence'
        return f'{text} and there is no driver to compare with {why_no_driver}'.rstrip()
    best = order.evidence[0]
    name = 'confidence' if best.kind == 'confidence' else "distance from the driver's steering"
    verdicts = {
        Verdict.RIGHT: 'right',
        Verdict.SWAPPED: 'SWAPPED: red and blue look exchanged, check "color" in the profile',
        Verdict.UNDECIDED: 'undecided',
    }
    low, high = best.interval
    return (
        f'colours: {verdicts[order.verdict]} ({name} {best.as_is:.3f} as they are, '
        f'{best.swapped:.3f} swapped; better by {low:+.3f} to {high:+.3f}, decided beyond '
        f'{best.margin:g}; {best.frames} frames)'
    )


def _columns(
    pairs: list[list[float]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return two arrays from a list of pairs."""
    if not pairs:
        return None
    as_is, swapped = np.array(pairs, np.float64).T
    return as_is, swapped
