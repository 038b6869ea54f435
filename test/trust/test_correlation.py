# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""NumPy's correlation, and that of ranks, where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.correlation import correlation, rank_correlation


def test_it_is_that_of_numpy(rng):
    """Of series, and of maps of any shape, value by value."""
    a = rng.random((7, 9))
    b = a + rng.random((7, 9))
    expected = np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1]
    assert correlation(a, b) == pytest.approx(expected)
    assert correlation(a, -3 * a + 5) == pytest.approx(-1)


@pytest.mark.parametrize('value', [0, 0.1, 1e6 + 0.1])
def test_a_constant_has_none(rng, value):
    """On either side, and no number that rounding makes up."""
    constant, other = np.full(1000, value), rng.random(1000)
    assert correlation(constant, other) is None
    assert correlation(other, constant) is None


def test_ranks_know_only_the_order(rng):
    """The textbook's formula without ties; any growing function changes nothing."""
    a, b = rng.random((2, 6, 8))
    d = np.argsort(np.argsort(a.reshape(-1))) - np.argsort(np.argsort(b.reshape(-1)))
    expected = 1 - 6 * (d**2).sum() / (48 * (48**2 - 1))
    assert rank_correlation(a, b) == pytest.approx(expected)
    assert rank_correlation(np.exp(9 * a), -b) == pytest.approx(-expected)


def test_equal_values_share_their_ranks():
    """1, 2.5, 2.5, 4 beside 1, 2, 3, 4: worked out by hand."""
    ties = np.array([[0, 7], [7, 9]])
    assert rank_correlation(ties, np.array([[1, 2], [3, 4]])) == pytest.approx(4.5 / 22.5**0.5)


def test_what_rounding_leaves_of_a_constant_has_no_order(rng):
    """Undefined, as for the values themselves."""
    nearly = 1 + 1e-9 * rng.random(1000)
    assert rank_correlation(nearly, rng.random(1000)) is None
