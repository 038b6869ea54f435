# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion: does the network need what the map says it needs?

Petsiuk et al., https://arxiv.org/abs/1806.07421. Deletion replaces the most important pixels by a
baseline first, insertion puts them back into it first. With f the score, x the picture and b the
baseline, a picture x_k on the way lies at

    c_k = (f(x) - f(x_k)) / (f(x) - f(b))

so 0 is the whole picture and 1 the baseline, whichever way the network steers. A faithful map
makes c rise early in deletion and fall early in insertion; the difference of the areas is its
score. For the probability of a class the curves are the probability itself, as in the article.
Random orders of the pixels show what chance gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Score

STEPS = 20
RANDOM_ORDERS = 5
SMALLEST_CHANGE = 0.02
"""Share of full scale below which a baseline leaves nothing to explain."""

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curves:
    """What happened on the way to the baseline and back.

    Attributes:
        deletion: After 0..n steps, float64 (n + 1,): c_k, or the probability of the class.
        insertion: The same while pixels come back.
        score: How much more is lost early, and won back early, than late.
    """

    deletion: Curve
    insertion: Curve
    score: float


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How faithful one map is on one picture.

    Attributes:
        curves: Of the map's order of pixels.
        chance: Means over random orders.
    """

    curves: Curves
    chance: Curves

    @property
    def trust(self) -> float:
        """Score above chance.

        About 0 is random. 1 is a map that at once finds all that makes the difference; where parts
        of the picture hold against each other, a signed map can find more than the difference.
        """
        return self.curves.score - self.chance.score


class Contest:
    """One picture against one baseline, in which any number of maps can be measured.

    Attributes:
        change: f(x) - f(b), in the unit of the score.
    """

    def __init__(
        self,
        pixels: Pixels,
        hidden: Pixels,
        score: Score,
        *,
        full_scale: float,
        probability: bool = False,
        steps: int = STEPS,
        seed: int = 0,
    ) -> None:
        """Score the picture and the baseline.

        Args:
            pixels: uint8 (h, w, C); not written to.
            hidden: The baseline, uint8 (h, w, C); not written to.
            score: Asked in batches.
            full_scale: The score's whole range, in its unit.
            probability: Whether the score is the probability of a class.
            steps: Points of the curves after the first.
            seed: Of the random orders, and of the order of equal heat.
        """
        self._pixels = pixels
        self._hidden = hidden
        self._score = score
        self._probability = probability
        self._steps = steps
        self._seed = seed
        self._ends = score(np.stack([pixels, hidden]))
        self.change = float(self._ends[0] - self._ends[1])
        self._small = abs(self.change) < SMALLEST_CHANGE * full_scale

    @property
    def defined(self) -> bool:
        """Whether the baseline changes a steering enough to explain it."""
        return self._probability or not self._small

    @property
    def size(self) -> tuple[int, int]:
        """Of the picture: (rows, columns)."""
        return self._pixels.shape[0], self._pixels.shape[1]

    @property
    def weight(self) -> float:
        """What it counts for in the mean of a race.

        Curves of a steering are shares of the change; means that are weighted by the change are
        not ruled by the frames on which the baseline changes next to nothing.
        """
        return 1.0 if self._probability else abs(self.change)

    @cached_property
    def chance(self) -> Curves:
        """Means over random orders of the pixels; the contest must be defined."""
        rng = np.random.default_rng(self._seed)
        count = self.size[0] * self.size[1]
        found = [self._curves(rng.permutation(count)) for _ in range(RANDOM_ORDERS)]
        return Curves(
            np.mean([one.deletion for one in found], axis=0),
            np.mean([one.insertion for one in found], axis=0),
            float(np.mean([one.score for one in found])),
        )

    def measure(self, heat: NDArray[np.float32], *, signed: bool) -> Faithfulness | None:
        """Measure a map.

        Args:
            heat: float32 (h, w), one value for every pixel.
            signed: Whether positive heat pushes the score up and negative heat pushes it down.

        Returns:
            ``None``, that is undefined, where the picture's score is within 2 % of full scale of
            the baseline's: nothing there to explain.
        """
        if not self.defined:
            return None
        # Negative heat is what holds a negative steering up. A probability has one side only.
        falls = signed and not self._probability and self.change < 0
        importance = (-heat if falls else heat).reshape(-1)
        # A shuffle before a stable sort puts equal values in random order.
        shuffled = np.random.default_rng(self._seed).permutation(importance.size)
        order = shuffled[np.argsort(-importance[shuffled], kind='stable')]
        return Faithfulness(self._curves(order), self.chance)

    def _curves(self, order: NDArray[np.intp]) -> Curves:
        whole, empty = self._ends
        lost = np.concatenate([[whole], self._between(self._pixels, self._hidden, order), [empty]])
        won = np.concatenate([[empty], self._between(self._hidden, self._pixels, order), [whole]])
        if self._probability:
            return Curves(lost, won, area(won) - area(lost))
        deletion, insertion = (whole - lost) / self.change, (whole - won) / self.change
        return Curves(deletion, insertion, area(deletion) - area(insertion))

    def _between(self, start: Pixels, end: Pixels, order: NDArray[np.intp]) -> Curve:
        """Score pictures in which ever more pixels, in this order, are those of ``end``."""
        count = self._steps - 1
        batch = np.repeat(start[None], count, axis=0).reshape(count, order.size, -1)
        source = end.reshape(order.size, -1)
        for step, picture in enumerate(batch, start=1):
            chosen = order[: round(order.size * step / self._steps)]
            picture[chosen] = source[chosen]
        return self._score(batch.reshape(count, *start.shape))


def area(curve: Curve) -> float:
    """Return the area under a curve over 0..1 (trapezoids)."""
    return float((curve[:-1] + curve[1:]).mean() / 2)
