# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Occlusion, bound to what a moment offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from featuremap_ros.attribution.baselines import BASELINES
from featuremap_ros.attribution.occlusion import occlude, occlude_greedily, Occlusion, patches
from featuremap_ros.errors import UnknownNameError
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.explaining.region import region_sampling, seen_region
from featuremap_ros.pilot.pilot import Pilot

_SHOWN = ('fall', 'probability')
_LOW_IS_IMPORTANT = 'Low is important: what remains while a pixel is hidden.'
_SCALED_AT_THE_BORDER = (
    'Patches cut by the border hide less: their fall is scaled to a whole patch.'
)


def _occlusion(
    moment: Moment,
    *,
    patch: int = 16,
    step: int = 8,
    baseline: str = 'grey',
    rounds: int = 1,
    show: str = 'fall',
) -> Finding:
    if show not in _SHOWN:
        raise UnknownNameError('show', show, _SHOWN)
    pixels, score, region = moment.pixels, moment.score, moment.region
    hidden = moment.hidden(baseline)
    rises = moment.target.name in moment.pilot.profile.heads
    if show == 'probability':
        # The article's grid begins with a patch of which one row and column show.
        first = 1 - patch
        results = [
            occlude(pixels, hidden, score, patch=patch, step=step, first=first, region=region)
        ]
        values, note = results[0].mean_score, _LOW_IS_IMPORTANT
    else:
        results = occlude_greedily(
            pixels,
            hidden,
            score,
            patch=patch,
            step=step,
            rounds=rounds,
            rises=rises,
            region=region,
        )
        values, note = results[-1].heat, _SCALED_AT_THE_BORDER
    return Finding(
        values=values,
        unit=moment.target.unit,
        sampling=region_sampling(region),
        signed=show == 'fall',
        score=results[-1].score,
        details={
            'baseline': baseline,
            'patch': patch,
            'step': step,
            'evaluations': sum(len(result.boxes) + 1 for result in results),
            'strongest': [_strongest(result, rises=rises) for result in results],
        },
        notes=(f'Hidden parts show the {baseline} baseline.', note),
    )


def _strongest(result: Occlusion, *, rises: bool) -> dict[str, Any]:
    """Describe the patch that matters most, in model pixels."""
    index = result.strongest(rises=rises)
    box = result.boxes[index]
    return {
        'box': [box.left, box.top, box.right, box.bottom],
        'fall': float(result.falls[index]),
        'score': result.score,
    }


def _refuse(pilot: Pilot, options: Mapping[str, Any]) -> None:
    if options['baseline'] not in BASELINES:
        raise UnknownNameError('baseline', options['baseline'], BASELINES)
    patches(seen_region(pilot.profile.input), options['patch'], options['step'])


OCCLUSION = Method(
    name='occlusion',
    question='How does the number change when a part of the picture is hidden?',
    find=_occlusion,
    refuse=_refuse,
)
