# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Saliency and SmoothGrad on functions whose gradients are known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.saliency import saliency


def test_it_adds_up_the_size_over_the_channels():
    """Signs are lost, and the sum is over the last axis."""
    gradient = np.zeros((3, 5, 2), np.float32)
    gradient[1, 4] = -3, 2
    expected = np.zeros((3, 5))
    expected[1, 4] = 5
    assert np.array_equal(saliency(gradient), expected)
    assert saliency(gradient).dtype == np.float32


def test_no_gradient_is_an_answer():
    """Zeros stay zeros."""
    assert saliency(np.zeros((2, 2, 3), np.float32)) == pytest.approx(0)
