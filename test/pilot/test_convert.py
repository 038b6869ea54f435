# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What LiteRT computes, against TensorFlow: every output and every map of every layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine

keras = backends.keras()
L = keras.layers


def check(model: Any, *, scale: float = 1) -> None:
    """Compare every tensor to 1e-5 of its maximum."""
    network = describe(model, 'built here')
    taps = [layer.name for layer in network.layers]
    random = np.random.default_rng(0)
    inputs = {
        tensor.name: random.random((1, *tensor.shape), np.float32) * np.float32(scale)
        for tensor in network.inputs
    }
    expected = TensorFlowEngine(model, network).run(inputs, taps)
    received = LiteRTEngine(convert(model, network)).run(inputs, taps)
    for wanted, got in zip(expected, received, strict=True):
        assert list(got) == list(wanted)
        for name, values in wanted.items():
            assert got[name].dtype == np.float32
            assert got[name].shape == values.shape
            assert np.abs(values).max() > 0
            np.testing.assert_allclose(got[name], values, atol=1e-5 * np.abs(values).max())
    for layer in network.layers:
        assert received[1][layer.name].shape == layer.shape


def branched_model() -> Any:
    """Build a network with two inputs, nesting, shared and identical layers, and many heads."""
    numbers = keras.Input((6,), name='imu_in')
    x = keras.Input((32, 47, 3), name='img_in')
    unused = keras.Input((2,), name='unused')
    y = L.Rescaling(1 / 255)(L.Dropout(0.5, name='same_as_input')(x))
    y = L.Conv2D(8, 5, strides=2, activation='relu')(y)
    y = L.SpatialDropout2D(0.2)(L.Dropout(0.5)(y), training=True)
    y = L.BatchNormalization(name='normalised')(L.Conv2D(8, 3, use_bias=False, name='bare')(y))
    y = L.Activation('linear')(L.ReLU()(y))
    inner = keras.Input((None, None, 8))
    block = keras.Model(inner, L.Conv2D(8, 3, padding='same')(inner) + inner, name='block')
    y = L.MaxPooling2D(name='pool')(block(block(y)))
    tail = keras.Sequential([L.DepthwiseConv2D(3, name='one'), L.UpSampling2D(name='two')])
    y = L.Conv2DTranspose(3, 3, strides=2, padding='same')(tail(y))
    y = L.Permute((2, 1, 3))(y[:, 1:, ::2])
    flat = L.Concatenate()([L.Flatten()(y), numbers])
    heads = [L.Dense(3, 'softmax', name='z_out')(flat), L.Dense(1, name='a_out')(flat), y]
    return keras.Model([numbers, x, unused], heads)


def test_every_map_of_a_branched_network_agrees() -> None:
    """Identities, shared and nested layers and several inputs and outputs keep their names."""
    check(branched_model(), scale=255)


@pytest.mark.parametrize(
    ('name', 'scale'),
    [
        ('axionaut/autopilot.hdf5', 255),
        ('udacity/model.h5', 255),
        ('donkeycar/pilot_21-08-12_8.h5', 1),
    ],
)
def test_every_map_of_the_real_pilots_agrees(shared_data: Path, name: str, scale: float) -> None:
    """Three generations of pilots, every output and every layer."""
    check(read_keras(shared_data / name)[0], scale=scale)


def test_operations_that_litert_lacks_are_named() -> None:
    """A layer that only TensorFlow can compute is refused by its operation."""
    x = keras.Input((8, 8, 3))
    y = keras.ops.cast(keras.ops.real(keras.ops.fft2((x[..., 0], 0 * x[..., 0]))[0]), 'float32')
    model = keras.Model(x, y)
    with pytest.raises(UnsupportedError, match=r'LiteRT lacks what the model computes: tf\.\w+'):
        convert(model, describe(model, 'built here'))
