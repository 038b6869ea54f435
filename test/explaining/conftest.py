# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small pilots of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.frame import Frame

PLAIN = 'input: {size: [32, 24], normalisation: /255}\n'
HEADS = 'heads: {steering: {output: steering, positive: right}}\n'


@pytest.fixture(scope='session')
def keras():
    """Return Keras."""
    return backends.keras()


@pytest.fixture(scope='session')
def make_pilot(tmp_path_factory):
    """Return a function that saves a Keras model and loads it as a pilot."""

    def make(model, profile=PLAIN + HEADS):
        path = tmp_path_factory.mktemp('pilot') / 'pilot.keras'
        model.save(path)
        return Pilot.load(path, profile=PilotProfile.parse(profile, origin='test'))

    return make


@pytest.fixture(scope='session')
def tiny(tiny_model, tiny_profile):
    """Return an explainer of the tiny network: a camera of 64 x 48, the upper 8 rows cut off."""
    return Explainer(Pilot.load(tiny_model, profile=tiny_profile))


@pytest.fixture(scope='session')
def bins(keras, make_pilot):
    """Return an explainer of a network with five steering bins and a softmax."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    x = keras.Input((24, 32, 3), name='image')
    y = layers.Conv2D(4, 5, strides=2, activation='relu', name='conv_1')(x)
    y = layers.Conv2D(6, 3, activation='relu', name='conv_2')(y)
    out = layers.Dense(5, activation='softmax', name='angle')(layers.Flatten()(y))
    heads = (
        'heads: {steering: {output: angle, kind: bins, values: [-1, -0.5, 0, 0.5, 1], '
        'positive: right}}\n'
    )
    return Explainer(make_pilot(keras.Model(x, out), PLAIN + heads))


@pytest.fixture(scope='session')
def frame():
    """Return a frame of noise, 64 x 48."""
    rng = np.random.default_rng(0)
    return Frame(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), 5 * 10**9)
