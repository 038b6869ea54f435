# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""RGB to the planes of a video."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.streams.yuv import Yuv420


def planes(image):
    """Return Y, U and V of a picture."""
    height, width = image.shape[:2]
    flat = Yuv420((width, height))(image)
    luma, chroma = flat[:height], flat[height:].reshape(2, height // 2, width // 2)
    return luma, *chroma


@pytest.mark.parametrize(
    ('color', 'expected'),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_the_colours_of_the_standard_have_its_values(color, expected):
    """Black, white and the primaries of BT.709 in limited range."""
    image = np.full((6, 10, 3), color, np.uint8)
    for plane, value in zip(planes(image), expected, strict=True):
        assert np.abs(plane.astype(int) - value).max() <= 1


def _halved(plane):
    """Return the mean of every 2 x 2 pixels."""
    height, width = plane.shape
    return plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))


@pytest.mark.parametrize('size', [(96, 54), (1000, 250)])
def test_every_pixel_is_converted_and_chroma_is_the_mean_of_four(size):
    """Against the formulas in float64, on noise; the larger picture takes several bands."""
    width, height = size
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    red, green, blue = np.moveaxis(image / 255, 2, 0)
    bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    luma = 16 + 219 * bright
    halves = [
        _halved(128 + 224 * (side - bright) / scale)
        for side, scale in ((blue, 1.8556), (red, 1.5748))
    ]
    for plane, exact in zip(planes(image), (luma, *halves), strict=True):
        assert np.abs(plane - exact).max() < 1.5
        assert abs((plane - exact).mean()) < 0.2


def test_nothing_of_one_picture_is_left_in_the_next():
    """The memory is used again."""
    convert = Yuv420((8, 4))
    convert(np.full((4, 8, 3), 255, np.uint8))
    black = convert(np.zeros((4, 8, 3), np.uint8))
    assert (black[:4] == 16).all()
    assert (black[4:] == 128).all()
