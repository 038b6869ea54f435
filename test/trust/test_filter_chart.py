# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The heat map of a layer shows each filter at its row and its time."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.filter_chart import draw_filters
from featuremap_ros.trust.filter_verdict import judge_filters
from featuremap_ros.trust.filters import FilterStatistics
from featuremap_ros.vision.colormaps import color_table

LEFT, TOP, WIDTH, ROW = 70, 76, 660, 22


def chart(activity, *, name='conv'):
    """Draw filters that were as active as a matrix (C, T) says."""
    statistics = FilterStatistics(len(activity))
    for column in activity.T:
        statistics.add(np.broadcast_to(column, (2, 2, len(activity))).astype(np.float32))
    return draw_filters(name, judge_filters(statistics), activity, 10.0)


@pytest.fixture
def activity():
    """Three filters over four stretches: one rises, one is silent, one falls and is weak."""
    return np.array([[0, 1, 2, 4], [0, 0, 0, 0], [0.1, 0.05, 0.02, 0]])


def at(picture, row, stretch):
    """Return the colour in the middle of a cell."""
    return picture[TOP + row * ROW + ROW // 2, LEFT + round((stretch + 0.5) * WIDTH / 4)]


def test_rows_are_filters_and_columns_are_time(activity):
    """Each row is scaled by its own largest value."""
    picture, colors = chart(activity), color_table('inferno')
    for stretch, share in enumerate([0, 0.25, 0.5, 1]):
        assert at(picture, 0, stretch) == pytest.approx(colors[round(255 * share)], abs=2)
    for stretch, share in enumerate([1, 0.5, 0.2, 0]):
        assert at(picture, 2, stretch) == pytest.approx(colors[round(255 * share)], abs=2)


def test_a_filter_that_did_nothing_is_grey(activity):
    """It is told from one that is weak."""
    red, green, blue = at(chart(activity), 1, 2)
    assert red == green == blue > 150


def test_bars_are_as_long_as_filters_are_active(activity):
    """Beside the map: 3 of 4, none, 3 of 4 frames."""
    picture = chart(activity)
    bars = picture[TOP + ROW // 2 :: ROW][:3, LEFT + WIDTH + 16 :][:, :90]
    lengths = [(row.max(axis=1) - row.min(axis=1) > 30).sum() for row in bars.astype(int)]
    assert lengths == pytest.approx([67, 1, 67], abs=2)


def test_numbers_below_the_map_and_the_bars_keep_apart(activity):
    """The end of the race stands beside 0 %."""
    picture = chart(activity)
    numbers = picture[TOP + 3 * ROW + 8 : TOP + 3 * ROW + 24, : LEFT + WIDTH + 60]
    columns = (numbers < 200).any(axis=(0, 2))
    between = columns[LEFT + WIDTH + 2 : LEFT + WIDTH + 14]
    assert columns[: LEFT + WIDTH].any()
    assert not between.any()
    assert columns[LEFT + WIDTH + 14 :].any()


def test_the_numbers_below_the_bars_keep_apart(activity):
    """0, 50 and 100, each with a gap beside it."""
    picture = chart(activity)
    bars = slice(LEFT + WIDTH + 12, LEFT + WIDTH + 16 + 94)
    numbers = (picture[TOP + 3 * ROW + 8 : TOP + 3 * ROW + 24, bars] < 200).any(axis=(0, 2))
    inked = np.flatnonzero(numbers)
    assert (np.diff(inked) > 12).sum() == 2


def test_the_picture_is_as_wide_as_what_is_said(activity):
    """No empty margin where nothing is remarkable; remarks and the verdict have their room."""

    def right(picture):
        return picture.shape[1] - 1 - np.flatnonzero((picture < 200).any(axis=(0, 2)))[-1]

    for picture in (chart(activity), chart(np.ones((3, 4))), chart(np.eye(40)[:, :30])):
        assert 10 <= right(picture) <= 30
        assert picture.shape[1] <= 1100


@pytest.mark.parametrize('filters', [1, 64, 512, 2048])
def test_any_number_of_filters_fits(filters):
    """Down to three pixels a row, and the picture does not grow beyond its largest width."""
    picture = chart(np.ones((filters, 5)))
    assert picture.shape[1] <= 1100
    assert picture.shape[0] >= 3 * filters
    assert picture.shape[0] < 800 + 3 * filters


def test_a_layer_without_frames_can_be_drawn():
    """A picture without a map, no error."""
    verdict = judge_filters(FilterStatistics(3))
    assert draw_filters('conv', verdict, np.zeros((3, 0)), 0.0).shape[2] == 3
