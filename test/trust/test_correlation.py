# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""NumPy's correlation, where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.correlation import correlation


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
