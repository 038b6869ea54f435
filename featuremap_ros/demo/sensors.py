# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the car measures besides pictures: a laser scan and an inertial unit."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.car import CarState
from featuremap_ros.demo.room import Room
from featuremap_ros.demo.track import Pose

GRAVITY = 9.80665
"""Standard acceleration of free fall (m/s^2)."""


@dataclass(frozen=True, slots=True)
class LaserScanner:
    """A scanner that turns in a plane parallel to the floor.

    Attributes:
        forward: Before the rear axle (m).
        up: Above the floor (m).
        beams: In one turn; the first looks backwards, the others follow to the left.
        range_min: Nearest distance that it can measure (m).
        range_max: Farthest (m).
        noise: Standard deviation of a distance (m).
    """

    forward: float = 0.10
    up: float = 0.15
    beams: int = 360
    range_min: float = 0.12
    range_max: float = 8.0
    noise: float = 0.008

    @property
    def increment(self) -> float:
        """Angle between two beams (rad)."""
        return 2.0 * math.pi / self.beams

    def scan(self, room: Room, pose: Pose, rng: np.random.Generator) -> NDArray[np.float32]:
        """Measure the distance to the nearest thing along each beam.

        Args:
            room: What can be hit.
            pose: Of base_link.
            rng: Source of the noise.

        Returns:
            Distances, float32 (beams,), metres; ``inf`` where nothing is within range.
        """
        segments = room.segments()
        origin = np.array(
            [
                pose.x + self.forward * math.cos(pose.heading),
                pose.y + self.forward * math.sin(pose.heading),
            ]
        )
        angles = pose.heading - math.pi + self.increment * np.arange(self.beams)
        beams = np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None, :]
        start = segments[None, :, 0] - origin
        edge = (segments[:, 1] - segments[:, 0])[None]
        cross = beams[..., 0] * edge[..., 1] - beams[..., 1] * edge[..., 0]
        with np.errstate(divide='ignore', invalid='ignore'):
            distance = (start[..., 0] * edge[..., 1] - start[..., 1] * edge[..., 0]) / cross
            share = (start[..., 0] * beams[..., 1] - start[..., 1] * beams[..., 0]) / cross
        hit = (distance > 0.0) & (share >= 0.0) & (share <= 1.0)
        nearest = np.where(hit, distance, np.inf).min(axis=1)
        nearest += rng.normal(0.0, self.noise, self.beams)
        seen = (nearest >= self.range_min) & (nearest <= self.range_max)
        return np.where(seen, nearest, np.inf).astype(np.float32)


@dataclass(frozen=True, slots=True)
class ImuSample:
    """One reading of the inertial unit, in the car's frame (x forward, y left, z up).

    Attributes:
        angular_velocity: (3,), rad/s.
        linear_acceleration: (3,), m/s^2; shows gravity upwards at rest.
    """

    angular_velocity: tuple[float, float, float]
    linear_acceleration: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Imu:
    """An inertial unit at the rear axle.

    Attributes:
        gyro_noise: Standard deviation of a rate (rad/s).
        acceleration_noise: Standard deviation of an acceleration (m/s^2).
    """

    gyro_noise: float = 0.01
    acceleration_noise: float = 0.15

    def sample(self, state: CarState, rng: np.random.Generator) -> ImuSample:
        """Measure the motion of the car.

        Args:
            state: Of the car.
            rng: Source of the noise.
        """
        turn = rng.normal(0.0, self.gyro_noise, 3) + [0.0, 0.0, state.yaw_rate]
        push = rng.normal(0.0, self.acceleration_noise, 3)
        push += [state.acceleration, state.speed * state.yaw_rate, GRAVITY]
        x, y, z = map(float, turn)
        forward, left, up = map(float, push)
        return ImuSample((x, y, z), (forward, left, up))
