# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion, on linear networks whose curves are known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.faithfulness import area, faithfulness

HEIGHT, WIDTH = 12, 20


@pytest.fixture
def linear():
    """Return weights, a picture, a baseline and the linear score, on a non-square picture."""
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(HEIGHT, WIDTH, 3)) / 255
    pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    hidden = np.full_like(pixels, 128)

    def score(batch):
        return (batch.astype(np.float64) * weights).sum(axis=(1, 2, 3))

    return weights, pixels, hidden, score


def exact(weights, pixels, hidden):
    """The exact attribution of a linear network: each pixel's share of the change."""
    return (weights * (pixels.astype(float) - hidden)).sum(axis=2)


def measure(heat, linear, **options):
    """Measure a map with the usual settings."""
    _, pixels, hidden, score = linear
    options = {'signed': True, 'full_scale': 1.0, **options}
    return faithfulness(heat.astype(np.float32), pixels, hidden, score, **options)


def test_the_curves_are_cumulative_sums(linear):
    """Deleting the pixels of a linear network in order adds up their shares."""
    shares = exact(*linear[:3])
    change = shares.sum()
    steps = 24
    order = np.sort(np.sign(change) * shares.reshape(-1))[::-1]
    per_step = order.size // steps
    expected = np.concatenate([[0], np.cumsum(order)[per_step - 1 :: per_step]]) / abs(change)
    result = measure(shares, linear, steps=steps)
    assert result.deletion == pytest.approx(expected)
    assert result.insertion == pytest.approx(1 - expected)
    assert result.score == pytest.approx(2 * area(expected) - 1)


def test_nothing_beats_the_exact_attribution(linear):
    """Its score is above that of any permutation."""
    shares = exact(*linear[:3])
    best = measure(shares, linear).score
    rng = np.random.default_rng(0)
    others = [
        measure(rng.permutation(shares.reshape(-1)).reshape(shares.shape), linear).score
        for _ in range(20)
    ]
    assert best > max(others)


def test_a_random_map_is_not_trusted(linear):
    """On average over many random maps trust is about 0."""
    rng = np.random.default_rng(1)
    trusts = [measure(rng.random((HEIGHT, WIDTH)), linear).trust for _ in range(40)]
    spread = np.std(trusts) / np.sqrt(len(trusts))
    assert abs(np.mean(trusts)) < 3 * spread + 0.02


def test_the_opposite_of_the_truth_is_distrusted(linear):
    """The exact attribution upside down scores far below chance."""
    assert measure(-exact(*linear[:3]), linear).trust < -0.5


def test_a_signed_map_is_ordered_by_its_sign_and_not_by_its_size():
    """The same heat gives the same score whichever way the network steers."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    hidden = np.zeros_like(pixels)
    weights = rng.normal(size=(HEIGHT, WIDTH, 3)) / 255

    def result(sign):
        def score(batch):
            return sign * (batch.astype(np.float64) * weights).sum(axis=(1, 2, 3))

        heat = sign * (weights * pixels).sum(axis=2)
        return faithfulness(
            heat.astype(np.float32), pixels, hidden, score, signed=True, full_scale=1.0
        )

    assert result(1).score == pytest.approx(result(-1).score)


def test_where_nothing_changes_it_is_undefined(linear):
    """A picture that steers like the baseline says nothing about any map."""
    _, _, hidden, score = linear
    heat = np.ones((HEIGHT, WIDTH), np.float32)
    result = faithfulness(heat, hidden, hidden, score, signed=True, full_scale=1.0)
    assert result is None


def test_it_is_the_same_every_time(linear):
    """Ties are broken by a seeded shuffle; a constant map is as good as chance."""
    constant = np.ones((HEIGHT, WIDTH))
    first, second = measure(constant, linear), measure(constant, linear)
    assert first.score == second.score
    assert first.chance == second.chance


def test_the_pictures_are_not_written_to(linear):
    """Read-only pictures can be measured."""
    weights, pixels, hidden, score = linear
    pixels.setflags(write=False)
    hidden.setflags(write=False)
    assert measure(exact(weights, pixels, hidden), (weights, pixels, hidden, score))
