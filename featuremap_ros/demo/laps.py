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


@dataclass(frozen=True, slots=True)
class LapReport:
    """How a drive went.

    Attributes:
        laps: Made before the end or the departure, with their fraction.
        seconds: Driven.
        lateral_p95: 95th percentile of the distance from the centre line (m).
        lateral_max: Its maximum (m).
        left_lane: Whether the car left the lane; the drive ends there.
    """

    laps: float
    seconds: float
    lateral_p95: float
    lateral_max: float
    left_lane: bool


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
    start_ns = simulator.state.stamp_ns
    # At half a metre per second, less than half of what the car drives, plus the start.
    limit_ns = start_ns + int(laps * simulator.world.track.length / 0.5 * 1e9) + 5_000_000_000
    errors: list[float] = []
    frame = simulator.frame()
    while simulator.laps < laps and simulator.state.stamp_ns < limit_ns:
        frame = simulator.step(policy(frame), step_ns=step_ns)
        errors.append(abs(simulator.position.lateral))
        if simulator.left_lane:
            break
    return LapReport(
        laps=simulator.laps,
        seconds=(simulator.state.stamp_ns - start_ns) * 1e-9,
        lateral_p95=float(np.percentile(errors, 95.0)) if errors else 0.0,
        lateral_max=max(errors, default=0.0),
        left_lane=simulator.left_lane,
    )
