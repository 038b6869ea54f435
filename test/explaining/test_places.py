# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where every method puts its heat, without any of the arithmetic that puts it there.

The network is linear, all ones, and reads one inner cell; the picture is black but for that cell's
receptive field, found by a gradient in TensorFlow. Everything is then the same to both sides of
the middle of that field, so the heat of every method, at every layer, must be centred on it, in
camera pixels that follow from the crop and the whole factor of the resize alone.
"""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot import backends
from featuremap_ros.vision.frame import Frame

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers

HEIGHT, WIDTH, FACTOR = 63, 81, 3
TOP, LEFT = 24, 15
LAYERED = ('activation', 'visualbackprop', 'gradcam', 'hirescam')
METHODS = (*LAYERED, 'saliency', 'smoothgrad', 'integrated_gradients', 'occlusion')
OPTIONS = {
    'smoothgrad': {'copies': 2},
    'integrated_gradients': {'baseline': 'grey', 'steps': 2},
    # One pixel further at a time, so that the grid is the same to both sides too.
    'occlusion': {'patch': 9, 'step': 1},
}


def conv(kernel, stride=1, padding='valid'):
    """Return a convolution of ones."""
    return L.Conv2D(
        1, kernel, strides=stride, padding=padding, use_bias=False, kernel_initializer='ones'
    )


GEOMETRY = {
    'valid': lambda: [conv(5, 2), conv(5, 2), conv(3)],
    'same': lambda: [conv(5, 2, 'same'), conv(3, 2, 'same'), conv(3, 1, 'same')],
    'uneven': lambda: [conv((3, 5), (1, 2), 'same'), conv((4, 2), 2), conv((2, 3))],
    'pooling': lambda: [conv(3), L.AveragePooling2D(2), conv(3, 1, 'same'), L.AveragePooling2D(2)],
    'crop and pad': lambda: [
        L.Cropping2D(((5, 2), (3, 4))),
        conv(3, 2),
        L.ZeroPadding2D(((2, 1), (0, 3))),
        conv(3),
    ],
}
CROPS = {
    'remove': (f'{{top: {TOP}, left: {LEFT}}}', (TOP, LEFT), 1),
    'mask': (f'{{top: {TOP // FACTOR}, left: {LEFT // FACTOR}, mode: mask}}', (0, 0), 0),
}


@pytest.fixture(scope='module', params=[(name, crop) for name in GEOMETRY for crop in CROPS])
def scene(request, make_pilot):
    """Return an explainer, a frame, and the middle of what is lit in it (x, y camera pixels)."""
    geometry, crop = request.param
    x = y = keras.Input((HEIGHT, WIDTH, 3), name='image')
    for layer in GEOMETRY[geometry]():
        y = layer(y)
    rows, columns = y.shape[1:3]
    weights = np.zeros((rows, columns), np.float32)
    weights[rows // 2 + 1, columns // 2] = 1
    model = keras.Model(x, L.Dense(1, name='steering', use_bias=False)(L.Flatten()(y)))
    model.get_layer('steering').set_weights([weights.reshape(-1, 1)])
    black = tf.zeros((1, HEIGHT, WIDTH, 3))
    with tf.GradientTape() as tape:
        tape.watch(black)
        steering = model([black])
    lit = np.array(tape.gradient(steering, black))[0].any(axis=2)
    margins, (top, left), cut = CROPS[crop]
    profile = (
        f'input: {{size: [{WIDTH}, {HEIGHT}], crop: {margins}, interpolation: area, '
        'normalisation: /255}\nheads: {steering: {output: steering, positive: left}}\n'
    )
    image = np.zeros((FACTOR * HEIGHT + top, FACTOR * WIDTH + left, 3), np.uint8)
    image[top:, left:] = np.kron(lit, np.ones((FACTOR, FACTOR)))[..., None] * 200
    assert cut or not lit[: TOP // FACTOR].any()
    ys, xs = np.nonzero(image.any(axis=2))
    middle = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    return Explainer(make_pilot(model, profile)), Frame(image, 0), middle


def centre_of_heat(found):
    """Return the centre of gravity of a map (x, y camera pixels)."""
    heat = np.abs(found.raw.values).astype(np.float64)
    row, column = (
        (heat.sum(axis=1 - axis) * np.arange(heat.shape[axis])).sum() / heat.sum()
        for axis in (0, 1)
    )
    return found.raw.registration.to_cell_centres(column, row)


@pytest.mark.parametrize('method', METHODS)
def test_the_heat_is_where_the_evidence_is(scene, method):
    """Well within half a pixel of the network's input, at every layer that the method takes."""
    explainer, frame, middle = scene
    layers = [layer.name for layer in explainer.pilot.network.layers]
    assert len(layers) >= 3
    for layer in layers if method in LAYERED else (None,):
        found = explainer.explain(frame, method, layer=layer, **OPTIONS.get(method, {}))
        assert found.raw.values.any()
        away = np.abs(np.subtract(centre_of_heat(found), middle)) / FACTOR
        assert away.max() <= 0.1, (layer, away)
