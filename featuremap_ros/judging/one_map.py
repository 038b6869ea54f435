# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How faithful one map of one frame is: the few lines between a method and a contest."""

from __future__ import annotations

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
    heat = on_model_pixels(raw.values, raw.registration.sampling, contest.size)
    return contest.measure(heat, signed=raw.signed)
