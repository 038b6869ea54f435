# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where things of the demo's world are in its camera's picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.markings import LINE_WIDTH
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.world import World


def project(camera: Camera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points to pixels.

    Args:
        camera: On the car.
        points: In base_link, (N, 3), metres, in front of the lens.

    Returns:
        Columns and rows, (N, 2), px.
    """
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ camera.projection().T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], np.float64)


def false_line_in_picture(world: World, pose: Pose) -> NDArray[np.bool_]:
    """Say where in the camera's picture the false line is: what an explanation has to find.

    Args:
        world: With a false line.
        pose: Of base_link.

    Returns:
        bool (height, width).
    """
    camera = world.camera
    mask = np.zeros((camera.height, camera.width), bool)
    line = world.faults.tape(world.track)
    if line is None:
        return mask
    first = math.floor(camera.horizon) + 2
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(first, camera.height))
    pixels = np.stack([columns.ravel(), rows.ravel(), np.ones(columns.size)])
    floor = np.linalg.inv(camera.floor_to_pixels()) @ pixels
    seen = (floor[:2] / floor[2]).T
    cosine, sine = math.cos(pose.heading), math.sin(pose.heading)
    middle = (line.points(world.track) - [pose.x, pose.y]) @ np.array(
        [[cosine, -sine], [sine, cosine]]
    )
    away = np.min([np.hypot(*(seen - point).T) for point in middle], axis=0)
    mask[first:] = (away <= LINE_WIDTH / 2.0).reshape(columns.shape)
    return mask
