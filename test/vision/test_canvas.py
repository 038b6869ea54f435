# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a picture that a map covers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.canvas import Canvas


@pytest.mark.parametrize(
    ('rect', 'rows', 'columns'),
    [
        (Rect(9.5, 19.5, 1009.5, 519.5), (20, 520), (10, 1010)),
        (Rect(-30.5, -20.5, 1500.5, 900.5), (0, 600), (0, 1200)),
    ],
)
def test_bands_and_untouched_rows_make_up_the_picture(rect, rows, columns):
    """Every row is there once; the painted ones are those of the rectangle in the picture."""
    canvas = Canvas((600, 1200), rect)
    count = np.zeros(600, int)
    for some in canvas.untouched:
        count[some] += 1
    assert not count[slice(*rows)].any()
    for band in canvas.bands:
        count[band.rows] += 1
        assert band.up.shape == band.packed.shape == band.single.shape
        assert band.painted.shape[:2] == band.triple.shape[:2] == band.up.shape
        assert band.up.shape == (len(count[band.rows]), columns[1] - columns[0])
    assert (count == 1).all()
    assert canvas.columns == slice(*columns)
    assert len(canvas.bands) > 1


def test_a_spread_map_is_the_upsampled_one_cut_to_the_picture():
    """The bands below each other are OpenCV's cubic upsampling of the whole map."""
    values = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    canvas = Canvas((300, 500), Rect(-20.5, -10.5, 519.5, 269.5))
    canvas.spread(values)
    whole = cv2.resize(values, (540, 280), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(np.concatenate([band.up for band in canvas.bands]), whole[10:, 20:520])


def test_a_rectangle_outside_the_picture_has_no_bands():
    """All rows stay as they are, once."""
    for rect in (Rect(50, 50, 70, 60), Rect(-20, 2, -5, 10), Rect(3, 30, 9, 40)):
        canvas = Canvas((20, 30), rect)
        assert canvas.bands == []
        assert sum(len(range(20)[rows]) for rows in canvas.untouched) == 20


def test_it_fits_the_same_rectangle_on_pictures_of_one_size():
    """Anything else needs a canvas of its own."""
    rect = Rect(1, 2, 9, 8)
    canvas = Canvas((20, 30), rect)
    assert canvas.fits(np.empty((20, 30, 3), np.uint8), Rect(1, 2, 9, 8))
    assert not canvas.fits(np.empty((21, 30, 3), np.uint8), rect)
    assert not canvas.fits(np.empty((20, 30, 3), np.uint8), Rect(1, 2, 9, 9))
