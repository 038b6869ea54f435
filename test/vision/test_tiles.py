# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures side by side."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.tiles import lay_out, write


def colored(count, height, width):
    """Return pictures of one colour each."""
    return [np.full((height, width, 3), 5 + i, np.uint8) for i in range(count)]


def test_tiles_lie_row_by_row():
    """The first is at the upper left, the next to its right."""
    page = lay_out(colored(6, 10, 10), (300, 200))
    seen = [int(page[r, c, 0]) for r in (50, 150) for c in (50, 150, 250)]
    assert seen == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize('size', [(300, 200), (1000, 100), (100, 1000)])
def test_they_are_as_large_as_they_fit(size):
    """No other number of columns would make them larger."""
    page = lay_out(colored(7, 8, 12), size)
    area = int((page[..., 0] != 60).sum()) / 7
    assert page.shape[0] <= size[1]
    assert page.shape[1] <= size[0]
    for columns in range(1, 8):
        rows = -(-7 // columns)
        zoom = min(((size[0] - 2) / columns - 2) // 12, ((size[1] - 2) / rows - 2) // 8)
        assert area >= zoom * zoom * 96


def test_small_tiles_stay_without_words():
    """What cannot be read is not written."""
    many = colored(1, 10, 10) * 400
    page = lay_out(many, (200, 200), labels=[str(i) for i in range(400)])
    assert set(np.unique(page).tolist()) == {5, 60}


def test_words_fit_into_a_corner():
    """Light letters with a dark rim, near the upper left."""
    picture = np.full((100, 160), 128, np.uint8)
    write(picture, '17', dark=0, light=255)
    rows, columns = np.nonzero(picture != 128)
    assert picture.min() == 0
    assert picture.max() > 240
    assert rows.max() < 40
    assert columns.max() < 60
