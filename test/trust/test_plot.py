# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Axes put data where their numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.plot import Axes, draw_legend, Entry, legend_size, style_of
from featuremap_ros.trust.sheet import Sheet

RED = (255, 0, 0)


@pytest.fixture
def axes():
    """Return axes from (0, -1) to (10, 1) on a rectangle of 200 x 100 pixels at (50, 40)."""
    return Axes(
        sheet=Sheet(300, 200),
        left=50,
        top=40,
        width=200,
        height=100,
        x_range=(0.0, 10.0),
        y_range=(-1.0, 1.0),
    )


def red(sheet):
    """Return where it is red: left, top, right, bottom."""
    rows, columns = np.nonzero((sheet.image() == RED).all(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_data_have_their_place(axes):
    """Up is more."""
    assert axes.at(0, 1) == (50, 40)
    assert axes.at(10, -1) == (250, 140)
    assert axes.at(5, 0) == (150, 90)


def test_a_curve_goes_through_its_points(axes):
    """To a pixel."""
    axes.curve([2, 2, 4], [0, 0.5, 0.5], RED)
    assert red(axes.sheet) == pytest.approx((90, 65, 130, 90), abs=1.5)


def test_a_point_shows_its_interval(axes):
    """A square at the mean on a line from end to end."""
    axes.point(5, 0, (3, 9), RED)
    left, top, right, bottom = red(axes.sheet)
    assert (left, right) == pytest.approx((110, 230), abs=1.5)
    assert (top, bottom) == pytest.approx((86, 93), abs=1)


def test_rows_instead_of_numbers(axes):
    """Nothing is written at the left of them, and no grid is drawn."""
    numbered = axes.sheet.image()
    axes.frame(title='', x_label='', rows=True)
    assert (axes.sheet.image()[45:135, :48] == numbered[45:135, :48]).all()
    axes.frame(title='', x_label='')
    assert (axes.sheet.image()[45:135, :48] != numbered[45:135, :48]).any()


def test_a_legend_fits_its_size():
    """Width and height are those that were promised."""
    names = ['hirescam/conv2d_5', 'occlusion']
    width, height = legend_size(names)
    sheet = Sheet(400, 100)
    draw_legend(sheet, 20, 20, [Entry(name, *style_of(i)) for i, name in enumerate(names)])
    rows, columns = np.nonzero((sheet.image() != 255).any(axis=2))
    assert columns.min() == pytest.approx(20, abs=2)
    assert columns.max() == pytest.approx(20 + width, abs=3)
    assert rows.max() - rows.min() < height


def test_no_two_of_twenty_series_look_alike():
    """Ten colours, solid and dashed."""
    assert len({style_of(i) for i in range(20)}) == 20
    assert style_of(20) == style_of(0)
