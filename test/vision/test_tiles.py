# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures side by side."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.tiles import draw_corner_text, lay_out, lay_out_shades


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
    draw_corner_text(picture, '17', dark=0, light=255)
    rows, columns = np.nonzero(picture != 128)
    assert picture.min() == 0
    assert picture.max() > 240
    assert rows.max() < 40
    assert columns.max() < 60


@pytest.mark.parametrize('size', [(300, 200), (640, 480), (1920, 1080), (90, 90)])
@pytest.mark.parametrize('count', [1, 7, 64])
def test_entries_of_a_table_are_laid_out_like_their_colours(count, size):
    """Bit for bit, with labels and marks, enlarged or not."""
    shades = np.random.default_rng(count).integers(0, 256, (count, 9, 13), dtype=np.uint8)
    table = color_table('inferno')
    words = {'labels': [str(index) for index in range(count)], 'marks': {count // 2: 'dead'}}
    page = lay_out_shades(shades, table, size, **words)
    assert np.array_equal(page, lay_out([table[shade] for shade in shades], size, **words))


def test_letters_are_those_that_are_written_one_by_one():
    """But for what overlapping strokes are rounded to; the last row has places without any."""
    tiles = list(np.random.default_rng(1).integers(0, 256, (7, 60, 80, 3), dtype=np.uint8))
    labels = [f'{index}7' for index in range(7)]
    expected = lay_out(
        [_written(tile, label) for tile, label in zip(tiles, labels, strict=True)], (400, 300)
    )
    found = lay_out(tiles, (400, 300), labels=labels)
    assert (found != lay_out(tiles, (400, 300))).any()
    assert np.abs(found.astype(int) - expected).max() <= 4


def _written(tile, text):
    """Write into a copy of a tile."""
    tile = tile.copy()
    draw_corner_text(tile, text, dark=(0, 0, 0), light=(255, 255, 255))
    return tile
