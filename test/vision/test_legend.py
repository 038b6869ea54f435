# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The legend."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.legend import draw_legend


@pytest.mark.parametrize('size', [(120, 160), (480, 640), (1080, 1920), (300, 200)])
def test_it_fits_into_pictures_of_every_size(size):
    """Both ends of the colours are there, the low one on the left; only the bottom is drawn on."""
    image = np.full((*size, 3), 90, np.uint8)
    draw_legend(image, 'diverging', 'right -0.17', 'left 0.17 steering per unit of the input')
    table = color_table('diverging')
    low = np.nonzero((np.abs(image.astype(int) - table[1]) < 6).all(axis=2))[1]
    high = np.nonzero((np.abs(image.astype(int) - table[255]) < 6).all(axis=2))[1]
    assert low.size
    assert high.size
    assert low.max() < high.min()
    assert (image[: size[0] * 3 // 4] == 90).all()
    assert (image[:, -1] == 90).all()


def test_words_change_the_picture():
    """The two sides are written out."""
    first, second = np.full((2, 480, 640, 3), 90, np.uint8)
    draw_legend(first, 'inferno', 'low 0', 'high 1')
    draw_legend(second, 'inferno', 'low 0', 'high 2')
    assert not np.array_equal(first, second)
