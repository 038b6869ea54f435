# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether maps of different networks show the same place."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.comparing.map_agreement import agreement
from featuremap_ros.vision.affine import Affine
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import AxisSampling, Registration, Sampling

SIZE = (120, 160)


def spot(shape, sampling, to_camera, at=(60, 90), width=18):
    """Return a map of a spot in the camera's picture, as a network with that grid has it."""
    place = Registration(sampling, to_camera)
    rows, columns = (np.arange(n) for n in shape)
    cells = place.to_cell_centres
    y = rows * cells.scale_y + cells.offset_y
    x = columns * cells.scale_x + cells.offset_x
    distance = ((y - at[0]) ** 2)[:, None] + (x - at[1]) ** 2
    return RawMap(np.exp(-distance / (2 * width**2)).astype(np.float32), place, 'activation')


FINE = (Sampling(AxisSampling(2, 4, 9), AxisSampling(2, 4, 9)), Affine())
# Half the size, the upper 40 rows cut off, another stride.
COARSE = (Sampling(AxisSampling(3, 5, 9), AxisSampling(4, 5, 9)), Affine(2, 2, 0.5, 40.5))


def test_networks_of_other_sizes_and_crops_agree_on_the_same_spot():
    """Cells are compared where they belong, not by their numbers."""
    a, b = spot((29, 39), *FINE), spot((7, 15), *COARSE)
    assert agreement(a, b, SIZE) > 0.99
    assert agreement(a, a, SIZE) == pytest.approx(1)
    elsewhere = spot((7, 15), *COARSE, at=(60, 30))
    assert agreement(a, elsewhere, SIZE) < 0.2


def test_a_stretch_over_the_picture_would_disagree():
    """What other tools do puts the spot of the cropped network elsewhere."""
    a, b = spot((29, 39), *FINE), spot((7, 15), *COARSE)
    stretched = Registration(
        Sampling(AxisSampling(8, 17.1, 9), AxisSampling(4.8, 10.7, 9)), Affine()
    )
    assert agreement(a, RawMap(b.values, stretched, 'activation'), SIZE) < 0.8


def test_opposite_signs_are_minus_one():
    """Two networks that take the same thing for opposite reasons."""
    a = spot((29, 39), *FINE)
    assert agreement(a, RawMap(-a.values, a.registration, 'steering'), SIZE) == pytest.approx(-1)


def test_where_it_is_not_defined():
    """A map without contrast, or maps that share nothing of the picture."""
    a = spot((29, 39), *FINE)
    flat = RawMap(np.ones_like(a.values), a.registration, 'activation')
    assert agreement(a, flat, SIZE) is None
    corner = RawMap(np.eye(3, dtype=np.float32), Registration(FINE[0], Affine()), 'activation')
    assert agreement(a, corner, SIZE) is None
