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
from featuremap_ros.errors import UnsupportedError

COMPLETE = 0.01
"""The values are complete if at most this share of the difference is missing."""

# Points that are asked about at once; more take memory and no less time.
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Integrated:
    """Result of the integration.

    Attributes:
        values: float32 (h, w), in the unit of the number: what each pixel adds to the difference.
        change: f(x) - f(baseline), which the values should add up to.
        residual: What is missing: ``change`` minus their sum.
        steps: Points of the line that it took.
    """

    values: NDArray[np.float32]
    change: float
    residual: float
    steps: int

    @property
    def complete(self) -> bool:
        """Whether the values add up to the difference within 1 %."""
        return abs(self.residual) <= COMPLETE * abs(self.change)


def integrated_gradients(
    x: NDArray[np.float32],
    baseline: NDArray[np.float32],
    differentiate: Differentiate,
    *,
    steps: int = 50,
    most_steps: int = 800,
) -> Integrated:
    """Integrate the gradient along the straight line from a baseline (midpoint rule).

    Fifty points are enough for a number that is nearly linear. Behind a softmax it jumps along the
    line; so the number of points is doubled until the values add up.

    Args:
        x: The network's input, float32 (h, w, C).
        baseline: Where the line begins, of the same shape.
        differentiate: Asked for the points of the line and for its two ends, in batches.
        steps: Points of the line to begin with.
        most_steps: Where doubling ends, complete or not.

    Raises:
        UnsupportedError: There are no points.
    """
    if steps < 1:
        msg = f'Integrated gradients need 1 step or more: got {steps}.'
        raise UnsupportedError(msg)
    _, ends = differentiate(np.stack([baseline, x]))
    change = float(ends[1] - ends[0])
    difference = x.astype(np.float64) - baseline
    while True:
        values = (difference * _mean_gradient(x, baseline, differentiate, steps)).sum(axis=2)
        found = Integrated(values.astype(np.float32), change, change - float(values.sum()), steps)
        if found.complete or 2 * steps > most_steps:
            return found
        steps *= 2


def _mean_gradient(
    x: NDArray[np.float32],
    baseline: NDArray[np.float32],
    differentiate: Differentiate,
    steps: int,
) -> NDArray[np.float64]:
    """Return the mean gradient on the line."""
    total = np.zeros(x.shape)
    shares = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
    for first in range(0, steps, _BATCH):
        batch = shares[first : first + _BATCH].reshape(-1, 1, 1, 1)
        gradients, _ = differentiate(baseline + batch * (x - baseline))
        total += gradients.sum(axis=0, dtype=np.float64)
    return total / steps
