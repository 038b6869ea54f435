# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Kernels as pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.attribution.kernels import kernel_pictures
from featuremap_ros.errors import UnsupportedError

WEIGHTS = np.random.default_rng(0).normal(size=(5, 3, 3, 4)).astype(np.float32)


def test_no_weight_is_grey_and_the_largest_is_full():
    """One scale for all filters."""
    weights = np.zeros((2, 2, 3, 2), np.float32)
    weights[0, 1, 2, 0] = 0.5
    weights[1, 0, 0, 1] = -2
    drawn = kernel_pictures(weights, 'rgb')
    assert drawn.shape == (2, 2, 2, 3)
    assert drawn[0, 0, 0].tolist() == [128, 128, 128]
    assert drawn[1, 1, 0].tolist() == [0, 128, 128]
    assert drawn[0, 0, 1].tolist() == [128, 128, round(127.5 + 127.5 / 4)]


def test_blue_first_is_turned_round():
    """The pictures are RGB."""
    turned = kernel_pictures(np.ascontiguousarray(WEIGHTS[:, :, ::-1]), 'bgr')
    assert np.array_equal(turned, kernel_pictures(WEIGHTS, 'rgb'))


def test_yuv_kernels_show_the_weights_that_red_green_and_blue_would_have():
    """The response to a change of colour, through OpenCV's conversion, is the same."""
    weights = np.zeros((1, 1, 3, 1), np.float32)
    weights[0, 0, :, 0] = 0.5, -0.3, 0.8
    drawn = kernel_pictures(weights, 'yuv')[0, 0, 0].astype(float) - 127.5
    base = np.full((1, 1, 3), 0.5, np.float32)
    responses = []
    for channel in range(3):
        changed = base.copy()
        changed[..., channel] += 0.1
        change = cv2.cvtColor(changed, cv2.COLOR_RGB2YUV) - cv2.cvtColor(base, cv2.COLOR_RGB2YUV)
        responses.append(float(change[0, 0] @ weights[0, 0, :, 0]))
    expected = np.array(responses) / np.abs(responses).max() * 127.5
    assert drawn == pytest.approx(expected, abs=1.5)


def test_a_grey_camera_has_grey_kernels():
    """One channel is shown in all three."""
    drawn = kernel_pictures(WEIGHTS[:, :, :1], 'gray')
    assert drawn.shape == (4, 5, 3, 3)
    assert (drawn[..., 0] == drawn[..., 2]).all()


def test_a_layer_without_weights_is_grey():
    """No division by zero."""
    assert (kernel_pictures(np.zeros_like(WEIGHTS), 'rgb') == 128).all()


def test_kernels_that_do_not_read_a_picture_are_refused():
    """What could be done instead is said."""
    with pytest.raises(UnsupportedError, match=r'reads 24 channels. Maximise'):
        kernel_pictures(np.zeros((3, 3, 24, 8), np.float32), 'rgb')
