# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""All channels of a layer on pages, and one of them large."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError, UnknownNameError, UnsupportedError
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.grid import (
    channel_order,
    channel_shades,
    draw_grid,
    GridStyle,
    page_count,
    through_the_channels,
)

PLAIN = {'colormap': 'gray', 'ids': False, 'max_size': (400, 200)}


@pytest.fixture
def maps():
    """Return eight channels of 5 x 7 cells, the second constant, the third the strongest."""
    maps = np.random.default_rng(0).random((5, 7, 8), np.float32)
    maps[..., 1] = 0.25
    maps[..., 2] *= 3
    return maps


def tiles_of(page, shape):
    """Cut a page with grey gaps of two pixels into its tiles, row by row."""
    gap = (page == 60).all(axis=2)
    rows, columns = ~gap.all(axis=1), ~gap.all(axis=0)

    def runs(inside):
        edges = np.flatnonzero(np.diff(np.r_[0, inside.astype(int), 0]))
        return list(zip(edges[::2], edges[1::2], strict=True))

    tiles = [page[a:b, c:d] for a, b in runs(rows) for c, d in runs(columns)]
    zoom = tiles[0].shape[0] // shape[0]
    return [tile[zoom // 2 :: zoom, zoom // 2 :: zoom, 0] for tile in tiles], zoom


@pytest.mark.parametrize('offset', [0, -1.5, 2])
def test_every_cell_of_every_channel_is_there_on_one_scale(maps, offset):
    """Enlarged by a whole factor, the smallest value of all black and the largest white."""
    maps += np.float32(offset)
    tiles, zoom = tiles_of(draw_grid(maps, GridStyle(**PLAIN)), (5, 7))
    assert zoom > 1
    low, high = maps.min(), maps.max()
    for channel, tile in enumerate(tiles[:8]):
        expected = np.rint(255 * (maps[..., channel].astype(float) - low) / (high - low))
        assert np.abs(tile.astype(int) - expected).max() <= 1


def test_on_its_own_scale_each_channel_uses_all_colours(maps):
    """Except one that is constant, which is empty and not full of noise."""
    tiles, _ = tiles_of(draw_grid(maps, GridStyle(scale='own', **PLAIN)), (5, 7))
    for channel, tile in enumerate(tiles[:8]):
        assert (tile.min(), tile.max()) == ((0, 0) if channel == 1 else (0, 255))


def test_the_strongest_come_first_if_asked_for(maps):
    """Energy, not the maximum; the numbers stay those of the channels."""
    order = channel_order(maps, 'energy')
    energies = [(maps[..., k].astype(float) ** 2).sum() for k in order]
    assert order[0] == 2
    assert energies == sorted(energies, reverse=True)
    first, _ = tiles_of(draw_grid(maps, GridStyle(order='energy', **PLAIN)), (5, 7))
    second, _ = tiles_of(draw_grid(maps, GridStyle(**PLAIN)), (5, 7))
    assert np.array_equal(first[0], second[2])


@pytest.mark.parametrize('size', [(1920, 1080), (300, 900), (64, 64)])
@pytest.mark.parametrize('shape', [(3, 6, 64), (200, 300, 10), (1, 1, 500), (2, 400, 1)])
def test_no_page_exceeds_its_size(shape, size):
    """Large maps are reduced, small ones enlarged, whatever the number of channels."""
    maps = np.random.default_rng(0).random(shape, np.float32)
    style = GridStyle(max_size=size)
    for page in range(page_count(shape[2], style)):
        height, width = draw_grid(maps, style, page=page).shape[:2]
        assert width <= size[0]
        assert height <= size[1]


def test_pages_hold_what_does_not_fit_on_one(maps):
    """Every channel is on exactly one page."""
    style = GridStyle(per_page=3, **PLAIN)
    assert page_count(8, style) == 3
    shown = [
        tile
        for page in range(3)
        for tile in tiles_of(draw_grid(maps, style, page=page), (5, 7))[0]
    ]
    whole, _ = tiles_of(draw_grid(maps, GridStyle(**PLAIN)), (5, 7))
    kept = [tile for tile in shown if not (tile == 60).all()]
    assert len(kept) == 8
    assert all(np.array_equal(a, b) for a, b in zip(kept, whole, strict=False))
    with pytest.raises(
        UnsupportedError, match=r'Page 3 asked for: 8 channels fill the pages 0 to 2'
    ):
        draw_grid(maps, style, page=3)


def test_ids_and_marks_are_written(maps):
    """A dead channel has a red frame; the others do not."""
    plain = draw_grid(maps, GridStyle(ids=False))
    labelled = draw_grid(maps, GridStyle())
    marked = draw_grid(maps, GridStyle(), marks={1: 'dead'})
    assert not np.array_equal(plain, labelled)
    red = (marked == (255, 70, 70)).all(axis=2)
    assert red.any()
    assert not (labelled == (255, 70, 70)).all(axis=2).any()
    rows, columns = np.nonzero(red)
    height, width = (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1)
    assert width / height == pytest.approx(7 / 5, rel=0.02)


def test_one_channel_large_is_a_picture_in_entries_of_the_palette(maps):
    """Smooth, with the channel's own ends, and named."""
    shades = channel_shades(maps, 2, (140, 100))
    assert shades.shape == (100, 140)
    assert shades.dtype == np.uint8
    assert (shades.min(), shades.max()) == (0, 255)
    assert color_table('viridis')[shades].shape == (100, 140, 3)
    assert not np.array_equal(shades, channel_shades(maps, 2, (140, 100), label='2'))
    with pytest.raises(UnsupportedError, match=r'Channel 8 asked for, the layer has 0 to 7'):
        channel_shades(maps, 8, (140, 100))


def test_an_animation_goes_through_all_channels_in_order(maps):
    """With a shared scale weak channels look weak."""
    style = GridStyle(order='energy', ids=False)
    frames = list(through_the_channels(maps, (70, 50), style))
    assert len(frames) == 8
    limits = (float(maps.min()), float(maps.max()))
    assert np.array_equal(frames[0], channel_shades(maps, 2, (70, 50), limits=limits))
    assert frames[0].max() > frames[-1].max()


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_layers_of_nothing_are_drawn_and_nan_is_refused(maps, value):
    """All zero is a picture; NaN and infinity are errors."""
    tiles, _ = tiles_of(draw_grid(np.zeros_like(maps), GridStyle(**PLAIN)), (5, 7))
    assert not any(tile.any() for tile in tiles[:8])
    maps[1, 1, 1] = value
    with pytest.raises(NotFiniteError, match=r'\(5, 7, 8\) are not finite'):
        draw_grid(maps)


@pytest.mark.parametrize(
    ('setting', 'error', 'message'),
    [
        ({'order': 'random'}, UnknownNameError, r"grid order 'random'.*id, energy"),
        ({'scale': 'each'}, UnknownNameError, r"grid scale 'each'.*shared, own"),
        ({'colormap': 'rainbow'}, UnknownNameError, r"colormap 'rainbow'"),
        ({'per_page': 0}, UnsupportedError, r'at least 1 channel.*got 0 channels'),
        ({'max_size': (10, 500)}, UnsupportedError, r'64 x 64 pixels: got 64 channels, 10 x 500'),
    ],
)
def test_styles_that_cannot_be_drawn_are_refused(setting, error, message):
    """The choices are listed."""
    with pytest.raises(error, match=message):
        GridStyle(**setting)
