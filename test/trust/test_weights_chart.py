# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The chart of shuffled weights shows every method, on the way and at the end."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.plot import style_of
from featuremap_ros.trust.trust_chart import Score
from featuremap_ros.trust.weights_chart import draw_weights, Remains

FALLS = Remains('falls', [(0, 1.0), (2, 0.1), (4, 0.0)], Score(0.0, (-0.1, 0.1)), 0.05)
STAYS = Remains('stays', [(2, 1.0), (4, 0.9)], Score(0.9, (0.85, 0.95)), 0.95)


def places(picture, index):
    """Return rows and columns in the colour of the nth method."""
    return np.nonzero((picture == style_of(index)[0]).all(axis=2))


def test_the_way_goes_down_and_the_end_lies_at_its_value():
    """What stays is higher at the left and further right at the right."""
    picture = draw_weights([FALLS, STAYS], 4, (0.5, 0.8))
    (down, x), (up, y) = places(picture, 0), places(picture, 1)
    assert down[x < 460].max() > up[y < 460].max() + 150
    assert x.max() + 100 < y.max() < picture.shape[1] - 100


def test_a_way_begins_where_the_method_can_see_the_weights():
    """Not before."""
    picture = draw_weights([FALLS, STAYS], 4, (0.5, 0.8))
    assert places(picture, 0)[1].min() < 80
    assert places(picture, 1)[1].min() > 230


@pytest.mark.parametrize('count', [0, 1, 40])
def test_any_number_of_methods_fits(count):
    """Long names, too; what is undefined is a word."""
    nothing = Remains('a_method_with_a_name/a_layer_with_a_long_name', [(0, 1.0)], None, None)
    picture = draw_weights([nothing] * count, 1, (0.5, 0.8))
    assert picture.shape[0] >= 30 * count
    assert (picture[:, -1] == 255).all()
