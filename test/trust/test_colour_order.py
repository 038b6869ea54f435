# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of colours is decided where there is evidence, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.colour_order import colour_order, Verdict


def pair(rng, better, *, noise=0.1, count=100, level=0.5):
    """Return what both orders score, the first better by so much."""
    first = level + better / 2 + noise * rng.normal(size=count)
    second = level - better / 2 + noise * rng.normal(size=count)
    return first, second


def test_a_clear_difference_decides(rng):
    """More confidence, or less error, as they are or swapped."""
    clear, reverse = pair(rng, 0.3), pair(rng, -0.3)
    assert colour_order(confidences=clear).verdict is Verdict.RIGHT
    assert colour_order(confidences=reverse).verdict is Verdict.SWAPPED
    assert colour_order(errors=reverse).verdict is Verdict.RIGHT
    assert colour_order(errors=clear).verdict is Verdict.SWAPPED


def test_the_driver_outweighs_the_confidence(rng):
    """A network may be surer of itself with the wrong colours."""
    order = colour_order(errors=pair(rng, 0.3), confidences=pair(rng, 0.3))
    assert order.verdict is Verdict.SWAPPED
    assert [evidence.kind for evidence in order.evidence] == ['error', 'confidence']
    assert order.evidence[1].verdict is Verdict.RIGHT
    doubtful = colour_order(errors=pair(rng, 0.0), confidences=pair(rng, 0.3))
    assert doubtful.verdict is Verdict.UNDECIDED


def test_a_small_difference_decides_nothing_however_sure(rng):
    """0.533 against 0.529 on ten thousand frames."""
    order = colour_order(confidences=pair(rng, -0.004, noise=0.001, count=10_000))
    (evidence,) = order.evidence
    assert evidence.interval[1] < 0
    assert order.verdict is Verdict.UNDECIDED


def test_few_frames_decide_nothing(rng):
    """However clear they look."""
    assert colour_order(confidences=pair(rng, 0.5, count=19)).verdict is Verdict.UNDECIDED
    assert colour_order(confidences=pair(rng, 0.5, count=20)).verdict is Verdict.RIGHT


def test_frames_that_are_alike_do_not_count_twice(rng):
    """Ten moments decide nothing, also where each was filmed 40 times."""
    moments = rng.permutation(np.linspace(-0.3, 0.55, 10))
    alike = np.repeat(moments, 40)
    order = colour_order(confidences=(0.5 + alike, np.full(400, 0.5)))
    assert order.verdict is Verdict.UNDECIDED
    mixed = rng.permutation(alike)
    assert colour_order(confidences=(0.5 + mixed, np.full(400, 0.5))).verdict is Verdict.RIGHT


def test_without_evidence_nothing_is_decided():
    """A regression without a driver."""
    order = colour_order()
    assert order.evidence == ()
    assert order.verdict is Verdict.UNDECIDED


def test_the_figures_are_reported(rng):
    """Means of both, and the interval around their difference."""
    first, second = pair(rng, 0.2)
    (evidence,) = colour_order(confidences=(first, second)).evidence
    assert evidence.as_is == pytest.approx(first.mean())
    assert evidence.swapped == pytest.approx(second.mean())
    low, high = evidence.interval
    assert low < first.mean() - second.mean() < high


def test_the_axionaut_model_is_no_surer_of_its_own_colours(shared_data):
    """By confidence alone its race is undecided: 0.529 as they are, 0.533 swapped."""
    golden = np.load(shared_data / 'axionaut' / 'golden.npz')
    confidences = tuple(golden[name].max(axis=1).astype(float) for name in ('p_rgb', 'p_bgr'))
    order = colour_order(confidences=confidences)
    (evidence,) = order.evidence
    assert (evidence.as_is, evidence.swapped) == pytest.approx((0.529, 0.533), abs=5e-4)
    assert order.verdict is Verdict.UNDECIDED
