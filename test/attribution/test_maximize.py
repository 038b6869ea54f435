# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Activation maximisation where the best picture is known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.maximize import maximize
from featuremap_ros.errors import UnsupportedError

WEIGHTS = np.random.default_rng(4).normal(size=(7, 9, 3))
PLAIN = {'jitter': 0, 'rotation': 0.0, 'total_variation': 0.0, 'sparsity': 0.0}


def linear(pictures):
    """Differentiate one unit of a convolution that covers the whole picture."""
    gradients = np.broadcast_to(WEIGHTS, pictures.shape).astype(np.float32)
    return gradients, (pictures * WEIGHTS).sum(axis=(1, 2, 3))


@pytest.mark.parametrize(('low', 'high'), [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_a_linear_unit_is_driven_most_by_the_corners_of_the_box(low, high):
    """Where a weight is positive the picture is white, elsewhere black."""
    found = maximize(linear, (7, 9, 3), low=low, high=high, **PLAIN)
    expected = np.where(WEIGHTS > 0, high, low)
    assert found.x == pytest.approx(expected)
    assert found.score == pytest.approx((expected * WEIGHTS).sum(), rel=1e-5)
    assert found.score > found.noise_score


def test_it_repeats_itself_and_stays_in_the_box():
    """All randomness comes from the seed."""
    first, again, other = (
        maximize(linear, (7, 9, 3), low=0, high=1, steps=30, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert first.x.min() >= 0
    assert first.x.max() <= 1
    assert first.x.dtype == np.float32


def test_the_penalties_do_what_they_are_for():
    """Total variation evens neighbours out; sparsity leaves unneeded pixels in the middle."""
    weights = np.zeros((16, 20, 3))
    weights[4:8, 5:9] = 1

    def spot(pictures):
        gradients = np.broadcast_to(weights, pictures.shape).astype(np.float32)
        return gradients, (pictures * weights).sum(axis=(1, 2, 3))

    still = {'jitter': 0, 'rotation': 0.0}
    rough = maximize(spot, (16, 20, 3), low=0, high=1, **PLAIN)
    sparse = maximize(spot, (16, 20, 3), low=0, high=1, total_variation=0, sparsity=0.3, **still)
    even = maximize(spot, (16, 20, 3), low=0, high=1, total_variation=0.3, sparsity=0, **still)
    outside = weights == 0
    assert np.abs(sparse.x - 0.5)[outside].mean() < np.abs(rough.x - 0.5)[outside].mean() / 4
    assert sparse.x[5, 6] == pytest.approx(1)

    def variation(x):
        return np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean()

    assert variation(even.x) < variation(rough.x) / 2


def test_jitter_is_taken_back_for_the_gradient():
    """A number that pushes the brightest pixel, wherever it was shifted, pushes one pixel."""

    def brightest(pictures):
        gradients = np.zeros_like(pictures)
        for gradient, picture in zip(gradients, pictures, strict=True):
            gradient.reshape(-1)[picture.argmax()] = 1
        return gradients, pictures.max(axis=(1, 2, 3)).astype(np.float64)

    still = {'rotation': 0.0, 'total_variation': 0.0, 'sparsity': 0.0}
    found = maximize(brightest, (24, 32, 1), low=0, high=1, jitter=4, **still)
    assert np.count_nonzero(found.x > 0.95) == 1
    assert found.score == 1


def test_shaking_does_not_move_the_result():
    """What is driven lies around the weights, smeared by the jitter to all sides alike."""
    weights = np.zeros((24, 32, 1))
    weights[6:12, 18:26] = 1

    def spot(pictures):
        gradients = np.broadcast_to(weights, pictures.shape).astype(np.float32)
        return gradients, (pictures * weights).sum(axis=(1, 2, 3))

    found = maximize(spot, (24, 32, 1), low=0, high=1, sparsity=0.1)
    driven = found.x[..., 0] - 0.5
    rows, columns = np.indices(driven.shape)
    assert (rows * driven).sum() / driven.sum() == pytest.approx(8.5, abs=0.7)
    assert (columns * driven).sum() / driven.sum() == pytest.approx(21.5, abs=0.7)


def test_a_dead_filter_is_named_instead_of_drawn():
    """There is nothing to climb."""

    def dead(pictures):
        return np.zeros_like(pictures), np.zeros(len(pictures))

    with pytest.raises(UnsupportedError, match=r'gradient is zero everywhere.*filter is dead'):
        maximize(dead, (7, 9, 3), low=0, high=1)
