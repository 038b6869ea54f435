# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The page with everything: each tile in its place, few places empty."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.explaining.overview import captioned_tile, draw_overview, frame_tile
from featuremap_ros.pilot.heads import Steering


def colored(count, size=(320, 240)):
    """Return tiles of one colour each."""
    colors = [(10 + 15 * i, 250 - 15 * i, 5 * i) for i in range(count)]
    return [np.full((size[1], size[0], 3), color, np.uint8) for color in colors]


@pytest.mark.parametrize('count', [1, 2, 3, 5, 9, 12, 14])
@pytest.mark.parametrize('size', [(320, 240), (960, 540), (1920, 1080), (200, 600)])
def test_every_tile_is_shown_in_order(count, size):
    """As large as the page allows."""
    tiles = colored(count, size)
    page = draw_overview(tiles)
    assert page.shape[1] <= 1920
    assert page.shape[0] <= 4000
    places = [np.argwhere((page == tile[0, 0]).all(axis=2)) for tile in tiles]
    corners = [tuple(place.min(axis=0)) for place in places]
    assert corners == sorted(corners)
    assert len({len(place) for place in places}) == 1


@pytest.mark.parametrize(('count', 'empty'), [(2, 0), (3, 0), (4, 0), (9, 0), (12, 0), (7, 1)])
def test_places_stay_empty_only_where_that_cannot_be_helped(count, empty):
    """Seven tiles in two rows leave one, a row of seven would be a ribbon."""
    page = draw_overview(colored(count, (640, 480)))
    tile = (page == colored(1)[0][0, 0]).all(axis=2).sum()
    background = (page == 60).all(axis=2).sum()
    assert round(background / tile) == empty


def test_the_camera_says_when_and_what_was_decided():
    """A small picture is enlarged for the words; nothing is written into it."""
    image = np.full((120, 160, 3), 90, np.uint8)
    tile = frame_tile(image, -0.4, Steering(0.4, -0.17, None, None, {}), '5.00 s')
    assert tile.shape == (720, 960, 3)
    drawn = np.abs(tile.astype(int) - 90).max(axis=2) > 60
    assert drawn[:80, :300].any(), 'the time'
    assert drawn[:200, 600:].any(), 'the dial'
    assert not drawn[300:].any()
    assert (image == 90).all()
    large = np.full((600, 1000, 3), 90, np.uint8)
    frame_tile(large, 0.1, Steering(0.1, None, None, None, {}), '')
    assert (large == 90).all()


@pytest.mark.parametrize('shape', [(50, 400), (400, 50), (2000, 3000), (3, 5)])
def test_a_picture_of_any_shape_fits_below_its_name(shape):
    """All of it, undistorted."""
    tile = captioned_tile(np.full((*shape, 3), 200, np.uint8), 'kernels', (480, 360))
    assert tile.shape == (360, 480, 3)
    strip = tile[:32]
    assert (strip > 150).any()
    assert (strip[:, 0] == 24).all()
    rows, columns = np.nonzero((tile[40:] == 200).all(axis=2))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert height > 300 or width == 480
    assert shape[0] / shape[1] == pytest.approx(height / width, rel=0.2)
