# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulation at the pace of the real world."""

from __future__ import annotations

import time
from typing import Any

from featuremap_ros.demo.topics import CAMERA_PERIOD_NS, TICK_NS
from featuremap_ros.ros.command import Command, STOP
from featuremap_ros.ros.executable import Spin
from featuremap_ros.ros.simulator.drive import Drive
from featuremap_ros.ros.simulator.steering_input import SteeringInput

_STALE_NS = 500_000_000
_LONG_NS = 1_000_000_000
# Then listen, even if a slow machine is not done.
_MOST_TICKS = 10


class RealTime:
    """Drives as time passes; pictures for which there is no time are left out."""

    def __init__(
        self, drive: Drive, steering: SteeringInput, *, system_clock: bool, logger: Any
    ) -> None:
        """Prepare.

        Args:
            drive: Goes on.
            steering: The last command holds, for half a second.
            system_clock: Whether messages carry its time.
            logger: Of the node.
        """
        self._drive = drive
        self._steering = steering
        self._log = logger
        self._system_clock = system_clock
        self._began_ns: int | None = None

    def turn(self, spin: Spin) -> None:
        """Drive until now, and listen until the next tick.

        Args:
            spin: Listens for at most so long (s).
        """
        if self._began_ns is None:
            self._began_ns = time.monotonic_ns()
            if self._system_clock:
                self._drive.skip(time.time_ns() - self._drive.now_ns)
            self._drive.publish()
        behind = self._behind_ns(self._began_ns)
        if behind > _LONG_NS:
            self._log.warning(f'The simulation stood still for {behind / 1e9:.1f} s.')
            self._drive.skip(behind)
            self._began_ns += behind
        for _ in range(_MOST_TICKS):
            behind = self._behind_ns(self._began_ns)
            if behind < TICK_NS or self._drive.finished is not None:
                break
            self._drive.tick(self._command())
            self._drive.publish(pictures=behind - TICK_NS < CAMERA_PERIOD_NS)
        spin(max(TICK_NS - self._behind_ns(self._began_ns), 0) / 1e9)

    def _behind_ns(self, began_ns: int) -> int:
        """Return how far the simulation is behind the clock (ns)."""
        return time.monotonic_ns() - began_ns - self._drive.since_start_ns

    def _command(self) -> Command:
        """Return what the car is told; without news it stops."""
        newest = self._steering.newest
        if newest is None or time.monotonic_ns() - newest.steady_ns > _STALE_NS:
            return STOP
        return newest.command
