# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The car and where it has been, as viewers draw them: markers and a path."""

from __future__ import annotations

from collections.abc import Iterable
import math
from typing import Any

import numpy as np
from rosbags.typesys.stores import ros2_jazzy as ros

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.messages import header
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.transforms import BASE, ODOM, Quaternion, yaw_quaternion

WHEEL_RADIUS = 0.05
"""Of all four wheels (m)."""

_WHEEL_WIDTH = 0.04
_BODY = (0.36, 0.12, 0.06)
_ARROW = (0.35, 0.03, 0.03)
_RUBBER, _PAINT = (0.15, 0.15, 0.15, 1.0), (0.85, 0.87, 0.9, 0.9)
# The colours of left and right are those of the overlays and of the report.
_LEFT, _RIGHT = (0.90, 0.38, 0.0, 1.0), (0.37, 0.24, 0.60, 1.0)

Marker = ros.visualization_msgs__msg__Marker


def car_markers(car: Car, state: CarState) -> ros.visualization_msgs__msg__MarkerArray:
    """Draw body, wheels and steering in base_link.

    The front wheels stand as they are steered. The arrow points where the car turns, orange to
    the left and violet to the right.

    Args:
        car: Its measures.
        state: Its motion.
    """
    side = car.track_width / 2.0
    left, right = car.wheel_angles(state.steering)
    places = (
        ('rear left wheel', 0.0, side, 0.0),
        ('rear right wheel', 0.0, -side, 0.0),
        ('front left wheel', car.wheelbase, side, left),
        ('front right wheel', car.wheelbase, -side, right),
    )
    wheels = [
        _marker(
            name,
            Marker.CYLINDER,
            state.stamp_ns,
            at=(x, y, WHEEL_RADIUS),
            turned=_lying(angle),
            scale=(2.0 * WHEEL_RADIUS, 2.0 * WHEEL_RADIUS, _WHEEL_WIDTH),
            color=_RUBBER,
        )
        for name, x, y, angle in places
    ]
    body = _marker(
        'body',
        Marker.CUBE,
        state.stamp_ns,
        at=(car.wheelbase / 2.0, 0.0, WHEEL_RADIUS + _BODY[2] / 2.0),
        turned=yaw_quaternion(0.0),
        scale=_BODY,
        color=_PAINT,
    )
    steering = _marker(
        'steering',
        Marker.ARROW,
        state.stamp_ns,
        at=(car.wheelbase, 0.0, 3.0 * WHEEL_RADIUS),
        turned=yaw_quaternion(state.steering),
        scale=_ARROW,
        color=_LEFT if state.steering >= 0.0 else _RIGHT,
    )
    drawn: list[Any] = [body, *wheels, steering]
    return ros.visualization_msgs__msg__MarkerArray(markers=drawn)


def path(way: Iterable[Pose], stamp_ns: int) -> ros.nav_msgs__msg__Path:
    """Make a path of where the car has been.

    Args:
        way: Of base_link, oldest first.
        stamp_ns: Now (ns).
    """
    poses = [
        ros.geometry_msgs__msg__PoseStamped(
            header=header(stamp_ns, ODOM),
            pose=_pose((pose.x, pose.y, 0.0), yaw_quaternion(pose.heading)),
        )
        for pose in way
    ]
    return ros.nav_msgs__msg__Path(header=header(stamp_ns, ODOM), poses=poses)


def _marker(
    name: str,
    kind: int,
    stamp_ns: int,
    *,
    at: tuple[float, float, float],
    turned: Quaternion,
    scale: tuple[float, float, float],
    color: tuple[float, float, float, float],
) -> Marker:
    """Make a marker that stays until the next one of its name, and moves with the car."""
    nothing = ros.sensor_msgs__msg__CompressedImage(
        header=header(0, ''), format='', data=np.zeros(0, np.uint8)
    )
    return Marker(
        header=header(stamp_ns, BASE),
        ns=name,
        id=0,
        type=kind,
        action=Marker.ADD,
        pose=_pose(at, turned),
        scale=ros.geometry_msgs__msg__Vector3(*scale),
        color=ros.std_msgs__msg__ColorRGBA(*color),
        lifetime=ros.builtin_interfaces__msg__Duration(0, 0),
        frame_locked=True,
        points=[],
        colors=[],
        texture_resource='',
        texture=nothing,
        uv_coordinates=[],
        text='',
        mesh_resource='',
        mesh_file=ros.visualization_msgs__msg__MeshFile(filename='', data=np.zeros(0, np.uint8)),
        mesh_use_embedded_materials=False,
    )


def _lying(yaw: float) -> Quaternion:
    """Turn a cylinder, which stands on its end, on its rim, and then by yaw to the left."""
    half = math.sqrt(0.5)
    cosine, sine = math.cos(yaw / 2.0), math.sin(yaw / 2.0)
    return half * cosine, half * sine, half * sine, half * cosine


def _pose(at: tuple[float, float, float], turned: Quaternion) -> ros.geometry_msgs__msg__Pose:
    return ros.geometry_msgs__msg__Pose(
        position=ros.geometry_msgs__msg__Point(*at),
        orientation=ros.geometry_msgs__msg__Quaternion(*turned),
    )
