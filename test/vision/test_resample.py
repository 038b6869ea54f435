# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A map on the network's pixels."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.registration import AxisSampling, Sampling
from featuremap_ros.vision.resample import on_model_pixels

PLACE = Sampling(AxisSampling(5, 4, 9), AxisSampling(6.5, 3, 7))


def test_at_the_centre_of_a_cell_is_the_cell():
    """And half way between two cells their mean."""
    values = np.random.default_rng(0).random((4, 6), np.float32)
    found = on_model_pixels(values, PLACE, (30, 40))
    for row in range(4):
        assert found[5 + 4 * row, 8] == pytest.approx(
            values[row, 0] / 2 + values[row, 1] / 2, abs=0.02
        )
    assert found[7, 11] == pytest.approx(values[:2, 1:3].mean(), abs=0.02)
    assert found.shape == (30, 40)
    assert found.dtype == np.float32


def test_outside_its_rectangle_there_is_nothing():
    """Half a cell beyond the outermost centres."""
    found = on_model_pixels(np.ones((4, 6), np.float32), PLACE, (30, 40))
    rows, columns = np.nonzero(found)
    assert (rows.min(), rows.max()) == (3, 19)
    assert (columns.min(), columns.max()) == (5, 23)
    assert (found[3:20, 5:24] == 1).all()


def test_a_map_of_one_cell_a_pixel_stays_as_it_is():
    """The identity, bit for bit."""
    values = np.random.default_rng(1).normal(size=(9, 13)).astype(np.float32)
    assert np.array_equal(on_model_pixels(values, Sampling(), (9, 13)), values)
