# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the race itself as baselines: one that steers hard, and one the other way.

Where a frame steers straight, so does its blur, and nothing is left to explain. Against a frame
of a bend there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import re

import numpy as np

from featuremap_ros.attribution.baselines import BASELINES, Pixels
from featuremap_ros.errors import BadFrameError, NotFiniteError, SourceError, UnknownNameError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.vision.frame import Frame

SAMPLE = 100
"""Frames of a race among which such pictures are looked for."""


@dataclass(frozen=True, slots=True)
class RacePicture:
    """One frame of the race.

    Attributes:
        stamp_ns: Of the frame (ns).
        steering: What the network steers there, in its units, + = left.
        pixels: What the network was fed, uint8 (h, w, C).
    """

    stamp_ns: int
    steering: float
    pixels: Pixels


def percentile_of(baseline: str) -> int | None:
    """Return the percentile of steering that ``'p5'`` names, ``None`` for other baselines.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    match = re.fullmatch(r'p(\d{1,2}|100)', baseline)
    if match:
        return int(match[1])
    if baseline not in BASELINES:
        raise UnknownNameError('baseline', baseline, (*BASELINES, 'p0 to p100'))
    return None


def race_pictures(
    pilot: Pilot, frames: Iterable[Frame], baselines: Iterable[str]
) -> dict[str, RacePicture]:
    """Choose the frames whose steering is nearest to some percentiles.

    Args:
        pilot: Drives them.
        frames: A sample of the race, which is kept in memory; bad ones are passed over.
        baselines: Names; those that are no percentile are ignored.

    Raises:
        UnknownNameError: There is no such baseline.
        SourceError: No frame can be driven on.
    """
    found = {name: percentile_of(name) for name in baselines}
    percentiles = {name: value for name, value in found.items() if value is not None}
    if not percentiles:
        return {}
    target = find_target('steering', pilot.profile.heads, pilot.network)
    driven = []
    for frame in frames:
        try:
            forward = pilot.forward(frame)
        except (BadFrameError, NotFiniteError):
            continue
        steering = target.value(forward.steering.heads)
        driven.append(RacePicture(frame.stamp_ns, steering, forward.model_input.pixels))
    if not driven:
        raise SourceError('No frame of the race can be driven on to look for baselines.')
    steered = np.array([one.steering for one in driven])
    return {
        name: driven[int(np.abs(steered - np.percentile(steered, value)).argmin())]
        for name, value in percentiles.items()
    }
