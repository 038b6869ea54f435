# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The scenario "crash": on the demo's track, yellow tape leads the pilot out of its lane."""

from __future__ import annotations

from pathlib import Path

from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.faults import Faults
from featuremap_ros.demo.laps import Policy
from featuremap_ros.demo.race import DEMO_SEED, write_race
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
