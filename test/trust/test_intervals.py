# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bounds against every corner of what can be fed: a weighted sum is extreme in a corner."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from featuremap_ros.trust.intervals import (
    absolute,
    add,
    averaged,
    concatenate,
    divide,
    either,
    Interval,
    largest,
    multiply,
    negative,
    pieces,
    rising,
    smallest,
    square,
    subtract,
    together,
    valley,
    weigh,
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
    bounds = weigh(x.with_zero, kernel, np.zeros(3))
    assert (bounds.low <= sums.min(axis=0)).all()
    assert (bounds.high >= sums.max(axis=0)).all()
    assert (weigh(x, kernel, np.zeros(3)).high < bounds.high).all()


def test_groups_do_not_mix(rng):
    """Each group has the bounds it has alone."""
    kernel, bias = rng.normal(size=(3, 3, 2, 6)), rng.normal(size=6)
    x = Interval.of(np.array([0.0, -1, 5, 5]), np.array([1.0, 1, 6, 9]))
    bounds = weigh(x, kernel, bias, 2)
    first = weigh(Interval(x.low[:2], x.high[:2]), kernel[..., :3], bias[:3])
    second = weigh(Interval(x.low[2:], x.high[2:]), kernel[..., 3:], bias[3:])
    assert bounds.low == pytest.approx(np.concatenate([first.low, second.low]))
    assert bounds.high == pytest.approx(np.concatenate([first.high, second.high]))


BINARY = [
    (add, np.add),
    (subtract, np.subtract),
    (multiply, np.multiply),
    (divide, np.divide),
    (largest, np.maximum),
    (smallest, np.minimum),
]
UNARY = [
    (absolute, np.abs),
    (negative, np.negative),
    (square, np.square),
    (lambda x: rising(x, np.tanh), np.tanh),
    (lambda x: rising(x, np.exp, error=0.0), np.exp),
    (lambda x: valley(x, lambda v: v * (v + 1), -0.5, error=1.0), lambda v: v * (v + 1)),
]


@pytest.mark.parametrize(('bound', 'compute'), BINARY)
def test_what_becomes_of_two_numbers_holds_its_samples(bound, compute, rng):
    """Numbers drawn from two ranges give results within the bounds; the ends are reached."""
    low, high = np.sort(rng.normal(size=(2, 2, 6)), axis=1).swapaxes(0, 1)
    if compute is np.divide:
        low[1], high[1] = low[1] + 3, high[1] + 3
    a, b = Interval(low[0], high[0]), Interval(low[1], high[1])
    x, y = (rng.uniform(i.low, i.high, (5000, 6)).astype(np.float32) for i in (a, b))
    bounds, values = bound(a, b), compute(x, y)
    assert (bounds.low <= values.min(axis=0)).all()
    assert (bounds.high >= values.max(axis=0)).all()
    assert bounds.high - bounds.low == pytest.approx(np.ptp(values, axis=0), rel=0.15)


@pytest.mark.parametrize(('bound', 'compute'), UNARY)
def test_what_becomes_of_a_number_holds_its_samples(bound, compute, rng):
    """Around zero, and on both sides of it."""
    low, high = np.sort(rng.normal(size=(2, 12)), axis=0)
    x = rng.uniform(low, high, (5000, 12)).astype(np.float32)
    bounds, values = bound(Interval(low, high)), compute(x)
    assert (bounds.low <= values.min(axis=0)).all()
    assert (bounds.high >= values.max(axis=0)).all()
    assert bounds.high - bounds.low == pytest.approx(np.ptp(values, axis=0), rel=0.05, abs=1e-3)


def test_a_quotient_by_what_may_be_zero_is_unknown():
    """Whatever the other number is."""
    below = Interval.of(np.array([-1.0, 0, 1]), np.array([1.0, 2, 2]))
    bounds = divide(Interval.of(1, 2), below)
    assert bounds.bounded.tolist() == [False, False, True]


def test_a_mean_of_many_numbers_stays_within_its_bounds(rng):
    """Added up in float32, of numbers that are nearly alike; the sign is kept."""
    values = rng.uniform(0.999, 1, 4096).astype(np.float32)
    mean = np.add.accumulate(values, dtype=np.float32)[-1] / np.float32(4096)
    bounds = averaged(Interval.of(float(values.min()), float(values.max())), 4096)
    assert bounds.low <= mean <= bounds.high
    assert averaged(Interval.of(0, 1), 9).low == 0
    assert averaged(Interval.of(-1, 0), 9).high == 0


