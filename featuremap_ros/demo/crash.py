# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The scenario "crash": on the demo's track, yellow tape leads the pilot out of its lane."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.faults import Faults
from featuremap_ros.demo.laps import Policy
from featuremap_ros.demo.markings import LINE_WIDTH
from featuremap_ros.demo.race import DEMO_SEED, write_race
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.world import World

CRASH_SEED = DEMO_SEED
"""World of the scenario."""

CRASH_FAULTS = Faults(false_line=True, start=5.0, length=2.5)
"""Where the tape lies: the car meets it in the first lap."""

CRASH_SECONDS = 6.0
"""Length of the record: the car leaves its lane about a second before the end."""


def crash_world() -> World:
    """Build the world: the demo's, and the tape."""
    return World(CRASH_SEED, faults=CRASH_FAULTS)


def write_crash(
    path: str | Path, *, seconds: float = CRASH_SECONDS, policy: Policy | None = None
) -> Path:
    """Record the crash as a bag, like any race.

    Args:
        path: Folder to be made.
        seconds: Length of the record.
        policy: Who drives; the shipped pilot if not given.

    Returns:
        The folder.

    Raises:
        SinkError: The folder exists or cannot be written.
    """
    driver = policy or as_policy(load_autopilot())
    return write_race(path, seconds=seconds, world=crash_world(), policy=driver)


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
