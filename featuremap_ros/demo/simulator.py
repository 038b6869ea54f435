# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A car in a world: steer it step by step, and see what it sees."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.sensors import Imu, ImuSample, LaserScanner
from featuremap_ros.demo.track import TrackPosition
from featuremap_ros.demo.trail import Trail
from featuremap_ros.demo.world import World
from featuremap_ros.vision.frame import Frame

PHYSICS_NS = 5_000_000
"""Longest step of the motion (ns)."""

CRUISE_SPEED = 1.3
"""Speed on a straight (m/s)."""

_MAX_SIDE_ACCELERATION = 1.5
_BUMPER = 0.38


class Simulator:
    """Moves a car through a world by steering commands.

    Attributes:
        world: Where it drives.
        car: What drives.
        state: Where the car is now.
        scanner: The car's laser scanner.
        trail: The path that the car has taken since it was put on the track.
        cruise_speed: Wanted on a straight (m/s).
        travelled: Distance along the centre line since the start (m); falls when driving back.
    """

    def __init__(
        self,
        world: World,
        *,
        car: Car | None = None,
        start_ns: int = 0,
        speed: float = CRUISE_SPEED,
        arc: float = 0.0,
        lateral: float = 0.0,
        heading_error: float = 0.0,
    ) -> None:
        """Put the car on the track.

        Args:
            world: Where it drives.
            car: What drives.
            start_ns: Time of the start (ns).
            speed: Wanted on a straight (m/s); it slows down while it turns.
            arc: Distance along the track (m).
            lateral: From the centre line, + to the left of it (m).
            heading_error: Relative to the track, + to the left (rad).
        """
        self.world = world
        self.car = car or Car()
        self.cruise_speed = speed
        self.scanner = LaserScanner()
        self.trail = Trail()
        self._imu = Imu()
        self._frame: Frame | None = None
        self.state = CarState(start_ns, world.track.pose_at(0.0))
        self.place(arc, lateral=lateral, heading_error=heading_error)

    def place(self, arc: float, *, lateral: float = 0.0, heading_error: float = 0.0) -> None:
        """Put the car on the track, at rest; its laps count anew, and time goes on.

        Args:
            arc: Distance along the track (m).
            lateral: From the centre line, + to the left of it (m).
            heading_error: Relative to the track, + to the left (rad).
        """
        pose = self.world.track.pose_at(arc, lateral=lateral, heading_error=heading_error)
        self.state = CarState(self.state.stamp_ns, pose)
        self._arc = self.position.arc
        self.travelled = 0.0
        self.trail.clear()
        self.trail.follow(pose)

    def advance(self, steering: float, step_ns: int) -> CarState:
        """Drive on without taking a picture; a wall, a box or a cone stops the car.

        Args:
            steering: Angle wanted, + to the left (rad).
            step_ns: How long (ns).

        Returns:
            The state at the end of the step.
        """
        left = step_ns
        while left > 0:
            part = min(left, PHYSICS_NS)
            curvature = abs(math.tan(self.state.steering)) / self.car.wheelbase
            limit = math.sqrt(_MAX_SIDE_ACCELERATION / max(curvature, 1e-3))
            if self.blocked:
                limit, self.state = 0.0, replace(self.state, speed=0.0)
            self.state = self.car.advance(
                self.state, steering=steering, speed=min(self.cruise_speed, limit), step_ns=part
            )
            left -= part
        arc, length = self.position.arc, self.world.track.length
        self.travelled += (arc - self._arc + length / 2.0) % length - length / 2.0
        self._arc = arc
        self.trail.follow(self.state.pose)
        return self.state

    def step(self, steering: float, *, step_ns: int = 50_000_000) -> Frame:
        """Drive on and take a picture.

        Args:
            steering: Angle wanted, + to the left (rad).
            step_ns: How long (ns).

        Returns:
            What the camera sees at the end of the step.
        """
        self.advance(steering, step_ns)
        return self.frame()

    def frame(self) -> Frame:
        """Take a picture now; two at the same moment are the same."""
        if self._frame is None or self._frame.stamp_ns != self.state.stamp_ns:
            self._frame = self.world.frame(self.state.pose, self.state.stamp_ns)
        return self._frame

    def scan(self) -> NDArray[np.float32]:
        """Take a laser scan now: float32 (beams,), metres; see :class:`.sensors.LaserScanner`."""
        return self.scanner.scan(self.world.room, self.state.pose, self._rng(1))

    def imu(self) -> ImuSample:
        """Read the inertial unit now."""
        return self._imu.sample(self.state, self._rng(2))

    @property
    def blocked(self) -> bool:
        """Whether the bumper touches something."""
        pose = self.state.pose
        return self.world.room.blocks(
            pose.x + _BUMPER * math.cos(pose.heading), pose.y + _BUMPER * math.sin(pose.heading)
        )

    @property
    def position(self) -> TrackPosition:
        """Where the car is on the track."""
        return self.world.track.locate(self.state.pose)

    @property
    def laps(self) -> float:
        """Laps made since the start, with their fraction."""
        return self.travelled / self.world.track.length

    @property
    def left_lane(self) -> bool:
        """Whether the middle of the rear axle is beyond a lane line now."""
        return abs(self.position.lateral) > self.world.track.lane_width / 2.0

    def _rng(self, stream: int) -> np.random.Generator:
        """Give random numbers that depend on the time alone."""
        return np.random.default_rng((self.world.seed, stream, self.state.stamp_ns))
