# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Flicker is one minus NumPy's correlation, where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.flicker import flicker


def test_it_is_one_minus_the_correlation(rng):
    """Of all values of two maps that have something in common."""
    a = rng.random((7, 9)).astype(np.float32)
    b = (a + rng.random((7, 9))).astype(np.float32)
    expected = 1 - np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1]
    assert flicker(a, b) == pytest.approx(expected, abs=1e-6)


def test_brighter_is_not_other(rng):
    """A map that only changes its scale does not flicker; its negative does as much as can be."""
    a = rng.random((7, 9)).astype(np.float32)
    assert flicker(a, 3 * a + 5) == pytest.approx(0, abs=1e-6)
    assert flicker(a, -a) == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize('value', [0, 0.1, 1e6 + 0.1])
def test_a_constant_map_has_no_flicker(rng, value):
    """Undefined, on either side, and no number that rounding makes up."""
    constant, other = np.full((7, 9), value, np.float32), rng.random((7, 9))
    assert flicker(constant, other) is None
    assert flicker(other, constant) is None
    assert flicker(constant, constant) is None


def test_pictures_can_be_compared(rng):
    """Bytes do not overflow."""
    a = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    b = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    expected = 1 - np.corrcoef(a.reshape(-1).astype(float), b.reshape(-1).astype(float))[0, 1]
    assert flicker(a, b) == pytest.approx(expected)
