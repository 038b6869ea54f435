# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How faithful one map of one frame is: the few lines between a method and a contest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.trust.faithfulness import Contest, Faithfulness
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.resample import on_model_pixels


def contest_of(moment: Moment, hidden: Pixels) -> Contest:
    """Prepare to measure maps of a frame.

    Args:
        moment: The frame and the number that is explained.
        hidden: The baseline, e.g. ``moment.hidden('blur')``.
    """
    return Contest(
        moment.pixels,
        hidden,
        moment.score,
        full_scale=moment.target.full_scale,
        probability=moment.target.unit == 'probability',
    )


def faithfulness_of(raw: RawMap, contest: Contest) -> Faithfulness | None:
    """Measure a map; what it does not cover comes last, or between both signs.

    Args:
        raw: Of the frame that the contest is about.
        contest: From ``contest_of``.

    Returns:
        ``None``, that is undefined, where the baseline changes next to nothing.
    """
    return contest.measure(heat_of(raw, contest.size), signed=raw.signed)


def heat_of(raw: RawMap, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the heat of every pixel of the network's picture.

    Args:
        raw: A map of it.
        size: (rows, columns) of the picture.

    Returns:
        float32 (rows, columns). Where the map does not reach it is 0, between both signs, or the
        least there is in a map without signs, whose values may all be negative.
    """
    values = raw.values if raw.signed else raw.values - min(raw.values.min(), np.float32(0))
    return on_model_pixels(values, raw.registration.sampling, size)
