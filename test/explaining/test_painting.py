# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Explanations as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.vision.affine import Affine
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import AxisSampling, Registration, Sampling

GREY = np.full((480, 640, 3), 90, np.uint8)
LEFT, RIGHT = color_table('diverging')[255], color_table('diverging')[1]


def explanation(values, target, *, signed=True):
    """Return a map of 6 x 8 cells over the middle of the picture."""
    place = Registration(Sampling(AxisSampling(80, 40, 60), AxisSampling(100, 50, 80)), Affine())
    raw = RawMap(np.asarray(values, np.float32), place, 'steering', signed)
    return Explanation(raw=raw, method='hirescam', layer='conv', target=target)


def near(picture, color):
    """Return where a picture has about a colour, above the legend."""
    return np.argwhere((np.abs(picture[:400].astype(int) - color) < 25).all(axis=2))


def test_orange_is_left_and_violet_is_right(tiny):
    """At the places of the cells, and nothing where there is no evidence."""
    values = np.zeros((6, 8))
    values[1, 1], values[4, 6] = 0.5, -0.5
    painted = paint_explanation(GREY, explanation(values, tiny.target()))
    left, right = near(painted, LEFT), near(painted, RIGHT)
    assert left.mean(axis=0) == pytest.approx((120, 150), abs=3)
    assert right.mean(axis=0) == pytest.approx((240, 400), abs=3)
    assert (painted[160:200, 250:300] == 90).all()


def test_the_legend_names_the_sides(tiny):
    """Another target has other words, the same map the same heat."""
    values = np.linspace(-1, 1, 48).reshape(6, 8)
    steering, throttle = (
        paint_explanation(GREY, explanation(values, tiny.target(name)))
        for name in ('steering', 'throttle')
    )
    differs = (steering != throttle).any(axis=(1, 2))
    assert differs[440:].any()
    assert not differs[40:440].any()


def test_the_picture_is_not_written_to(tiny):
    """It belongs to the frame."""
    image = GREY.copy()
    paint_explanation(image, explanation(np.ones((6, 8)), tiny.target()))
    assert np.array_equal(image, GREY)


def test_a_map_of_zeros_leaves_the_picture_as_it_is(tiny):
    """No evidence, no heat: only outline, label and legend."""
    painted = paint_explanation(GREY, explanation(np.zeros((6, 8)), tiny.target()))
    assert (painted[62:298, 80:470] == 90).all()


def test_small_pictures_are_enlarged_with_the_heat_in_its_place(tiny):
    """Four times as large, four times as far."""
    values = np.zeros((6, 8))
    values[1, 1] = 1
    small = GREY[:320, :500]
    painted = paint_explanation(small, explanation(values, tiny.target()), least_width=2000)
    assert painted.shape == (1280, 2000, 3)
    spot = np.argwhere((np.abs(painted[:1100].astype(int) - LEFT) < 25).all(axis=2))
    assert spot.mean(axis=0) == pytest.approx((120 * 4 + 1.5, 150 * 4 + 1.5), abs=8)


def test_maps_without_a_sign_have_a_ramp(tiny):
    """From the smallest to the largest value."""
    values = np.zeros((6, 8))
    values[1, 1] = 3
    painted = paint_explanation(GREY, explanation(values, tiny.target(), signed=False))
    hottest = color_table('inferno')[255]
    assert near(painted, hottest).mean(axis=0) == pytest.approx((120, 150), abs=3)
