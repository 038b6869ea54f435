# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole against trigonometry."""

from __future__ import annotations

import math

from in_picture import project
import numpy as np
import pytest

from featuremap_ros.demo.camera import Camera

CAMERA = Camera()
MIDDLE = 119.5


@pytest.mark.parametrize('ahead', [0.2, 0.5, 1.0, 4.0])
def test_a_point_straight_ahead_on_the_floor(ahead):
    """Its row follows from the angle between the line of sight and the floor point."""
    ((column, row),) = project(CAMERA, np.array([[CAMERA.forward + ahead, 0.0, 0.0]]))
    below = math.atan2(CAMERA.up, ahead)
    assert row == pytest.approx(MIDDLE + CAMERA.focal * math.tan(below - CAMERA.pitch))
    assert column == pytest.approx(159.5)


@pytest.mark.parametrize('left', [-0.35, 0.1, 0.35])
def test_a_point_to_the_left_is_left_in_the_picture(left):
    """By focal length * distance to the side / depth along the line of sight."""
    ahead = 0.8
    ((column, _),) = project(CAMERA, np.array([[CAMERA.forward + ahead, left, 0.0]]))
    depth = ahead * math.cos(CAMERA.pitch) + CAMERA.up * math.sin(CAMERA.pitch)
    assert column == pytest.approx(159.5 - CAMERA.focal * left / depth)


def test_the_floor_vanishes_at_the_horizon():
    """A floor point a kilometre away is drawn there."""
    ((_, row),) = project(CAMERA, np.array([[1000.0, 0.0, 0.0]]))
    assert row == pytest.approx(CAMERA.horizon, abs=0.05)


def test_the_homography_agrees_with_the_projection():
    """For points of the floor."""
    points = np.array([[0.7, 0.2], [1.5, -0.9], [3.0, 0.0]])
    homogeneous = np.column_stack([points, np.ones(3)]) @ CAMERA.floor_to_pixels().T
    expected = project(CAMERA, np.column_stack([points, np.zeros(3)]))
    np.testing.assert_allclose(homogeneous[:, :2] / homogeneous[:, 2:], expected)
