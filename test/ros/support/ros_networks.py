# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small networks whose decisions are known in advance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 64, 48
LIMIT = 0.4
"""Steering limit of the car (rad)."""

PROFILE = """\
name: colours
description: Steers to the right as far as a picture is more red than blue.
input: {size: [64, 48], interpolation: linear, normalisation: none}
heads:
  steering: {output: 0, component: 0, range: [-1.0, 1.0], positive: right}
  throttle: {output: 0, component: 1, range: [-1.0, 1.0]}
"""

OVERFLOW = (0, 255, 0)
"""The colour on which the network returns infinity."""


def angle_of(color: tuple[int, int, int]) -> float:
    """Return the steering angle (rad, + = left) that the networks decide on a uniform picture."""
    return -LIMIT * (color[0] - color[2]) / 255


def write_networks(folder: Path) -> dict[str, Path]:
    """Write the networks as TFLite.

    Both steer by ``(red - blue) / 255``, give ``green / 255`` as throttle, and overflow to
    infinity on pure green; the slow one takes a large convolution on the way.

    Args:
        folder: Where to.

    Returns:
        The files, by ``'quick'`` and ``'slow'``.
    """
    import keras
    import tensorflow as tf

    paths = {}
    for name, filters in (('quick', 4), ('slow', 384)):
        keras.utils.set_random_seed(7)
        network = _network(keras, filters)
        converter = tf.lite.TFLiteConverter.from_keras_model(network)
        paths[name] = folder / f'{name}.tflite'
        paths[name].write_bytes(converter.convert())
    return paths


def _network(keras, filters):
    """Return one network; its time grows with the square of the filters."""
    layers = keras.layers
    image = keras.Input((HEIGHT, WIDTH, 3), name='image')
    first = layers.Conv2D(filters, 3, padding='same', activation='relu', name='first')(image)
    second = layers.Conv2D(filters, 3, activation='relu', name='second')(first)
    # The convolutions are seen, but weigh nothing.
    seen = layers.Dense(1, kernel_initializer='zeros')(layers.GlobalAveragePooling2D()(second))
    mean = layers.GlobalAveragePooling2D()(image)
    pure = layers.Dense(2, activation='relu', name='pure')(mean)
    huge = layers.Dense(1, use_bias=False, name='huge')(pure)
    colors = layers.Dense(1, use_bias=False, name='colors')(mean)
    steering = layers.Add(name='steering')([colors, seen, huge])
    throttle = layers.Dense(1, use_bias=False, name='throttle')(mean)
    network = keras.Model(image, layers.Concatenate(name='decision')([steering, throttle]))
    column = np.array([[1 / 255], [0], [-1 / 255]], np.float32)
    network.get_layer('colors').set_weights([column])
    network.get_layer('throttle').set_weights([np.array([[0], [1 / 255], [0]], np.float32)])
    # Green of 255 without red gives 1 in both units, and 6e38 is more than a float32 holds.
    weights = np.array([[-1, -1], [1, 1], [0, 0]], np.float32)
    network.get_layer('pure').set_weights([weights, np.full(2, -254, np.float32)])
    network.get_layer('huge').set_weights([np.full((2, 1), 3e38, np.float32)])
    return network
