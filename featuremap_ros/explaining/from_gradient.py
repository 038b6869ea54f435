# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every map of a gradient has to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.explaining.method import Finding
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.pilot.gradients import Gradient
from featuremap_ros.vision.registration import Sampling

SATURATED = 0.99
"""Probability of one bin above which the gradient of the mean value says little."""


def gradient_finding(
    moment: Moment,
    gradient: Gradient,
    values: NDArray[np.float32],
    *,
    unit: str | None = None,
    sampling: Sampling | None = None,
    signed: bool = True,
    details: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Finding:
    """Return a finding that says whether a softmax is saturated.

    Args:
        moment: What was asked.
        gradient: Of its target.
        values: The map.
        unit: Of the map; the target's if not given.
        sampling: Of the map; one cell a pixel if not given.
        signed: Whether zero is neutral.
        details: What else there is to say, as data.
        notes: And in words.
    """
    said, more = [*notes, *gradient.notes], dict(details or {})
    if moment.target.entry is None:
        output = moment.target.output
        probabilities = moment.forward.steering.heads[output]
        best = int(probabilities.argmax())
        more['saturated'] = bool(probabilities[best] > SATURATED)
        if more['saturated']:
            said.append(
                f'The softmax is saturated (p = {probabilities[best]:.4f}), and the gradient of '
                f"the mean value nearly vanishes: ask for '{output}:{best}'."
            )
    return Finding(
        values=values,
        unit=unit or gradient.unit,
        sampling=sampling or Sampling(),
        signed=signed,
        score=float(gradient.scores[0]),
        details=more,
        notes=tuple(said),
    )
