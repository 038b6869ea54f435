# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A map on the pixels of the network, and of the camera."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.affine import Affine
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import AxisSampling, Registration, Sampling
from featuremap_ros.vision.resample import on_camera_pixels, on_model_pixels

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


def test_a_map_lies_where_its_cells_belong_on_the_camera():
    """Cell (row 2, column 3) of a network behind a crop and a resize; beyond it is nothing."""
    values = np.zeros((4, 6), np.float32)
    values[2, 3] = 1
    # The camera is 64 x 48; 16 rows are cut off, and two of its pixels are one of the network's.
    place = Registration(
        Sampling(AxisSampling(2, 4, 9), AxisSampling(3, 5, 7)), Affine(2, 2, 0.5, 16.5)
    )
    found = on_camera_pixels(RawMap(values, place, 'activation'), (48, 64))
    assert found.shape == (48, 64)
    row, column = np.unravel_index(np.nanargmax(found), found.shape)
    assert (row, column) == (round(2 * 10 + 16.5), round(2 * 18 + 0.5))
    covered = np.isfinite(found)
    assert np.flatnonzero(covered.any(axis=1)).tolist() == list(range(17, 48))
    assert np.flatnonzero(covered.any(axis=0)).tolist() == list(range(2, 62))


def test_large_pictures_get_a_coarse_grid():
    """The same for all maps of one camera."""
    values = np.random.default_rng(0).random((4, 6), np.float32)
    place = Registration(Sampling(AxisSampling(0, 1), AxisSampling(0, 1)), Affine(320, 270))
    found = on_camera_pixels(RawMap(values, place, 'activation'), (1080, 1920))
    assert found.shape == (90, 160)
