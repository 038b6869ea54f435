# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A car that rolls without slip: the kinematic bicycle."""

from __future__ import annotations

from dataclasses import dataclass
import math

from featuremap_ros.demo.track import Pose, wrap_angle


@dataclass(frozen=True, slots=True)
class CarState:
    """How the car moves at one moment.

    Attributes:
        stamp_ns: When (ns).
        pose: Of base_link, the middle of the rear axle.
        speed: Of the rear axle, forward (m/s).
        acceleration: Forward (m/s^2).
        steering: Angle of the front wheel of the bicycle, + to the left (rad).
        yaw_rate: + to the left (rad/s).
    """

    stamp_ns: int
    pose: Pose
    speed: float = 0.0
    acceleration: float = 0.0
    steering: float = 0.0
    yaw_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Car:
    """A model car at a tenth of a real one's size.

    Attributes:
        wheelbase: Distance between the axles (m).
        track_width: Distance between left and right wheels (m).
        max_steering: Largest angle of the front wheel to either side (rad).
        max_steering_rate: How fast the servo turns it (rad/s).
        max_acceleration: Speeding up or braking (m/s^2).
    """

    wheelbase: float = 0.26
    track_width: float = 0.20
    max_steering: float = 0.42
    max_steering_rate: float = 4.0
    max_acceleration: float = 2.5

    def advance(self, state: CarState, *, steering: float, speed: float, step_ns: int) -> CarState:
        """Drive on for a short while.

        The servo moves first, then the car follows an arc of constant curvature: exact for
        constant steering, at any step.

        Args:
            state: Where the car is.
            steering: Angle wanted, + to the left (rad); limited to what the servo can do.
            speed: Wanted (m/s); limited to what the motor can do.
            step_ns: How long (ns).

        Returns:
            The state at the end of the step.
        """
        step = step_ns * 1e-9
        wanted = min(max(steering, -self.max_steering), self.max_steering)
        reach = self.max_steering_rate * step
        angle = state.steering + min(max(wanted - state.steering, -reach), reach)
        push = self.max_acceleration * step
        faster = state.speed + min(max(speed - state.speed, -push), push)
        way = 0.5 * (state.speed + faster) * step
        curvature = math.tan(angle) / self.wheelbase
        turn = way * curvature
        # The chord of the arc: sin(turn/2)/(turn/2) of its length, at half the turn.
        half = 0.5 * turn
        chord = way * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
        direction = state.pose.heading + half
        pose = Pose(
            state.pose.x + chord * math.cos(direction),
            state.pose.y + chord * math.sin(direction),
            wrap_angle(state.pose.heading + turn),
        )
        acceleration = (faster - state.speed) / step
        return CarState(
            state.stamp_ns + step_ns, pose, faster, acceleration, angle, faster * curvature
        )

    def wheel_angles(self, steering: float) -> tuple[float, float]:
        """Give the angles of the two front wheels, which roll round the same point.

        Args:
            steering: Angle of the bicycle's front wheel, + to the left (rad).

        Returns:
            Left and right, + to the left (rad).
        """
        slope = math.tan(steering)
        share = 0.5 * self.track_width * slope / self.wheelbase
        return math.atan(slope / (1.0 - share)), math.atan(slope / (1.0 + share))
