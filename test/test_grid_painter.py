# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One grid, frame after frame."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.grid_painter import GridPainter
from featuremap_ros.grid_view import GridView
from featuremap_ros.vision.grid import draw_grid


def maps(seed):
    """Return four channels: noise, noise that is mostly 0, nothing, and the first one again."""
    rng = np.random.default_rng(seed)
    found = rng.random((6, 8, 4), np.float32)
    found[..., 1] *= rng.random((6, 8)) > 0.5
    found[..., 2] = 0
    found[..., 3] = 2 * found[..., 0]
    return found


def settled(count=20, proved=None):
    """Return a painter that has seen a race."""
    painter = GridPainter(GridView(layer='conv', fixed=True))
    for seed in range(count):
        painter.take(maps(seed))
    painter.settle(proved)
    return painter


def test_without_a_race_every_frame_is_alone():
    """As live: the scale of the frame, and the marks that are given."""
    painter = GridPainter(GridView(layer='conv'))
    painter.settle()
    marks = {1: 'rare'}
    assert painter.scale is None
    assert np.array_equal(painter.draw(maps(0)), draw_grid(maps(0)))
    assert np.array_equal(painter.draw(maps(0), marks), draw_grid(maps(0), marks=marks))


def test_filters_that_do_nothing_in_the_race_are_marked():
    """With the words of the live node, which the proof sharpens; other words take their place."""
    painter = settled()
    assert painter.marks == {0: '= 3', 2: 'silent', 3: '= 0'}
    drawn = draw_grid(maps(3), fixed=painter.scale, marks=painter.marks)
    assert np.array_equal(painter.draw(maps(3)), drawn)
    assert np.array_equal(painter.draw(maps(3), {}), draw_grid(maps(3), fixed=painter.scale))
    assert settled(proved=np.array([False, False, True, False])).marks[2] == 'dead'


def test_what_is_active_is_not_called_silent():
    """A filter may fire on a frame that the sample left out."""
    painter, awake = settled(), maps(3)
    awake[2, 2, 2] = 0.5
    drawn = draw_grid(awake, fixed=painter.scale, marks={0: '= 3', 3: '= 0'})
    assert np.array_equal(painter.draw(awake), drawn)


def test_a_frame_that_is_not_finite_does_not_count():
    """The sample stays what it was before; a new one forgets it."""
    painter, bad = settled(), maps(3)
    before = painter.scale.high
    bad[0, 0, 0] = np.inf
    with pytest.raises(NotFiniteError, match='not finite'):
        painter.take(bad)
    painter.settle()
    assert np.array_equal(painter.scale.high, before)
    painter.begin()
    painter.settle()
    assert painter.scale is None
