# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn lies where it was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.sheet import Sheet, text_width, ticks

RED = (255, 0, 0)


def drawn(sheet):
    """Return the columns and rows that are no longer white, as (left, top, right, bottom)."""
    rows, columns = np.nonzero((sheet.image() != 255).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_rectangle_is_filled_exactly():
    """To the pixel, in RGB."""
    sheet = Sheet(60, 40)
    sheet.fill(10, 5, 20, 8, RED)
    assert drawn(sheet) == (10, 5, 30, 13)
    assert (sheet.image()[5:13, 10:30] == RED).all()


def test_a_rectangle_over_the_edge_is_cut():
    """What lies outside is not drawn on the other side."""
    sheet = Sheet(60, 40)
    sheet.fill(-10, -10, 15, 15, RED)
    assert drawn(sheet) == (0, 0, 5, 5)


def test_a_picture_fills_its_rectangle():
    """Each pixel becomes a block."""
    sheet = Sheet(60, 40)
    picture = np.array([[[9, 8, 7], [1, 2, 3]]], np.uint8)
    sheet.paste(10, 10, 20, 6, picture)
    assert (sheet.image()[10:16, 10:20] == (9, 8, 7)).all()
    assert (sheet.image()[10:16, 20:30] == (1, 2, 3)).all()


def test_a_line_joins_its_points():
    """With some tolerance for smooth edges."""
    sheet = Sheet(60, 40)
    sheet.line([(10, 10), (50, 30)], RED, width=2)
    assert drawn(sheet) == pytest.approx((10, 10, 50, 30), abs=2)
    assert tuple(sheet.image()[20, 30]) == RED


def test_a_dashed_line_has_gaps():
    """It is drawn on a good half of its length."""
    sheet = Sheet(200, 20)
    sheet.line([(0, 10), (200, 10)], RED, dashed=True)
    share = (sheet.image()[10, :, 1] < 128).mean()
    assert 0.5 < share < 0.75


@pytest.mark.parametrize(('align', 'left'), [(0.0, 100), (0.5, 60), (1.0, 20)])
def test_text_is_aligned(align, left):
    """By its beginning, its middle or its end."""
    text = 'saturated'
    size = 12 * 80 / text_width(text)
    sheet = Sheet(220, 40)
    sheet.text(100, 20, text, size=size, align=align)
    x0, y0, x1, y1 = drawn(sheet)
    assert (x0, x1) == pytest.approx((left, left + 80), abs=5)
    assert y0 < 20 < y1


def test_letters_that_cannot_be_drawn_are_marked():
    """Layer names may hold anything."""
    one, other = Sheet(80, 20), Sheet(80, 20)
    one.text(2, 10, 'Größe')
    other.text(2, 10, 'Gr??e')
    assert (one.image() == other.image()).all()


@pytest.mark.parametrize(
    ('low', 'high', 'expected'),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-1, 1, [-1, -0.5, 0, 0.5, 1]),
        (3, 29, [5, 10, 15, 20, 25]),
        (0, 0.0011, [0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001]),
        (7, 7, [7]),
    ],
)
def test_ticks_are_round(low, high, expected):
    """And within the range."""
    assert ticks(low, high) == pytest.approx(expected)
