# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a pilot steers from what the driver did."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.correlation import correlation

SIDE_BEGINS = math.radians(1.0)
"""Below this the driver steers to no side (rad)."""
SIDE_BEGINS_SHARE = 0.05
"""The same as a share of full steering."""


@dataclass(frozen=True, slots=True)
class DriverError:
    """Statistics of the error, pilot minus driver, + = too far left.

    Attributes:
        angular: Whether all are angles (rad); else shares of full steering to one side.
        frames: On which both steered.
        mean: Mean size of the error.
        rms: Root of the mean square of the error.
        p95: 95th percentile of the error's size.
        bias: Mean error.
        correlation: Pearson's, of pilot and driver; ``None`` where one of them never moves.
        same_side: Share of the frames on which the driver steers to a side (``SIDE_BEGINS``),
            on which the pilot steers to the same; ``None`` without such frames.
        sided_frames: How many those are.
    """

    angular: bool
    frames: int
    mean: float
    rms: float
    p95: float
    bias: float
    correlation: float | None
    same_side: float | None
    sided_frames: int

    def in_words(self, word: str = 'error') -> str:
        """Say the figures in a line: in degrees, or in percent of full steering.

        Args:
            word: What the difference is called.
        """
        scale, unit = (math.degrees(1), 'degrees') if self.angular else (100, '% of full steering')
        mean, rms, p95, bias = (
            scale * figure for figure in (self.mean, self.rms, self.p95, self.bias)
        )
        parts = [
            f'{word} {mean:.1f} {unit} on average',
            f'RMS {rms:.1f}',
            f'p95 {p95:.1f}',
            f'bias {abs(bias):.1f} to the {"left" if bias > 0 else "right"}',
        ]
        if self.correlation is not None:
            parts.append(f'correlation {self.correlation:.2f}')
        if self.same_side is not None:
            parts.append(f'same side {self.same_side:.0%}')
        return ', '.join(parts)


class DriverComparison:
    """Collects what pilot and driver did on the frames of a race, 24 bytes a frame.

    Attributes:
        angular: Whether angles (rad) are compared; else shares of full steering.
    """

    def __init__(self, *, angular: bool = True) -> None:
        """Begin without frames.

        Args:
            angular: Whether angles (rad) are compared; else shares of full steering.
        """
        self.angular = angular
        self._stamps = array('q')
        self._pilot = array('d')
        self._driver = array('d')

    def add(self, stamp_ns: int, pilot: float, driver: float) -> None:
        """Take one frame.

        Args:
            stamp_ns: Of the frame (ns).
            pilot: Steering, + left.
            driver: Steering, + left.
        """
        if math.isfinite(pilot) and math.isfinite(driver):
            self._stamps.append(stamp_ns)
            self._pilot.append(pilot)
            self._driver.append(driver)

    @property
    def stamps_ns(self) -> NDArray[np.int64]:
        """Stamps of the frames (ns), int64 (n,)."""
        return np.array(self._stamps, np.int64)

    @property
    def pilot(self) -> NDArray[np.float64]:
        """What the pilot did, + left, float64 (n,)."""
        return np.array(self._pilot, np.float64)

    @property
    def driver(self) -> NDArray[np.float64]:
        """What the driver did, + left, float64 (n,)."""
        return np.array(self._driver, np.float64)

    def error(self) -> DriverError | None:
        """Return the statistics; ``None`` without frames."""
        if not self._stamps:
            return None
        return driver_error(self.pilot, self.driver, angular=self.angular)


def driver_error(
    pilot: NDArray[np.float64], driver: NDArray[np.float64], *, angular: bool = True
) -> DriverError:
    """Compare what pilot and driver did on the same frames.

    Args:
        pilot: Steering, + left, float64 (n,), n > 0.
        driver: The same of the driver.
        angular: Whether both are angles (rad); else shares of full steering.
    """
    error = pilot - driver
    size = np.abs(error)
    sided = np.abs(driver) > (SIDE_BEGINS if angular else SIDE_BEGINS_SHARE)
    count = int(sided.sum())
    same = np.sign(pilot[sided]) == np.sign(driver[sided])
    return DriverError(
        angular=angular,
        frames=len(error),
        mean=float(size.mean()),
        rms=float(np.sqrt(np.square(error).mean())),
        p95=float(np.percentile(size, 95)),
        bias=float(error.mean()),
        correlation=correlation(pilot, driver),
        same_side=float(same.mean()) if count else None,
        sided_frames=count,
    )
