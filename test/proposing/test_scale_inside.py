# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks that scale their input themselves."""

from __future__ import annotations

import pytest

from featuremap_ros.pilot import backends
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.proposing.scale_inside import scale_inside


@pytest.fixture
def engine_of(tmp_path):
    """Return what builds a network behind some first layers."""

    def build(*first):
        keras = backends.keras()
        keras.utils.set_random_seed(0)
        image = out = keras.Input((20, 30, 3))
        for layer in first:
            out = layer(out)
        out = keras.layers.Conv2D(4, 3, activation='relu')(out)
        out = keras.layers.Dense(1)(keras.layers.Flatten()(out))
        keras.Model(image, out).save(tmp_path / 'model.keras')
        return load_engine(tmp_path / 'model.keras')

    return build


@pytest.mark.parametrize(
    ('scale', 'offset', 'expected'),
    [
        (1 / 127.5, -1.0, 'none'),
        (1 / 255, 0.0, 'none'),
        (1 / 255, -0.5, 'none'),
        (2.0, -1.0, '/255'),
        (0.3, 0.1, None),
    ],
)
def test_a_scale_is_known_by_what_it_does(engine_of, scale, offset, expected):
    """Black and white become the ends of a range that pictures are brought to."""
    layers = backends.keras().layers
    found = scale_inside(engine_of(layers.Rescaling(scale, offset)), (30, 20))
    assert (found and found[0]) == expected
    if found:
        assert 'of the model brings 0..' in found[1]


def test_a_network_without_a_scale_says_nothing(engine_of):
    """A crop sees one pixel at a time, too, and is none."""
    layers = backends.keras().layers
    assert scale_inside(engine_of(), (30, 20)) is None
    assert scale_inside(engine_of(layers.Cropping2D(2)), (30, 20)) is None


def test_a_scale_behind_a_crop_is_found(engine_of):
    """As in donkeycars of the first years."""
    layers = backends.keras().layers
    engine = engine_of(layers.Cropping2D(2), layers.Rescaling(1 / 127.5, -1.0))
    assert scale_inside(engine, (30, 20))[0] == 'none'
