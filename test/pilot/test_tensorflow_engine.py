# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The TensorFlow engine, against Keras' own forward pass and a NumPy convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from featuremap_ros.errors import ProfileError, UnknownNameError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine


@pytest.fixture(scope='module')
def built() -> tuple[Any, TensorFlowEngine]:
    """Return a model that never rests in training, and its engine."""
    keras = backends.keras()
    layers = keras.layers
    x, speed = keras.Input((6, 7, 2), name='picture'), keras.Input((1,), name='speed')
    y = layers.Conv2D(3, 3, strides=2, activation='relu', name='conv')(x)
    y = layers.Dropout(0.5, name='noise')(y, training=True)
    flat = layers.Concatenate()([layers.Flatten()(y), speed])
    model = keras.Model([speed, x], [layers.Dense(2, name='b')(flat), layers.Dense(1)(speed)])
    return model, TensorFlowEngine(model, describe(model, 'built here'))


INPUTS = {
    'picture': np.random.default_rng(0).random((1, 6, 7, 2), np.float32),
    'speed': np.float32([[0.5]]),
}


def test_maps_are_what_the_layers_compute(built: tuple[Any, TensorFlowEngine]) -> None:
    """A convolution agrees with its definition."""
    model, engine = built
    kernel, bias = model.get_layer('conv').get_weights()
    expected = np.zeros((2, 3, 3))
    for row in range(2):
        for column in range(3):
            window = INPUTS['picture'][0, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            expected[row, column] = np.tensordot(window, kernel, 3) + bias
    _, maps = engine.run(INPUTS, ['conv'])
    np.testing.assert_allclose(maps['conv'], np.maximum(expected, 0), atol=1e-6)


def test_nothing_is_random(built: tuple[Any, TensorFlowEngine]) -> None:
    """Layers that were built to stay in training rest, so that pictures do not flicker."""
    _, engine = built
    outputs, maps = engine.run(INPUTS, ['conv', 'noise'])
    np.testing.assert_array_equal(maps['noise'], maps['conv'])
    np.testing.assert_array_equal(engine.run(INPUTS)[0]['b'], outputs['b'])


def test_outputs_keep_the_models_order(built: tuple[Any, TensorFlowEngine]) -> None:
    """Outputs come by name, without the batch axis."""
    model, engine = built
    outputs, maps = engine.run(INPUTS)
    assert [array.shape for array in outputs.values()] == [(2,), (1,)]
    assert list(outputs) == model.output_names
    assert maps == {}
    outputs['b'][:] = 0  # The caller owns it.


def test_what_does_not_fit_is_refused(built: tuple[Any, TensorFlowEngine]) -> None:
    """Shapes and names are checked before anything is computed."""
    _, engine = built
    with pytest.raises(ProfileError, match=r'expected the shape \(1, 1\), received \(1,\)'):
        engine.run({**INPUTS, 'speed': np.float32([1])})
    with pytest.raises(UnknownNameError, match="Unknown layer 'flatten'"):
        engine.run(INPUTS, ['flatten'])
