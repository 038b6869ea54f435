# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How well a way to feed and read a network agrees with what the driver did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.bootstrap import mean_interval
from featuremap_ros.trust.colour_order import ENOUGH_FRAMES

MARGIN = 0.01
"""Share of ``Driver.unit`` that one choice must be better by, for sure, to be told from others."""

# Radians of the wheels at full steering that a car can have, where nobody says.
_SLOPES = (0.1, 1.6)


@dataclass(frozen=True, slots=True)
class Driver:
    """What the driver did on some frames.

    Attributes:
        steered: + = left, float64 (n,): shares of full steering, or angles (rad).
        full: What full steering is in them; ``None`` for angles of a car whose limit is unknown.
    """

    steered: NDArray[np.float64]
    full: float | None

    @property
    def unit(self) -> float:
        """What errors are shares of; the largest angle where full steering is not known."""
        return self.full or max(float(np.abs(self.steered).max(initial=0.0)), 1e-6)

    @property
    def unit_in_words(self) -> str:
        """What errors are shares of."""
        return "the driver's largest angle" if self.full is None else 'full steering'

    @property
    def idle(self) -> NDArray[np.float64]:
        """Errors of a car that always steers the same, shares, float64 (n,)."""
        return np.abs(self.steered - np.median(self.steered)) / self.unit


@dataclass(frozen=True, slots=True)
class Fit:
    """Agreement of one choice with the driver.

    Attributes:
        slope: Of the driver's steering over the network's, + = the network's + is left.
        errors: Shares of ``Driver.unit``, float64 (n,), in order of time.
    """

    slope: float
    errors: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Mean of the errors."""
        return float(self.errors.mean())


def fit(values: NDArray[np.float64], driver: Driver) -> Fit:
    """Compare a network's steering with the driver's, to whichever side its + is.

    Straight is straight for both: there is no offset.

    Args:
        values: What the car would have done, -1 to 1, float64 (n,).
        driver: What the driver did.
    """
    if driver.full is not None:
        sizes = [driver.full]
    else:
        power = float(values @ values)
        best = abs(float(values @ driver.steered)) / power if power else _SLOPES[0]
        sizes = [float(np.clip(best, *_SLOPES))]
    tried = [sign * size for size in sizes for sign in (1.0, -1.0)]
    fits = [Fit(s, np.abs(driver.steered - s * values) / driver.unit) for s in tried]
    return min(fits, key=lambda one: one.error)


def mirrored(values: NDArray[np.float64], driver: Driver, slope: float) -> Fit:
    """Return the fit of a slope with the other sign."""
    return Fit(-slope, np.abs(driver.steered + slope * values) / driver.unit)


def not_told_apart(
    errors: NDArray[np.float64], others: Mapping[str, NDArray[np.float64]]
) -> list[str]:
    """Return the choices that cannot be told from the best one.

    Args:
        errors: Of the best choice, float64 (n,), in order of time.
        others: Of the other choices, by name.

    Returns:
        Names of those that are not worse by ``MARGIN`` with 95 % confidence; all of them where
        there are too few frames to say anything.
    """
    if len(errors) < ENOUGH_FRAMES:
        return list(others)
    worse = {name: mean_interval(other - errors) for name, other in others.items()}
    return [name for name, by in worse.items() if by is None or by[0] <= MARGIN]
