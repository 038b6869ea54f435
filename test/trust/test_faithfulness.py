# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion, on linear networks whose curves are known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.faithfulness import area, Contest

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


def measure(heat, linear, *, signed=True, **options):
    """Measure a map with the usual settings."""
    _, pixels, hidden, score = linear
    contest = Contest(pixels, hidden, score, **{'full_scale': 1.0, **options})
    return contest.measure(heat.astype(np.float32), signed=signed)


def test_the_curves_are_cumulative_sums(linear):
    """Deleting the pixels of a linear network in order adds up their shares."""
    shares = exact(*linear[:3])
    change = shares.sum()
    steps = 24
    order = np.sort(np.sign(change) * shares.reshape(-1))[::-1]
    per_step = order.size // steps
    expected = np.concatenate([[0], np.cumsum(order)[per_step - 1 :: per_step]]) / abs(change)
    result = measure(shares, linear, steps=steps)
    assert result.curves.deletion == pytest.approx(expected)
    assert result.curves.insertion == pytest.approx(1 - expected)
    assert result.curves.score == pytest.approx(2 * area(expected) - 1)


def test_an_exact_attribution_is_hard_to_beat(linear):
    """On a linear network with both signs it scores close to the most there is, and over 0.95."""
    assert measure(exact(*linear[:3]), linear).curves.score > 0.95


def test_the_probability_of_a_class_is_shown_as_it_is(linear):
    """Deletion lowers it along the cumulative sums; insertion area less deletion area counts."""
    weights, pixels, hidden, _ = linear
    shares = exact(weights, pixels, hidden)
    scale = 0.3 / np.abs(shares.sum())

    def probability(batch):
        return 0.5 + scale * ((batch.astype(float) - hidden) * weights).sum(axis=(1, 2, 3))

    order = scale * np.sort(shares.reshape(-1))[::-1]
    lost = np.concatenate([[0], np.cumsum(order)[9::10]])
    result = measure(
        shares, (weights, pixels, hidden, probability), steps=24, full_scale=1.0, probability=True
    )
    start = 0.5 + lost[-1]
    assert result.curves.deletion == pytest.approx(start - lost)
    assert result.curves.insertion == pytest.approx(0.5 + lost)
    assert result.curves.score == pytest.approx(2 * area(lost) + 0.5 - start)
    assert result.trust > 0


def test_a_probability_is_never_undefined(linear):
    """Where the baseline is as probable, curves may still rise and fall between."""
    _, _, hidden, score = linear
    contest = Contest(hidden, hidden, score, full_scale=1.0, probability=True)
    assert contest.defined
    assert contest.measure(np.ones((HEIGHT, WIDTH), np.float32), signed=True).trust == 0


def test_random_orders_are_scored_once_for_all_maps(linear):
    """They cost most, and they are the same for every map of a picture and a baseline."""
    weights, pixels, hidden, score = linear
    asked = []

    def counting(batch):
        asked.append(len(batch))
        return score(batch)

    contest = Contest(pixels, hidden, counting, full_scale=1.0)
    contest.measure(weights.sum(axis=2).astype(np.float32), signed=True)
    # The ends; 19 pictures between them each way, for the map and five random orders.
    assert sum(asked) == 2 + 2 * 19 * 6
    contest.measure(weights.max(axis=2).astype(np.float32), signed=True)
    assert sum(asked) == 2 + 2 * 19 * 7


def test_nothing_beats_the_exact_attribution(linear):
    """Its score is above that of any permutation."""
    shares = exact(*linear[:3])
    best = measure(shares, linear).curves.score
    rng = np.random.default_rng(0)
    others = [
        measure(rng.permutation(shares.reshape(-1)).reshape(shares.shape), linear).curves.score
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
        return Contest(pixels, hidden, score, full_scale=1.0).measure(
            heat.astype(np.float32), signed=True
        )

    assert result(1).curves.score == pytest.approx(result(-1).curves.score)
    assert result(1).curves.score > 0.9


def test_where_nothing_changes_it_is_undefined(linear):
    """A picture that steers like the baseline says nothing about any map."""
    _, _, hidden, score = linear
    heat = np.ones((HEIGHT, WIDTH), np.float32)
    contest = Contest(hidden, hidden, score, full_scale=1.0)
    assert not contest.defined
    assert contest.measure(heat, signed=True) is None


@pytest.mark.parametrize(('share', 'defined'), [(0.019, False), (0.021, True), (-0.021, True)])
def test_two_percent_of_full_scale_are_something_to_explain(share, defined):
    """Of a score from -1 to 1."""
    picture, hidden = np.full((4, 5, 1), 1, np.uint8), np.zeros((4, 5, 1), np.uint8)

    def score(batch):
        return 2 * share * batch.mean(axis=(1, 2, 3))

    assert Contest(picture, hidden, score, full_scale=2.0).defined is defined


def test_it_is_the_same_every_time(linear):
    """Ties are broken by a seeded shuffle; a constant map is as good as chance."""
    constant = np.ones((HEIGHT, WIDTH))
    first, second = measure(constant, linear), measure(constant, linear)
    assert first.curves.score == second.curves.score
    assert first.chance.score == second.chance.score
    assert measure(constant, linear, seed=1).curves.score != first.curves.score


def test_the_pictures_are_not_written_to(linear):
    """Read-only pictures can be measured."""
    weights, pixels, hidden, score = linear
    pixels.setflags(write=False)
    hidden.setflags(write=False)
    assert measure(exact(weights, pixels, hidden), (weights, pixels, hidden, score))
