# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion: does the network need what the map says it needs?

Petsiuk et al., https://arxiv.org/abs/1806.07421, in the form that suits a signed output: with f
the score, x the picture and b the baseline, a picture x_k scores

    c_k = (f(x) - f(x_k)) / (f(x) - f(b))

so 0 is the whole picture and 1 the baseline. Deletion replaces the most important pixels first,
and a faithful map makes c rise early; insertion puts them back first, and a faithful map makes c
fall early. The difference of the areas is the score; its mean over random orders is what chance
gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Score

STEPS = 20
RANDOM_ORDERS = 5
_SMALLEST_CHANGE = 0.02


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How faithful one map is on one picture.

    Attributes:
        deletion: c_k after 0..n steps, float64 (n + 1,).
        insertion: The same while pixels come back.
        score: Area under deletion minus area under insertion.
        chance: The mean of that for random orders.
    """

    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]
    score: float
    chance: float

    @property
    def trust(self) -> float:
        """Score above chance: about 0 is random, 1 the most there is."""
        return self.score - self.chance


def faithfulness(
    heat: NDArray[np.float32],
    pixels: Pixels,
    hidden: Pixels,
    score: Score,
    *,
    signed: bool,
    full_scale: float,
    steps: int = STEPS,
    seed: int = 0,
) -> Faithfulness | None:
    """Measure how faithful a map is.

    Args:
        heat: float32 (h, w), one value for every model pixel.
        pixels: uint8 (h, w, C); not written to.
        hidden: The baseline, uint8 (h, w, C).
        score: Asked in batches.
        signed: Whether positive heat pushes the score up and negative heat pushes it down.
        full_scale: The score's whole range, in its unit.
        steps: Points of the curves.
        seed: Of the random orders, and of the order of equal heat.

    Returns:
        ``None``, that is undefined, where the picture's score is within 2 % of full scale of the
        baseline's: nothing there to explain.
    """
    ends = score(np.stack([pixels, hidden]))
    change = float(ends[0] - ends[1])
    if abs(change) < _SMALLEST_CHANGE * full_scale:
        return None
    rng = np.random.default_rng(seed)
    importance = (np.sign(change) * heat if signed else heat).reshape(-1)

    def measure(order: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        def curve(start: Pixels, end: Pixels) -> NDArray[np.float64]:
            return np.asarray((ends[0] - score(_replaced(start, end, order, steps))) / change)

        return curve(pixels, hidden), curve(hidden, pixels)

    # A shuffle before a stable sort puts equal values in random order.
    shuffled = rng.permutation(importance.size)
    order = shuffled[np.argsort(-importance[shuffled], kind='stable')]
    deletion, insertion = measure(order)
    chance = [
        area(lost) - area(won)
        for lost, won in (measure(rng.permutation(importance.size)) for _ in range(RANDOM_ORDERS))
    ]
    return Faithfulness(
        deletion, insertion, area(deletion) - area(insertion), float(np.mean(chance))
    )


def area(curve: NDArray[np.float64]) -> float:
    """Return the area under a curve over 0..1 (trapezoids)."""
    return float((curve[:-1] + curve[1:]).mean() / 2)


def _replaced(start: Pixels, end: Pixels, order: NDArray[np.intp], steps: int) -> Pixels:
    """Return ``start`` with ever more of its pixels, in this order, taken from ``end``."""
    channels = start.shape[2]
    batch = np.repeat(start[None], steps + 1, axis=0).reshape(steps + 1, -1, channels)
    source = end.reshape(-1, channels)
    for step in range(1, steps + 1):
        chosen = order[: round(order.size * step / steps)]
        batch[step, chosen] = source[chosen]
    return batch.reshape(steps + 1, *start.shape)
