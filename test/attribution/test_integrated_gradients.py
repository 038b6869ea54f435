# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Integrated gradients: closed forms, and completeness."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.integrated_gradients import integrated_gradients

RNG = np.random.default_rng(2)
X, BASELINE = RNG.random((2, 5, 7, 3), np.float32)
WEIGHTS = RNG.normal(size=(5, 7, 3))


def linear(pictures):
    """Differentiate a weighted sum."""
    gradients = np.broadcast_to(WEIGHTS, pictures.shape).astype(np.float32)
    return gradients, (pictures * WEIGHTS).sum(axis=(1, 2, 3))


def squashed(pictures):
    """Differentiate a steep tanh of a weighted sum."""
    z = 40 * (pictures * WEIGHTS).sum(axis=(1, 2, 3))
    slope = 40 * (1 - np.tanh(z) ** 2)
    return (slope[:, None, None, None] * WEIGHTS).astype(np.float32), np.tanh(z)


def test_a_linear_number_is_shared_out_exactly():
    """Each pixel gets its weight times its change, with any number of points."""
    for steps in (1, 3, 50):
        found = integrated_gradients(X, BASELINE, linear, steps=steps)
        assert found.values == pytest.approx(((X - BASELINE) * WEIGHTS).sum(axis=2), abs=1e-5)
        assert found.complete
        assert found.steps == steps


def test_the_midpoint_rule_is_exact_for_squares():
    """A gradient that is a straight line needs one point, in the middle."""

    def squares(pictures):
        return 2 * pictures, np.square(pictures, dtype=np.float64).sum(axis=(1, 2, 3))

    for steps in (1, 4):
        found = integrated_gradients(X, BASELINE, squares, steps=steps)
        expected = (X.astype(np.float64) ** 2 - BASELINE.astype(np.float64) ** 2).sum(axis=2)
        assert found.values == pytest.approx(expected, abs=1e-5)
        assert found.steps == steps


def test_the_values_add_up_to_the_change_within_one_per_cent():
    """A number that jumps on the line needs more points, and gets them."""
    found = integrated_gradients(X, BASELINE, squashed, steps=8, most_steps=4096)
    change = squashed(X[None])[1][0] - squashed(BASELINE[None])[1][0]
    assert found.change == pytest.approx(change)
    assert found.steps > 8
    assert abs(found.values.sum() - change) <= 0.01 * abs(change)
    assert found.residual == pytest.approx(change - found.values.sum(dtype=np.float64), abs=1e-6)


def test_where_points_end_the_residual_says_so():
    """The result is not complete, and says what is missing."""
    found = integrated_gradients(X, BASELINE, squashed, steps=2, most_steps=3)
    assert found.steps == 2
    assert not found.complete
    assert abs(found.residual) > 0.01 * abs(found.change)


def test_pixels_like_the_baseline_get_nothing():
    """What does not change cannot have caused the change."""
    x = X.copy()
    x[2] = BASELINE[2]
    values = integrated_gradients(x, BASELINE, squashed).values
    assert not values[2].any()
    assert values[0].any()


def test_a_picture_that_is_the_baseline_has_a_map_of_zeros():
    """No change, nothing missing, no endless doubling."""
    found = integrated_gradients(X, X, squashed)
    assert not found.values.any()
    assert found.complete


def test_batches_stay_small():
    """Many points of a large picture must not be in memory at once."""
    asked = []

    def differentiate(pictures):
        asked.append(len(pictures))
        return linear(pictures)

    integrated_gradients(X, BASELINE, differentiate, steps=50)
    assert max(asked) <= 16
    assert sum(asked) == 52
