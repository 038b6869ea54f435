# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method on networks of every build, with the forward pass of the car as the judge."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.vision.frame import Frame

keras = backends.keras()
L = keras.layers

PROFILE = """
input: {size: [40, 32], normalisation: /255}
heads:
  steering: {output: angle, kind: bins, values: [-1, -0.25, 0.25, 1], positive: right}
  throttle: {output: throttle}
"""
OPTIONS = {
    'smoothgrad': {'copies': 3},
    'integrated_gradients': {'baseline': 'grey'},
    'occlusion': {'patch': 16, 'step': 16},
}
METHODS = (
    *('activation', 'visualbackprop', 'gradcam', 'hirescam'),
    *('saliency', 'smoothgrad', 'integrated_gradients', 'occlusion'),
)


def plain(x):
    """Valid convolutions one after another."""
    return L.Conv2D(8, 3, strides=2, activation='relu')(
        L.Conv2D(6, 5, strides=2, activation='relu')(x)
    )


def normalised(x):
    """Batch normalisation before an ELU, dropout, pooling."""
    y = L.Conv2D(6, 3, padding='same', use_bias=False)(x)
    y = L.ELU()(L.BatchNormalization()(y))
    y = L.MaxPooling2D(2)(L.Dropout(0.3)(y))
    return L.AveragePooling2D(2)(L.Conv2D(6, 3, activation='tanh')(y))


def branches(x):
    """A residual block, and two kernels side by side."""
    stem = L.Conv2D(6, 3, strides=2, padding='same', activation='relu')(x)
    met = L.Add()([stem, L.Conv2D(6, 3, padding='same', activation='relu')(stem)])
    left = L.Conv2D(4, 1, padding='same', activation='relu')(met)
    right = L.Conv2D(4, 5, padding='same', activation='relu')(met)
    return L.Conv2D(6, 3, strides=2, activation='relu')(L.Concatenate()([left, right]))


def nested(x):
    """A model in a model, the inner one a Sequential."""
    inner = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            L.Conv2D(6, 5, strides=2, activation='relu'),
            L.SeparableConv2D(8, 3, activation='relu'),
        ],
        name='inner',
    )
    return L.DepthwiseConv2D(3, activation='relu')(inner(x))


def rescaled(x):
    """What the network does to its input itself, and a crop."""
    y = L.Cropping2D(((8, 0), (0, 0)))(L.Rescaling(2.0, offset=-1.0)(x))
    return L.LeakyReLU()(L.Conv2D(6, 5, strides=2)(L.ZeroPadding2D(1)(y)))


BODIES = {f.__name__: f for f in (plain, normalised, branches, nested, rescaled)}
HEADS = {'flat': lambda y: L.Flatten()(y), 'pooled': lambda y: L.GlobalAveragePooling2D()(y)}


NETWORKS = [*((body, 'flat') for body in BODIES), ('branches', 'pooled')]


@pytest.fixture(scope='module', params=NETWORKS, ids='-'.join)
def explainer(request, make_pilot):
    """Return an explainer of a network with a softmax and a tanh."""
    body, head = request.param
    keras.utils.set_random_seed(6)
    x = keras.Input((32, 40, 3), name='image')
    y = L.Dense(12, activation='relu')(HEADS[head](BODIES[body](x)))
    angle = L.Dense(4, activation='softmax', name='angle')(y)
    throttle = L.Dense(1, activation='tanh', name='throttle')(y)
    return Explainer(make_pilot(keras.Model(x, [angle, throttle]), PROFILE))


@pytest.fixture(scope='module')
def camera():
    """Return a frame with structure."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
    return Frame(np.kron(coarse, np.ones((4, 4, 1), np.uint8)), 0)


@pytest.mark.parametrize('target', ['steering', 'throttle', 'angle:2'])
def test_every_method_explains_every_head(explainer, camera, target):
    """Finite maps that are not empty, at the first and at the last layer."""
    network = explainer.pilot.network
    for name in METHODS:
        method = explainer.method(name)
        for layer in showcase(network) if method.layered else (None,):
            about = target if method.headed else None
            asked = {'layer': layer, 'target': about, **OPTIONS.get(name, {})}
            found = explainer.explain(camera, name, **asked)
            assert np.isfinite(found.raw.values).all()
            assert found.raw.values.any(), (name, layer)


@pytest.mark.parametrize(('target', 'before'), [('steering', float), ('throttle', np.arctanh)])
def test_gradients_add_up_to_what_the_car_would_do(explainer, camera, target, before):
    """The sum over all pixels is the change that the driving engine shows, before its tanh."""
    forward = explainer.pilot.forward(camera)
    about = explainer.target(target)
    moment = Moment(explainer.pilot, camera, about, forward, explainer.gradients)
    whole, grey = moment.score(np.stack([moment.pixels, moment.hidden('grey')]))
    found = explainer.explain(camera, 'integrated_gradients', baseline='grey', target=target)
    expected = before(whole) - before(grey)
    assert found.raw.values.sum() == pytest.approx(expected, rel=0.02, abs=1e-4)
