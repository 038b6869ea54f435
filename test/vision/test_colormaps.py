# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour tables."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnknownNameError
from featuremap_ros.vision.colormaps import color_table, COLORMAPS


@pytest.mark.parametrize('name', COLORMAPS)
def test_every_table_has_256_colours(name):
    """Each is uint8 (256, 3) and starts and ends differently."""
    table = color_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert (table[0] != table[255]).any()


def test_inferno_is_red_in_the_middle_and_pale_yellow_at_the_end():
    """The table is RGB: these are the published colours of inferno."""
    table = color_table('inferno')
    assert table[0].tolist() == [0, 0, 4]
    assert np.abs(table[128].astype(int) - (188, 55, 84)).max() <= 2
    assert table[255].tolist() == [252, 255, 164]


def test_a_diverging_table_is_neutral_in_the_middle():
    """Entry 128 stands for zero; the ends are purple (negative) and orange (positive)."""
    table = color_table('diverging').astype(int)
    assert np.ptp(table[128]) == 0
    assert table[0, 2] > table[0, 0]
    assert table[255, 0] > table[255, 2]


def test_an_unknown_table_is_refused_with_the_choices():
    """The message proposes the nearest name."""
    with pytest.raises(UnknownNameError, match=r"'infermo'. Did you mean 'inferno'"):
        color_table('infermo')


@pytest.mark.parametrize('name', COLORMAPS)
def test_a_table_is_made_once_and_cannot_be_changed(name):
    """Everybody has the same one."""
    table = color_table(name)
    assert color_table(name) is table
    with pytest.raises(ValueError, match='read-only'):
        table[0] = 7
