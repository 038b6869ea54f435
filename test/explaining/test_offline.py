# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Kernels and maximised inputs of real networks."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.offline import (
    as_picture,
    kernels,
    maximize_channel,
    maximize_target,
)
from featuremap_ros.vision.preprocess import InputSpec, normalise

PLAIN = {'jitter': 0, 'rotation': 0.0, 'total_variation': 0.0, 'sparsity': 0.0}


def test_the_centre_unit_of_a_convolution_wants_its_own_sign(keras, make_pilot):
    """White where the kernel is positive, black where it is negative."""
    keras.utils.set_random_seed(3)
    x = keras.Input((24, 32, 3), name='image')
    y = keras.layers.Conv2D(2, 5, name='conv')(x)
    model = keras.Model(x, keras.layers.Dense(1, name='steering')(keras.layers.Flatten()(y)))
    found = maximize_channel(Explainer(make_pilot(model)), 'conv', 1, centre=True, **PLAIN)
    kernel = model.get_layer('conv').get_weights()[0][..., 1]
    # The middle cell of 20 x 28 is (10, 14), and it sees from there on.
    assert found.x[10:15, 14:19] == pytest.approx((kernel > 0).astype(np.float32))
    assert found.score == pytest.approx(float(kernel[kernel > 0].sum()), rel=1e-4)
    assert found.noise_score < found.score


def test_steering_is_driven_to_the_left(tiny):
    """Further than any noise does, and the network confirms it."""
    found = maximize_target(tiny, 'steering', steps=60)
    assert found.score > found.noise_score
    outputs = tiny.pilot.outputs(found.x[None])
    assert tiny.target().value(outputs) == pytest.approx(found.score, abs=1e-4)


@pytest.mark.parametrize('color', ['rgb', 'yuv'])
def test_what_the_profile_masks_stays_black(keras, make_pilot, color):
    """No camera ever shows anything there, however much the network would like it."""
    x = keras.Input((24, 32, 3), name='image')
    flat = keras.layers.Flatten()(x)
    model = keras.Model(x, keras.layers.Dense(1, kernel_initializer='ones', name='steering')(flat))
    profile = (
        f'input: {{size: [32, 24], color: {color}, crop: {{top: 10, mode: mask}}, '
        'normalisation: /255}\nheads: {steering: {output: steering, positive: left}}\n'
    )
    explainer = Explainer(make_pilot(model, profile))
    found = maximize_target(explainer, **PLAIN)
    black = [0.0, 0.0, 0.0] if color == 'rgb' else [0.0, 128 / 255, 128 / 255]
    assert found.x[:10].reshape(-1, 3) == pytest.approx(np.tile(black, (320, 1)))
    assert found.x[10:] == pytest.approx(np.ones((14, 32, 3)))
    assert found.score == pytest.approx(found.x.sum(), rel=1e-5)


def test_a_dead_channel_is_refused(keras, make_pilot):
    """A bias that no picture can overcome."""
    x = keras.Input((24, 32, 3), name='image')
    bias = keras.initializers.Constant([0.0, -1e3])
    y = keras.layers.Conv2D(2, 3, activation='relu', bias_initializer=bias, name='conv')(x)
    model = keras.Model(x, keras.layers.Dense(1, name='steering')(keras.layers.Flatten()(y)))
    explainer = Explainer(make_pilot(model))
    with pytest.raises(UnsupportedError, match=r'The filter is dead'):
        maximize_channel(explainer, 'conv', 1)
    with pytest.raises(UnsupportedError, match=r"Channel 2 asked for, 'conv' has 0 to 1"):
        maximize_channel(explainer, 'conv', 2)


def test_kernels_are_those_of_the_file(tiny, tiny_model, keras):
    """The largest weight is at the end of the scale."""
    drawn = kernels(tiny)
    weights = keras.models.load_model(tiny_model).get_layer('conv_1').get_weights()[0]
    assert drawn.shape == (4, 5, 5, 3)
    row, column, channel, number = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    value = drawn[number, row, column, channel]
    assert value == (255 if weights[row, column, channel, number] > 0 else 0)


@pytest.mark.parametrize('how', ['none', '/255', '/127.5-1', '/255-0.5'])
@pytest.mark.parametrize('color', ['rgb', 'bgr', 'gray'])
def test_an_input_is_shown_as_the_camera_would_see_it(how, color):
    """Normalisation and colour order are undone."""
    channels = 1 if color == 'gray' else 3
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    shown = as_picture(normalise(pixels, how), InputSpec((7, 5), color=color, normalisation=how))
    expected = pixels[..., ::-1] if color == 'bgr' else pixels
    assert np.array_equal(shown, np.broadcast_to(expected, (5, 7, 3)))


def test_a_picture_that_is_normalised_for_itself_is_shown_around_grey():
    """Two standard deviations are the whole range."""
    spec = InputSpec((7, 5), normalisation='per-image')
    x = np.zeros((5, 7, 3), np.float32)
    x[0], x[1] = -2, 2
    shown = as_picture(x, spec)
    assert shown[0, 0, 0] == 0
    assert shown[1, 0, 0] == 255
    assert shown[2, 0, 0] == 128
