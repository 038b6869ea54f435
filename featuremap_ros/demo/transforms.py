# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Coordinate frames of the car, by REP 103 and REP 105, and how they are connected."""

from __future__ import annotations

from dataclasses import dataclass
import math

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.sensors import LaserScanner
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.world import CAMERA_FRAME

ODOM = 'odom'
"""Fixed to the hall; the car starts at its origin."""

BASE = 'base_link'
"""On the floor below the middle of the rear axle, x forward."""

CAMERA_LINK = 'camera_link'
"""At the lens, x along the line of sight."""

LASER = 'laser'
"""At the laser scanner, level."""

IMU = 'imu_link'
"""At the inertial unit, level."""

Quaternion = tuple[float, float, float, float]
"""x, y, z, w."""


@dataclass(frozen=True, slots=True)
class Transform:
    """Where a frame is in its parent.

    Attributes:
        parent: Name of the parent.
        child: Name of the frame.
        translation: x, y, z in the parent (m).
        rotation: From the frame's to the parent's axes.
    """

    parent: str
    child: str
    translation: tuple[float, float, float]
    rotation: Quaternion


def yaw_quaternion(yaw: float) -> Quaternion:
    """Turn to the left about z.

    Args:
        yaw: Radians.
    """
    return 0.0, 0.0, math.sin(yaw / 2.0), math.cos(yaw / 2.0)


def moving_transform(pose: Pose) -> Transform:
    """Place the car in the hall.

    Args:
        pose: Of base_link.
    """
    return Transform(ODOM, BASE, (pose.x, pose.y, 0.0), yaw_quaternion(pose.heading))


def fixed_transforms(camera: Camera, scanner: LaserScanner) -> tuple[Transform, ...]:
    """Place the sensors on the car.

    Args:
        camera: Of the car.
        scanner: Of the car.
    """
    level = yaw_quaternion(0.0)
    down = 0.0, math.sin(camera.pitch / 2.0), 0.0, math.cos(camera.pitch / 2.0)
    return (
        Transform(BASE, CAMERA_LINK, (camera.forward, 0.0, camera.up), down),
        # z of the optical frame along x, its x to the right, its y down.
        Transform(CAMERA_LINK, CAMERA_FRAME, (0.0, 0.0, 0.0), (-0.5, 0.5, -0.5, 0.5)),
        Transform(BASE, LASER, (scanner.forward, 0.0, scanner.up), level),
        Transform(BASE, IMU, (0.0, 0.0, 0.05), level),
    )
