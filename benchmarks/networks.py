# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Driving networks with seeded weights, shaped like real ones and with their layer names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from featuremap_ros.pilot import backends


def axionaut() -> Any:
    """Return the pilot of the FeatureMaps article: 70 x 250, five directions."""
    keras = backends.keras()
    layers = keras.layers
    keras.utils.set_random_seed(1)
    parts = [keras.Input((70, 250, 3), name='img_in')]
    for number, filters in enumerate((1, 2, 4, 4), 1):
        parts += [
            layers.Conv2D(
                filters, 3, padding='same', activation='relu', name=f'convolution2d_{number}'
            ),
            layers.MaxPooling2D(name=f'maxpooling2d_{number}'),
            layers.Dropout(0.1, name=f'dropout_{number}'),
        ]
    parts += [
        layers.Flatten(name='flatten_1'),
        layers.Dense(20, activation='relu', name='dense_1'),
        layers.Dense(5, name='dense_2'),
        layers.Activation('softmax', name='activation_2'),
    ]
    return keras.Sequential(parts)


def pilotnet() -> Any:
    """Return PilotNet: 66 x 200, one steering value (arXiv 1604.07316)."""
    keras = backends.keras()
    layers = keras.layers
    keras.utils.set_random_seed(2)
    parts = [
        keras.Input((66, 200, 3), name='image'),
        layers.Rescaling(1 / 127.5, -1, name='lambda_1'),
        *_convolutions(((24, 5, 2), (36, 5, 2), (48, 5, 2), (64, 3, 1), (64, 3, 1)), 'elu'),
        layers.Flatten(name='flatten_1'),
        *(
            layers.Dense(units, activation='elu', name=f'dense_{number}')
            for number, units in enumerate((100, 50, 10), 1)
        ),
        layers.Dense(1, name='dense_4'),
    ]
    return keras.Sequential(parts)


def donkeycar() -> Any:
    """Return donkeycar's categorical pilot: 120 x 160, 15 angles, 20 throttles."""
    keras = backends.keras()
    layers = keras.layers
    keras.utils.set_random_seed(3)
    image = keras.Input((120, 160, 3), name='img_in')
    value = image
    for layer in _convolutions(
        ((24, 5, 2), (32, 5, 2), (64, 5, 2), (64, 3, 2), (64, 3, 1)), 'relu', 'conv2d'
    ):
        value = layer(value)
    value = layers.Flatten(name='flattened')(value)
    for units in (100, 50):
        value = layers.Dense(units, activation='relu')(value)
    outputs = [
        layers.Dense(count, activation='softmax', name=name)(value)
        for name, count in (('angle_out', 15), ('throttle_out', 20))
    ]
    return keras.Model(image, outputs)


def stack(height: int, width: int, *, layers: int, channels: int) -> Any:
    """Return a network of equal convolutions whose maps keep the picture's size.

    Args:
        height: Of the input.
        width: Of the input.
        layers: How many, called ``conv_1`` and so on.
        channels: Of each.
    """
    keras = backends.keras()
    keras.utils.set_random_seed(4)
    parts = [keras.Input((height, width, 3), name='image')]
    parts += [
        keras.layers.Conv2D(channels, 3, padding='same', activation='relu', name=f'conv_{number}')
        for number in range(1, layers + 1)
    ]
    parts += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1, name='steering')]
    return keras.Sequential(parts)


def multiply_adds(model: Any) -> int:
    """Return how often one forward pass multiplies, counted from the layers' shapes.

    Args:
        model: A Keras model of convolutions and dense layers.
    """
    count = 0
    for layer in model.layers:
        if layer.weights:
            positions = layer.output.shape[1:-1]
            count += int(np.prod(layer.weights[0].shape)) * int(np.prod(positions))
    return count


def _convolutions(
    shapes: Iterable[tuple[int, int, int]], activation: str, name: str = 'convolution2d'
) -> list[Any]:
    """Return convolutions of (filters, side of the kernel, stride), numbered from 1."""
    return [
        backends.keras().layers.Conv2D(
            filters, side, strides=stride, activation=activation, name=f'{name}_{number}'
        )
        for number, (filters, side, stride) in enumerate(shapes, 1)
    ]
