# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM and HiResCAM on arrays, against the formulas written out as loops."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.gradcam import grad_cam
from featuremap_ros.attribution.hirescam import hires_cam


@pytest.fixture
def maps():
    """Return an activation and a gradient, 4 x 7 cells of 5 channels."""
    rng = np.random.default_rng(0)
    return rng.random((4, 7, 5), np.float32), rng.normal(size=(4, 7, 5)).astype(np.float32)


def test_grad_cam_weighs_channels_with_their_mean_gradient(maps):
    """Cell by cell in Python numbers."""
    activation, gradient = maps
    for row, column in ((0, 0), (3, 6), (1, 4)):
        expected = sum(
            float(gradient[..., k].astype(np.float64).mean()) * float(activation[row, column, k])
            for k in range(5)
        )
        assert grad_cam(activation, gradient)[row, column] == pytest.approx(expected, rel=1e-5)


def test_hires_cam_multiplies_cell_by_cell(maps):
    """Cell by cell in Python numbers."""
    activation, gradient = maps
    for row, column in ((0, 0), (3, 6), (1, 4)):
        expected = sum(
            float(gradient[row, column, k]) * float(activation[row, column, k]) for k in range(5)
        )
        assert hires_cam(activation, gradient)[row, column] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize('cam', [grad_cam, hires_cam])
def test_a_number_with_the_opposite_sign_has_the_opposite_map(maps, cam):
    """One backward pass explains left and right."""
    activation, gradient = maps
    assert np.array_equal(cam(activation, -gradient), -cam(activation, gradient))


@pytest.mark.parametrize('cam', [grad_cam, hires_cam])
def test_no_evidence_is_an_answer(maps, cam):
    """Zero activations or gradients give zeros, not NaN."""
    activation, gradient = maps
    assert not cam(np.zeros_like(activation), gradient).any()
    assert not cam(activation, np.zeros_like(gradient)).any()


def test_only_hires_cam_keeps_where_the_gradient_was(maps):
    """Where left and right cells pull against each other, the mean gradient is zero."""
    activation, gradient = np.ones_like(maps[0]), np.ones_like(maps[1])
    gradient[:, 4:] *= -1
    gradient[:, 3] = 0
    assert not grad_cam(activation, gradient).any()
    hires = hires_cam(activation, gradient)
    assert (hires[:, :3] > 0).all()
    assert (hires[:, 4:] < 0).all()
