# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race on one page."""

from __future__ import annotations

import numpy as np

from featuremap_ros.vision.contact_sheet import ContactSheet


def picture(value):
    """Return a picture of one grey value."""
    return np.full((120, 160, 3), value, np.uint8)


def moments(sheet):
    """Return the grey values of the rows of a sheet with one column."""
    column = sheet.image()[:, 240, 0]
    values = [int(v) for v in column if v < 250]
    return list(dict.fromkeys(values))


def test_a_long_race_is_shown_in_evenly_spaced_moments():
    """The gaps between the moments differ by at most a factor of two, from the very start."""
    sheet = ContactSheet(moments=6)
    for i in range(230):
        sheet.add({'conv': picture(i)})
    shown = moments(sheet)
    gaps = np.diff(shown)
    assert len(shown) == 6
    assert shown[0] == 0
    assert shown[-1] > 180
    assert gaps.max() <= 2 * gaps.min()


def test_a_short_race_is_shown_whole():
    """Three frames give three rows."""
    sheet = ContactSheet(moments=6)
    for i in (10, 20, 30):
        sheet.add({'conv': picture(i)})
    assert moments(sheet) == [10, 20, 30]


def test_every_view_has_a_column():
    """Two views are twice as wide, with a gap between them."""
    sheet = ContactSheet()
    sheet.add({'a': picture(10), 'b': picture(20)})
    image = sheet.image()
    assert image.shape == (360, 966, 3)
    assert (image[100, 100], image[100, 700])[1][0] == 20


def test_pictures_of_another_shape_keep_theirs():
    """Tall and wide ones are fitted into the place of the first, on white."""
    sheet = ContactSheet()
    tall, wide = (np.full(shape, 20, np.uint8) for shape in ((400, 100, 3), (100, 400, 3)))
    sheet.add({'a': picture(10), 'tall': tall, 'wide': wide})
    image = sheet.image()
    assert image.shape == (360, 1452, 3)
    row, column = image[180, :, 0], image[:, 1200, 0]
    assert (row[486:966] == 20).sum() == 90
    assert (column == 20).sum() == 120
    assert set(np.unique(image)) == {10, 20, 255}


def test_every_row_says_when():
    """In the corner of its first picture, where nothing else is written."""
    plain, told = ContactSheet(), ContactSheet()
    for i, when in enumerate(('0.00 s', '1.00 s')):
        plain.add({'a': picture(10 * i), 'b': picture(10 * i)})
        told.add({'a': picture(10 * i), 'b': picture(10 * i)}, when)
    changed = (plain.image() != told.image()).any(axis=2)
    for top in (0, 366):
        rows, columns = np.nonzero(changed[top : top + 360])
        assert 330 < rows.min() < rows.max() < 355
        assert 400 < columns.min() < columns.max() < 480


def test_nothing_gives_no_sheet():
    """A race without frames has no picture."""
    assert ContactSheet().image() is None
