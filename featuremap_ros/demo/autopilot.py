# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped pilot behind the wheel."""

from __future__ import annotations

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.laps import Policy
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.frame import Frame


def load_autopilot() -> Pilot:
    """Open the shipped pilot with its profile."""
    with pilot_path() as path:
        return Pilot.load(path, profile='demo')


def as_policy(pilot: Pilot) -> Policy:
    """Let a pilot drive.

    Args:
        pilot: Decides on an angle, which its profile must allow for.

    Returns:
        From a picture to the steering angle, + to the left (rad).
    """

    def steer(frame: Frame) -> float:
        angle = pilot.forward(frame).steering.angle
        if angle is None:
            raise ValueError('The pilot does not decide on a steering angle.')
        return angle

    return steer
