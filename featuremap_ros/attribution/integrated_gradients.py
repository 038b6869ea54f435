# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Integrated gradients: how the difference to a baseline is shared out among the pixels.

Sundararajan et al., https://arxiv.org/abs/1703.01365.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.saliency import Differentiate


@dataclass(frozen=True, slots=True)
class Integrated:
    """What the integration gave.

    Attributes:
        values: float32 (h, w), in the unit of the number: what each pixel adds to the difference.
        change: f(x) - f(baseline), which the values should add up to.
        residual: What is missing: ``change`` minus their sum.
    """

    values: NDArray[np.float32]
    change: float
    residual: float


def integrated_gradients(
    x: NDArray[np.float32],
    baseline: NDArray[np.float32],
    differentiate: Differentiate,
    *,
    steps: int = 50,
) -> Integrated:
    """Integrate the gradient along the straight line from a baseline (midpoint rule).

    Args:
        x: The network's input, float32 (h, w, C).
        baseline: Where the line begins, of the same shape.
        differentiate: Asked for all points of the line, and for its two ends.
        steps: Points of the line.
    """
    share = ((np.arange(steps) + 0.5) / steps).astype(np.float32).reshape(-1, 1, 1, 1)
    gradients, _ = differentiate(baseline + share * (x - baseline))
    _, ends = differentiate(np.stack([baseline, x]))
    mean = gradients.mean(axis=0, dtype=np.float64)
    values = ((x.astype(np.float64) - baseline) * mean).sum(axis=2)
    change = float(ends[1] - ends[0])
    return Integrated(values.astype(np.float32), change, change - float(values.sum()))
