# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Charts of trust show every method, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.plot import style_of
from featuremap_ros.trust.trust_chart import draw_curves, draw_trust, Line, Score


def has(picture, index):
    """Return whether the colour of the nth series is somewhere."""
    return (picture == style_of(index)[0]).all(axis=2).any()


@pytest.fixture
def lines():
    """Return a method that finds everything at once and one that finds nothing until late."""
    good = np.concatenate([[0.0], np.ones(20)])
    return [Line('good', good, 1 - good), Line('bad', 1 - good[::-1], good[::-1])]


def test_curves_of_all_methods_are_drawn(lines):
    """In their colours, beside random orders."""
    chance = Line('random orders', np.linspace(0, 1, 21), np.linspace(1, 0, 21))
    picture = draw_curves('blur', lines, chance, probability=False)
    assert has(picture, 0)
    assert has(picture, 1)
    assert not has(picture, 2)
    alone = draw_curves('blur', lines[:1], chance, probability=False)
    assert not has(alone, 1)


def test_deletion_is_at_the_left(lines):
    """Where the good method is high, and the insertion at the right, where it is low."""
    chance = Line('random orders', np.linspace(0, 1, 21), np.linspace(1, 0, 21))
    picture = draw_curves('blur', lines[:1], chance, probability=False)
    rows, columns = np.nonzero((picture == style_of(0)[0]).all(axis=2))
    left, right = (columns > 100) & (columns < 420), (columns > 580) & (columns < 880)
    assert rows[left].mean() < 120
    assert rows[right].mean() > 380


@pytest.mark.parametrize('count', [1, 12, 60])
def test_any_number_of_methods_fits(count):
    """The sheet grows with the legend and with the rows."""
    names = [f'method_{i}/a_layer_with_a_long_name' for i in range(count)]
    curve = np.linspace(0, 1, 21)
    lines = [Line(name, curve, curve) for name in names]
    assert draw_curves('mean', lines, lines[0], probability=True).shape[2] == 3
    rows = {name: {'blur': Score(0.5, (0.2, 1.4))} for name in names}
    picture = draw_trust(rows, ['blur', 'mean'])
    assert picture.shape[0] >= 45 * count


def test_what_is_undefined_has_no_point():
    """But a word."""
    score = {'blur': Score(0.5, (0.2, 0.8)), 'p5': Score(0.9, (0.7, 1.0))}
    full = draw_trust({'a': score}, ['blur', 'p5'])
    part = draw_trust({'a': {'blur': score['blur']}}, ['blur', 'p5'])
    second = (full == style_of(1)[0]).all(axis=2)
    assert second[:, :-120].sum() > 60
    assert (part == style_of(1)[0]).all(axis=2)[:, :-120].sum() < second[:, :-120].sum()


def test_intervals_beyond_one_stay_on_the_sheet():
    """The axis reaches as far as they do."""
    picture = draw_trust({'a': {'blur': Score(3.0, (-2.0, 9.0))}}, ['blur'])
    columns = np.nonzero((picture == style_of(0)[0]).all(axis=2))[1]
    assert columns.max() < picture.shape[1] - 5


@pytest.mark.parametrize('mean', [0.3, 5.0])
def test_a_mean_without_an_interval_is_hollow_and_says_why(mean):
    """A bare point would look as sure as can be; the word stays on the axes at either end."""
    sure = draw_trust({'a': {'blur': Score(mean, (mean, mean))}}, ['blur'])
    unsure = draw_trust({'a': {'blur': Score(mean, None)}}, ['blur'])
    color = style_of(0)[0]
    rows, columns = np.nonzero((sure[:, :-120] == color).all(axis=2))
    middle = (int(rows.mean()), int(columns.mean()))
    assert (unsure[middle] == 255).all()
    words = np.nonzero((np.abs(unsure.astype(int) - sure) > 60).any(axis=2))[1]
    assert np.ptp(words) > 60
    assert words.max() < unsure.shape[1] - 100
