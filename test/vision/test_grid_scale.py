# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What stays the same on the grids of a race."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.vision.grid import draw_grid, GridStyle
from featuremap_ros.vision.grid_scale import ChannelSample, GridScale

STYLE = {'colormap': 'gray', 'ids': False, 'max_size': (400, 64)}


def cell(values):
    """Return channels of two cells: 0, and a value each."""
    return np.array([[np.zeros(len(values)), values]], np.float32)


def scale_of(frames, *, shared=True, by_energy=False):
    """Return the scale of a race of such cells."""
    sample = ChannelSample()
    for values in frames:
        sample.add(cell(values))
    return sample.scale(shared=shared, by_energy=by_energy)


def white(picture, channel, count):
    """Return the grey value of the cell that is not 0, of one channel of a row."""
    inside = (picture != 60).all(axis=2)
    columns = np.flatnonzero(np.diff(np.r_[False, inside.any(axis=0), False].astype(int)))
    rows = np.flatnonzero(inside.any(axis=1))
    assert len(columns) == 2 * count
    return int(picture[rows[0], columns[2 * channel + 1] - 1, 0])


def test_one_frame_has_its_own_ends():
    """A race of one frame looks as the frame alone does, on both scales."""
    activation = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    sample = ChannelSample()
    sample.add(activation)
    for scale in ('shared', 'own'):
        for order in ('id', 'energy'):
            style = GridStyle(scale=scale, order=order)
            fixed = sample.scale(shared=scale == 'shared', by_energy=order == 'energy')
            alone = draw_grid(activation, style)
            assert np.array_equal(draw_grid(activation, style, fixed=fixed), alone)


def test_a_grid_of_a_race_does_not_flicker():
    """The same value has the same colour on every frame, whatever the others do."""
    for scale, expected in (('shared', 64), ('own', 255)):
        style = GridStyle(scale=scale, **STYLE)
        fixed = scale_of([(1.0, 4.0)] * 20, shared=scale == 'shared')
        for other in (0.5, 4.0, 40.0, 1e9):
            picture = draw_grid(cell((1.0, other)), style, fixed=fixed)
            assert white(picture, 0, 2) == expected
        assert white(picture, 1, 2) == 255


def test_one_flash_does_not_darken_the_race():
    """One frame of thirty is ten times as bright; the ends stay those of the others."""
    fixed = scale_of([(1.0, 2.0)] * 29 + [(10.0, 20.0)])
    assert fixed.high == pytest.approx([2.0, 2.0])
    assert scale_of([(1.0, 2.0)] * 29 + [(10.0, 20.0)], shared=False).high == pytest.approx([1, 2])


def test_a_filter_that_fires_once_is_seen():
    """Frames on which it is silent do not count; one that never fired is black until it does."""
    frames = [(0.0, 0.0, 1.0)] * 99 + [(0.5, 0.0, 1.0)]
    fixed = scale_of(frames, shared=False)
    assert fixed.high == pytest.approx([0.5, 0.0, 1.0])
    style = GridStyle(scale='own', **STYLE)
    shown = [draw_grid(cell(values), style, fixed=fixed) for values in ((0.5, 0, 0), (0, 0.1, 0))]
    assert [white(picture, i, 3) for picture in shown for i in range(3)] == [255, 0, 0, 0, 255, 0]


def test_channels_keep_their_places():
    """By energy over the whole race, though another one is stronger on this frame."""
    fixed = scale_of([(1.0, 3.0), (1.0, 3.0), (2.0, 0.5)], by_energy=True)
    assert fixed.order == (1, 0)
    style = GridStyle(order='energy', **STYLE)
    picture = draw_grid(cell((2.0, 0.5)), style, fixed=fixed)
    assert white(picture, 0, 2) < white(picture, 1, 2)


def test_what_is_not_finite_does_not_count():
    """It is refused, and the frames before hold; without any there is nothing to hold."""
    sample = ChannelSample()
    assert sample.scale(shared=True, by_energy=False) is None
    sample.add(cell((1.0,)))
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(NotFiniteError, match='not finite'):
            sample.add(cell((value,)))
    found = sample.scale(shared=True, by_energy=False)
    assert isinstance(found, GridScale)
    assert found.high == pytest.approx([1.0])
