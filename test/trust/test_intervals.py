# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bounds against every corner of what can be fed: a weighted sum is extreme in a corner."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from featuremap_ros.trust.intervals import (
    add,
    affine,
    concatenate,
    Interval,
    multiply,
    subtract,
    weigh,
    weigh_grouped,
)


def corners(low, high, taps):
    """Return every picture (taps, C) whose values are each at an end of its channel."""
    ends = [(a, b) for _ in range(taps) for a, b in zip(low, high, strict=True)]
    return np.array(list(itertools.product(*ends))).reshape(-1, taps, len(low))


@pytest.mark.parametrize(
    ('low', 'high'), [((0, 0), (1, 255)), ((-1, -0.5), (1, 2)), ((3, -7), (3, -2))]
)
def test_a_convolution_reaches_its_bounds_and_no_further(rng, low, high):
    """Brute force over 256 corners; the bounds are those, but for the rounding of float32."""
    kernel, bias = rng.normal(size=(2, 2, 2, 5)), rng.normal(size=5)
    sums = np.tensordot(corners(low, high, 4), kernel.reshape(4, 2, 5), 2) + bias
    bounds = weigh(Interval.of(np.array(low), np.array(high)), kernel, bias)
    slack = 1e-5 * np.abs(sums).max()
    assert (bounds.low <= sums.min(axis=0)).all()
    assert (bounds.high >= sums.max(axis=0)).all()
    assert bounds.low == pytest.approx(sums.min(axis=0), abs=slack)
    assert bounds.high == pytest.approx(sums.max(axis=0), abs=slack)


def test_zeros_that_are_padded_in_count(rng):
    """Where each tap may be zero instead, the bounds are those of a wider range."""
    kernel = rng.normal(size=(2, 2, 1, 3))
    x = Interval.of(np.array([2.0]), np.array([3.0]))
    padded = np.concatenate([corners((0,), (3,), 4), corners((2,), (3,), 4)])
    sums = np.tensordot(padded, kernel.reshape(4, 1, 3), 2)
    bounds = weigh(x.with_zero, kernel, None)
    assert (bounds.low <= sums.min(axis=0)).all()
    assert (bounds.high >= sums.max(axis=0)).all()
    assert (weigh(x, kernel, None).high < bounds.high).all()


def test_a_cell_that_sees_a_part_of_the_taps_is_bounded(rng):
    """For every subset of taps, brute force."""
    kernel = rng.normal(size=(2, 2, 1, 3))
    x = Interval.of(np.array([1.0]), np.array([2.0]))
    bounds = weigh(x, kernel, None, partly=True)
    pictures = np.concatenate([corners((0,), (2,), 4), corners((0,), (1,), 4)])
    sums = np.tensordot(pictures, kernel.reshape(4, 1, 3), 2)
    assert bounds.low == pytest.approx(np.minimum(sums.min(axis=0), 0), abs=1e-4)
    assert bounds.high == pytest.approx(np.maximum(sums.max(axis=0), 0), abs=1e-4)


def test_groups_do_not_mix(rng):
    """Each group has the bounds it has alone."""
    kernel, bias = rng.normal(size=(3, 3, 2, 6)), rng.normal(size=6)
    x = Interval.of(np.array([0.0, -1, 5, 5]), np.array([1.0, 1, 6, 9]))
    bounds = weigh_grouped(x, kernel, bias, 2)
    first = weigh(Interval(x.low[:2], x.high[:2]), kernel[..., :3], bias[:3])
    second = weigh(Interval(x.low[2:], x.high[2:]), kernel[..., 3:], bias[3:])
    assert bounds.low == pytest.approx(np.concatenate([first.low, second.low]))
    assert bounds.high == pytest.approx(np.concatenate([first.high, second.high]))


def test_sums_and_products_hold_their_samples(rng):
    """Numbers drawn from two ranges give results within the bounds; the ends are reached."""
    low, high = np.sort(rng.normal(size=(2, 2, 4)), axis=1).swapaxes(0, 1)
    a, b = Interval(low[0], high[0]), Interval(low[1], high[1])
    x, y = (rng.uniform(i.low, i.high, (5000, 4)) for i in (a, b))
    for bounds, values in (
        (add(a, b), x + y),
        (subtract(a, b), x - y),
        (multiply(a, b), x * y),
        (affine(a, -2.0, 3.0), -2 * x + 3),
    ):
        assert (bounds.low <= values.min(axis=0)).all()
        assert (bounds.high >= values.max(axis=0)).all()
        assert bounds.high - bounds.low == pytest.approx(np.ptp(values, axis=0), rel=0.15)


def test_float32_stays_within_the_bounds_of_long_sums(rng):
    """A sum of 4,608 products at a corner, added up in float32 in any order."""
    kernel = rng.normal(size=(3, 3, 512, 4))
    x = Interval.of(0.0, 1.0)
    bounds = weigh(x, kernel, None)
    at_top = (kernel > 0).astype(np.float32)
    terms = (kernel.astype(np.float32) * at_top).reshape(-1, 4)
    for _ in range(5):
        total = np.zeros(4, np.float32)
        for term in terms[rng.permutation(len(terms))]:
            total += term
        assert (total <= bounds.high).all()


def test_what_is_unknown_stays_unknown_unless_it_has_no_weight():
    """Infinity neither turns into NaN nor leaks through weights of zero."""
    kernel = np.zeros((1, 1, 2, 2))
    kernel[..., 1] = 1
    bounds = weigh(Interval.unknown(), kernel, np.array([-3.0, 0.0]))
    assert bounds.low.tolist() == [-3, -np.inf]
    assert bounds.high.tolist() == [-3, np.inf]
    total = add(Interval.unknown(), Interval.of(1, 2))
    assert (total.low, total.high) == (-np.inf, np.inf)


def test_only_what_is_zero_is_always_zero():
    """A filter that can reach anything above zero, or is stuck elsewhere, is not."""
    interval = Interval.of(np.array([0.0, 0, -1, 2]), np.array([0.0, 1e-30, 0, 2]))
    assert interval.always_zero(4).tolist() == [True, False, False, False]
    assert Interval.of(0, 0).always_zero(3).tolist() == [True] * 3
    assert not Interval.unknown().always_zero(3).any()


def test_channels_are_stacked_and_lost_together():
    """Known channels stay apart; where a number of channels is unknown, one range holds all."""
    known = Interval.of(np.array([0.0, 1]), np.array([1.0, 2]))
    assert concatenate([known, known]).high.tolist() == [1, 2, 1, 2]
    mixed = concatenate([known, Interval.of(-5, 0)])
    assert (mixed.low, mixed.high) == (-5, 2)
    assert known.hull.low == 0
    assert known.hull.high == 2