def test_rounding_to_steps_keeps_the_sign(rng):
    """Numbers of a range become multiples of a step, in any direction; zero is one of them."""
    low, high = np.array([-3.3, 0.2, -2.0, 0.0]), np.array([4.4, 0.3, -0.1, 0.0])
    bounds = Interval(low, high).off_by(0.5)
    x = rng.uniform(low, high, (2000, 4))
    for rounding in (np.floor, np.ceil, np.rint):
        kept = np.where(np.sign(rounding(x / 0.5)) * x >= 0, rounding(x / 0.5) * 0.5, 0)
        assert (bounds.low <= kept.min(axis=0)).all()
        assert (bounds.high >= kept.max(axis=0)).all()
    assert bounds.low.tolist() == [-3.8, 0, -2.5, 0]
    assert bounds.high.tolist() == [4.9, 0.8, 0, 0]


def test_pieces_cover_their_interval_without_a_gap(rng):
    """Also where an end is infinite, and where there is only one point."""
    x = Interval.of(np.array([-1e6, -np.inf, 2, 0.3]), np.array([1e6, np.inf, 2, 0.9]))
    parts = pieces(x)
    assert np.array_equal(together(parts).low, x.low)
    assert np.array_equal(together(parts).high, x.high)
    assert np.array_equal(parts.low[1:], parts.high[:-1])
    for value in rng.uniform(-1e6, 1e6, 100):
        assert ((parts.low[:, 0] <= value) & (value <= parts.high[:, 0])).any()
    # Small pieces bound x (1 - x) nearly as it is: a quarter, where the whole would say 0.63.
    alone = multiply(parts, subtract(Interval.of(1, 1), parts))
    assert together(alone).high[3] == pytest.approx(0.25, abs=0.02)
    assert together(alone).low[3] == pytest.approx(0.09, abs=0.02)


def test_float32_stays_within_the_bounds_of_long_sums(rng):
    """A sum of 4,608 products at a corner, added up in float32 in any order."""
    kernel = rng.normal(size=(3, 3, 512, 4))
    x = Interval.of(0.0, 1.0)
    bounds = weigh(x, kernel, np.zeros(4))
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
    assert bounds.low == pytest.approx([-3, -np.inf], rel=1e-6)
    assert bounds.high == pytest.approx([-3, np.inf], rel=1e-6)
    total = add(Interval.unknown(), Interval.of(1, 2))
    assert (total.low, total.high) == (-np.inf, np.inf)


def test_only_what_is_zero_is_always_zero():
    """A filter that can reach anything above zero, or is stuck elsewhere, is not."""
    interval = Interval.of(np.array([0.0, 0, -1, 2]), np.array([0.0, 1e-30, 0, 2]))
    assert interval.always_zero(4).tolist() == [True, False, False, False]
    assert Interval.of(0, 0).always_zero(3).tolist() == [True] * 3
    assert not Interval.unknown().always_zero(3).any()


def test_a_sum_has_a_bound_on_the_side_that_is_bounded():
    """Of what is above 0, however large, the sum is not below the bias."""
    x = Interval.of(np.array([0.0]), np.array([np.inf]))
    bounds = weigh(x, np.ones((3, 1, 1)), np.array([-2.0]))
    assert bounds.low == pytest.approx(-2, rel=1e-5)
    assert bounds.high == np.inf


def test_channels_are_stacked_and_lost_together():
    """Known channels stay apart; where they are mixed, one range holds all."""
    known = Interval.of(np.array([0.0, 1]), np.array([1.0, 2]))
    assert concatenate([known, known]).high.tolist() == [1, 2, 1, 2]
    assert (known.hull.low, known.hull.high) == (0, 2)
    assert known.hull.of_channels(3).high.tolist() == [2, 2, 2]
    mixed = either(known, Interval.of(-5, 0))
    assert mixed.low.tolist() == [-5, -5]
    assert mixed.high.tolist() == [1, 2]
