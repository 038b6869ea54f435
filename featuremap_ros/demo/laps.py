# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive laps by pictures alone, and say how well it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.vision.frame import Frame

Policy = Callable[[Frame], float]
"""From a picture to a steering angle, + to the left (rad)."""

# Distances are counted to a tenth of a millimetre, up to two metres (m).
_BIN = 1e-4
_BINS = 20_000


@dataclass(frozen=True, slots=True)
class LapReport:
    """How a drive went.

    Attributes:
        laps: Made before the end or the departure, with their fraction.
        seconds: Driven.
        lateral_p95: 95th percentile of the distance from the centre line (m).
        lateral_max: Its maximum (m).
        left_lane: Whether the car left the lane.
    """

    laps: float
    seconds: float
    lateral_p95: float
    lateral_max: float
    left_lane: bool

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f'{self.laps:.2f} laps in {self.seconds:.1f} s, distance from the centre line '
            f'p95 {100.0 * self.lateral_p95:.1f} cm, at most {100.0 * self.lateral_max:.1f} cm, '
            + ('left the lane' if self.left_lane else 'never left the lane')
        )


class _Distances:
    """Distances of a drive of any length, in constant memory."""

    def __init__(self) -> None:
        self.largest = 0.0
        self._counts = np.zeros(_BINS, np.int64)

    def __bool__(self) -> bool:
        return bool(self._counts.any())

    def add(self, distance: float) -> None:
        """Take one (m)."""
        self.largest = max(self.largest, distance)
        self._counts[min(int(distance / _BIN), _BINS - 1)] += 1

    def percentile(self, share: float) -> float:
        """Return the distance that this share does not exceed (m), to a bin; 0 without any."""
        below = np.cumsum(self._counts)
        if not below[-1]:
            return 0.0
        place = int(np.searchsorted(below, share * below[-1]))
        return min((place + 0.5) * _BIN, self.largest)


class Referee:
    """Watches a car from when it sets off."""

    def __init__(self, simulator: Simulator) -> None:
        """Begin to watch.

        Args:
            simulator: Moves the car.
        """
        self._simulator = simulator
        self._start_ns = simulator.state.stamp_ns
        self._start_laps = simulator.laps
        self._laterals = _Distances()
        self._left = False

    def look(self) -> None:
        """Note where the car is, if it has set off."""
        if not self._laterals and not self._simulator.state.speed:
            self._start_ns = self._simulator.state.stamp_ns
            return
        self._laterals.add(abs(self._simulator.position.lateral))
        self._left |= self._simulator.left_lane

    def skip(self, gap_ns: int) -> None:
        """Leave out time in which nothing happened.

        Args:
            gap_ns: How much (ns).
        """
        self._start_ns += gap_ns

    def report(self) -> LapReport:
        """Say how it went so far."""
        laterals = self._laterals
        return LapReport(
            laps=self._simulator.laps - self._start_laps,
            seconds=(self._simulator.state.stamp_ns - self._start_ns) * 1e-9,
            lateral_p95=laterals.percentile(0.95),
            lateral_max=laterals.largest,
            left_lane=self._left,
        )


def drive_laps(
    simulator: Simulator, policy: Policy, *, laps: float, step_ns: int = 50_000_000
) -> LapReport:
    """Let a policy drive until it has made its laps, leaves the lane or takes far too long.

    Args:
        simulator: The car at its start.
        policy: Sees each picture, and its steering holds until the next one.
        laps: How many.
        step_ns: Between two pictures (ns).
    """
    referee = Referee(simulator)
    # At half a metre per second, less than half of what the car drives, plus the start.
    limit_ns = simulator.state.stamp_ns + int(laps * simulator.world.track.length / 0.5 * 1e9)
    limit_ns += 5_000_000_000
    frame = simulator.frame()
    while simulator.laps < laps and simulator.state.stamp_ns < limit_ns:
        frame = simulator.step(policy(frame), step_ns=step_ns)
        referee.look()
        if simulator.left_lane:
            break
    return referee.report()
