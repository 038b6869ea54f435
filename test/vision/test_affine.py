# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Maps between pixel grids."""

from __future__ import annotations

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.vision.affine import Affine, Rect, resize_map

SCALES = st.floats(0.1, 10)
OFFSETS = st.floats(-1000, 1000)
AFFINES = st.builds(Affine, SCALES, SCALES, OFFSETS, OFFSETS)


@given(AFFINES, AFFINES, OFFSETS, OFFSETS)
def test_composition_applies_the_inner_map_first(outer, inner, x, y):
    """Composing two maps is the same as applying one after the other."""
    assert outer.after(inner)(x, y) == pytest.approx(outer(*inner(x, y)), abs=1e-6)


@pytest.mark.parametrize('size', [(40, 24), (7, 5), (160, 33)])
def test_resize_puts_pixel_centres_where_opencv_does(size):
    """The ramp of column numbers, resized by OpenCV, tells where each new column came from."""
    source = (80, 60)
    ramp = np.tile(np.arange(source[0], dtype=np.float32), (source[1], 1))
    resized = cv2.resize(ramp, size, interpolation=cv2.INTER_LINEAR)
    back = resize_map(size, source)
    inner = range(1, size[0] - 1)
    expected = [min(back(column, 0)[0], source[0] - 1) for column in inner]
    assert resized[0, 1:-1] == pytest.approx(expected, abs=0.05)


def test_a_whole_picture_is_a_rectangle_from_half_a_pixel_before_to_half_a_pixel_after():
    """Rounding the rectangle of a whole picture gives its size."""
    assert Rect(-0.5, -0.5, 159.5, 119.5).to_pixels() == (0, 0, 160, 120)


def test_a_rectangle_is_never_rounded_to_nothing():
    """Even a rectangle far smaller than a pixel covers one."""
    x0, y0, x1, y1 = Rect(10.2, 20.2, 10.3, 20.3).to_pixels()
    assert (x1 - x0, y1 - y0) == (1, 1)
