# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the network get red where it expects red? Feed both orders and compare."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.bootstrap import mean_interval

ENOUGH_FRAMES = 20
"""Frames below which nothing is decided."""

# What must be exceeded for sure. Networks are often a little surer of themselves with the wrong
# colours, so a small difference of confidence means nothing however many frames show it.
_MARGINS = {'confidence': 0.05, 'error': 0.01}


class Verdict(Enum):
    """Which order of colours fits the network."""

    RIGHT = 'right'
    SWAPPED = 'swapped'
    UNDECIDED = 'undecided'


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one kind of evidence says.

    Attributes:
        kind: ``'confidence'``, or ``'error'`` against the driver.
        frames: How many were compared.
        as_is: Its mean with the pictures as they are: a probability, or a share of full
            steering to one side.
        swapped: The same with red and blue swapped.
        interval: Of how much better the pictures are as they are, with 95 % confidence; ``None``
            of too few frames for that.
    """

    kind: str
    frames: int
    as_is: float
    swapped: float
    interval: tuple[float, float] | None

    @property
    def margin(self) -> float:
        """What the interval must lie beyond, on either side of zero."""
        return _MARGINS[self.kind]

    @property
    def verdict(self) -> Verdict:
        """What follows from it alone."""
        if self.interval is None or self.frames < ENOUGH_FRAMES:
            return Verdict.UNDECIDED
        low, high = self.interval
        if low > self.margin:
            return Verdict.RIGHT
        if high < -self.margin:
            return Verdict.SWAPPED
        return Verdict.UNDECIDED


@dataclass(frozen=True, slots=True)
class ColourOrder:
    """All evidence, the strongest first: the driver, then the network's confidence."""

    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Verdict:
        """What the strongest evidence says; undecided without any."""
        return self.evidence[0].verdict if self.evidence else Verdict.UNDECIDED


def colour_order(
    *,
    errors: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    confidences: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> ColourOrder:
    """Judge frames that were fed in both orders.

    Args:
        errors: Distance from the driver's steering, as they are and swapped, each float64 (n,) in
            shares of full steering to one side, in order of time; ``None`` without a driver.
        confidences: The network's probability of what it decided, as they are and swapped, each
            float64 (m,); ``None`` where it gives none.
    """
    found = []
    for kind, pair, better in (('error', errors, -1), ('confidence', confidences, 1)):
        if pair is not None and len(pair[0]):
            as_is, swapped = pair
            found.append(
                Evidence(
                    kind=kind,
                    frames=len(as_is),
                    as_is=float(as_is.mean()),
                    swapped=float(swapped.mean()),
                    interval=mean_interval(better * (as_is - swapped)),
                )
            )
    return ColourOrder(tuple(found))
