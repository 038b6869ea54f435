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
    ('rect', 'inside', 'margins'),
    [
        (Rect(9.5, 19.5, 1009.5, 519.5), np.s_[20:520, 10:1010], 4),
        (Rect(-30.5, -20.5, 1009.5, 519.5), np.s_[0:520, 0:1010], 2),
        (Rect(-30.5, -20.5, 1500.5, 900.5), np.s_[0:600, 0:1200], 0),
    ],
)
def test_inside_and_margins_make_up_the_picture(rect, inside, margins):
    """Every pixel is there once; those inside are those of the rectangle in the picture."""
    canvas = Canvas((600, 1200), rect)
    count = np.zeros((600, 1200), int)
    for margin in canvas.margins:
        count[margin] += 1
    assert not count[inside].any()
    assert canvas.inside == inside
    count[canvas.inside] += 1
    assert (count == 1).all()
    assert len(canvas.margins) == margins


def test_a_spread_map_is_the_upsampled_one_cut_to_the_picture():
    """OpenCV's cubic upsampling of the whole map, less what lies outside."""
    values = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    canvas = Canvas((300, 500), Rect(-20.5, -10.5, 519.5, 269.5))
    whole = cv2.resize(values, (540, 280), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(canvas.spread(values), whole[10:, 20:520])


def test_a_rectangle_outside_the_picture_has_no_inside():
    """All pixels stay as they are, once."""
    for rect in (Rect(50, 50, 70, 60), Rect(-20, 2, -5, 10), Rect(3, 30, 9, 40)):
        canvas = Canvas((20, 30), rect)
        count = np.zeros((20, 30), int)
        assert count[canvas.inside].size == 0
        assert canvas.spread(np.zeros((2, 2), np.uint8)).size == 0
        for margin in canvas.margins:
            count[margin] += 1
        assert (count == 1).all()


def test_it_fits_the_same_rectangle_on_pictures_of_one_size():
    """Anything else needs a canvas of its own."""
    rect = Rect(1, 2, 9, 8)
    canvas = Canvas((20, 30), rect)
    assert canvas.fits(np.empty((20, 30, 3), np.uint8), Rect(1, 2, 9, 8))
    assert not canvas.fits(np.empty((21, 30, 3), np.uint8), rect)
    assert not canvas.fits(np.empty((20, 30, 3), np.uint8), Rect(1, 2, 9, 9))
