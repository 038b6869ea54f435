# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The human driver: looks ahead along the lane and steers there, with a slightly shaky hand."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.track import Pose, Track

LOOKAHEAD = 0.75
"""How far before the rear axle the driver aims (m)."""


@dataclass(frozen=True, slots=True)
class PurePursuit:
    """Steers along the arc that leads to a point of the centre line.

    Source: R. C. Coulter, Implementation of the pure pursuit path tracking algorithm,
    CMU-RI-TR-92-01, 1992.

    Attributes:
        track: To be followed.
        car: To be steered.
        lookahead: Distance of the point (m).
    """

    track: Track
    car: Car
    lookahead: float = LOOKAHEAD

    def steer(self, pose: Pose) -> float:
        """Give the steering angle, + to the left, within the car's limit (rad).

        Args:
            pose: Of base_link.
        """
        here = self.track.locate(pose)
        reach = math.sqrt(max(self.lookahead**2 - here.lateral**2, (0.5 * self.lookahead) ** 2))
        goal = self.track.pose_at(here.arc + reach)
        ahead, aside = goal.x - pose.x, goal.y - pose.y
        left = aside * math.cos(pose.heading) - ahead * math.sin(pose.heading)
        curvature = 2.0 * left / (ahead**2 + aside**2)
        angle = math.atan(self.car.wheelbase * curvature)
        return min(max(angle, -self.car.max_steering), self.car.max_steering)


class HumanDriver:
    """Pure pursuit with a hand that wanders."""

    def __init__(
        self, *, pursuit: PurePursuit, seed: int, shake: float = 0.02, memory: float = 0.4
    ) -> None:
        """Put somebody behind the wheel.

        Args:
            pursuit: What is meant.
            seed: Of the shaking.
            shake: Standard deviation of the shaking (rad).
            memory: Time after which the hand has forgotten where it was (s).
        """
        self._pursuit = pursuit
        self._rng = np.random.default_rng((seed, 0xD21F))
        self._shake = shake
        self._memory = memory
        self._error = 0.0
        self._last_ns: int | None = None

    def steer(self, state: CarState) -> float:
        """Give the steering angle at one moment, + to the left (rad).

        Args:
            state: Of the car; call with rising time stamps.
        """
        passed = 0.0 if self._last_ns is None else (state.stamp_ns - self._last_ns) * 1e-9
        self._last_ns = state.stamp_ns
        kept = math.exp(-passed / self._memory)
        fresh = self._shake * math.sqrt(1.0 - kept**2) * float(self._rng.standard_normal())
        self._error = kept * self._error + fresh
        limit = self._pursuit.car.max_steering
        return min(max(self._pursuit.steer(state.pose) + self._error, -limit), limit)
