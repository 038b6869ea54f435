# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SmoothGrad, against the mean of gradients at the same noise."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.smoothgrad import smooth_grad

X = np.random.default_rng(5).random((4, 6, 3), np.float32)


def cubic(pictures):
    """Differentiate the sum of cubes."""
    return (3 * np.square(pictures)).astype(np.float32), (pictures**3).sum(axis=(1, 2, 3))


def test_it_is_the_mean_over_the_noise_of_its_seed():
    """The noise is drawn again, one copy at a time."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 0.3, (9, 4, 6, 3))
    expected = np.mean([3 * np.square(X + n) for n in noise], axis=0).sum(axis=2)
    found = smooth_grad(X, cubic, sigma=0.3, copies=9, seed=7)
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_gives_the_same_map():
    """And another seed another one."""
    first, again, other = (
        smooth_grad(X, cubic, sigma=0.3, copies=4, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_all_copies_are_asked_for_at_once():
    """So that they run as one batch."""
    asked = []

    def differentiate(pictures):
        asked.append(len(pictures))
        return cubic(pictures)

    smooth_grad(X, differentiate, sigma=0.1)
    assert asked == [25]


def test_without_noise_it_is_the_saliency():
    """All copies are the picture itself."""
    assert smooth_grad(X, cubic, sigma=0.0, copies=3) == pytest.approx(
        (3 * X**2).sum(axis=2), rel=1e-5
    )


def test_noise_that_cancels_leaves_the_mean_gradient():
    """The sign of a gradient that flips with the noise is averaged out before its size counts."""

    def sign(pictures):
        return np.sign(pictures).astype(np.float32), np.abs(pictures).sum(axis=(1, 2, 3))

    found = smooth_grad(np.zeros((3, 3, 1), np.float32), sign, sigma=1.0, copies=400)
    assert found.max() < 0.25
