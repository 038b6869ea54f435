# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the methods can be believed on this race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.stages import deepest_map
from featuremap_ros.judging.race_pictures import race_pictures, SAMPLE
from featuremap_ros.judging.subject import subjects_of
from featuremap_ros.judging.trust import neighbours, TrustSurvey
from featuremap_ros.judging.trust_report import trust_chart, trust_data
from featuremap_ros.streams.source import Source
from featuremap_ros.vision.frame import Image

BASELINES = ('blur', 'mean', 'p5', 'p95')


@dataclass(frozen=True, slots=True)
class Trust:
    """What was measured.

    Attributes:
        data: As ``featuremap trust --json`` has it.
        chart: Trust of every method, RGB.
    """

    data: dict[str, Any]
    chart: Image


def measure_trust(
    explainer: Explainer,
    source: Source,
    methods: Sequence[str],
    count: int,
    *,
    progress: Callable[[int], object] = lambda _: None,
) -> Trust | None:
    """Judge methods on frames that are spread over the race.

    Args:
        explainer: Of the pilot.
        source: The race.
        methods: Their names.
        count: How many frames at most.
        progress: Called with 1 after every judged frame.

    Returns:
        ``None`` where not a single method or frame could be judged.

    Raises:
        UnknownNameError: There is no such method.
        SourceError: The source cannot be read again.
    """
    if not methods or count < 1:
        return None
    pictures = race_pictures(explainer.pilot, source.sample(SAMPLE), BASELINES)
    subjects = subjects_of(explainer, methods, [deepest_map(explainer.pilot.network)])
    survey = TrustSurvey(explainer, subjects, baselines=BASELINES, pictures=pictures)
    stamps = [frame.stamp_ns for frame in source.sample(count)]
    for frame, following in neighbours(source, stamps):
        try:
            survey.judge(frame, following)
        except (BadFrameError, NotFiniteError):
            continue
        progress(1)
    if not survey.frames or not any(survey.alive()):
        return None
    return Trust(trust_data(survey, pictures), trust_chart(survey))
