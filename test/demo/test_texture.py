# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Smaller versions of a picture show the same things at the same places."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.demo.texture import Texture


@pytest.mark.parametrize('level', [1, 2, 3])
def test_a_level_shows_things_where_its_matrix_says(level):
    """The centre of brightness of a square, in pixels of the level."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[24:40, 56:88] = 255
    drawn = Texture.of(image).levels[level][..., 0].astype(float)
    rows, columns = np.indices(drawn.shape)
    found = np.array([(columns * drawn).sum(), (rows * drawn).sum()]) / drawn.sum()
    expected = Texture.to_level(level) @ [71.5, 31.5, 1.0]
    np.testing.assert_allclose(found, expected[:2], atol=1e-6)


def test_each_level_has_half_the_size():
    """Down to what can still be halved; an odd last row is dropped."""
    shapes = [level.shape[:2] for level in Texture.of(np.zeros((21, 64, 3), np.uint8)).levels]
    assert shapes == [(21, 64), (10, 32), (5, 16), (2, 8)]


@pytest.mark.parametrize(('pixels', 'level'), [(0.2, 0), (1.9, 0), (2.0, 1), (5.0, 2), (99.0, 3)])
def test_the_level_fits_the_sample(pixels, level):
    """The smallest picture whose pixels are not larger than the sample."""
    texture = Texture.of(np.zeros((32, 32, 3), np.uint8), levels=4)
    assert texture.level_for(pixels) == level
