# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients, against closed forms, finite differences and another library."""

from __future__ import annotations

from functools import partial
import gc
from pathlib import Path
import resource

import numpy as np
import pytest

from featuremap_ros.attribution.gradcam import grad_cam
from featuremap_ros.attribution.hirescam import hires_cam
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.keras import gradients as keras_gradients
from featuremap_ros.pilot.keras.gradients import KerasGradients
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.pilot.tflite import gradients as tflite_gradients
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients

keras = backends.keras()
L = keras.layers

PICTURES = np.random.default_rng(3).random((4, 20, 27, 3), np.float32)
HEADS = {
    'steering': Head('steering'),
    'throttle': Head('throttle', positive='left'),
    'bins': Head('bins', kind='bins', values=(-1.0, -0.2, 0.3, 1.0)),
    'squashed': Head('squashed'),
}


def features(x, activation='relu'):
    """Return the maps of two convolutions, not square."""
    y = L.Conv2D(4, 5, strides=2, activation=activation, name='conv_1')(x)
    return L.Conv2D(5, 3, activation=activation, name='conv_2')(y)


def with_heads(activation):
    """Return a network with heads of all kinds behind a dense layer."""
    keras.utils.set_random_seed(7)
    x = keras.Input((20, 27, 3), name='image')
    flat = L.Flatten()(features(x, activation))
    y = L.Dense(11, activation=activation, name='dense')(flat)
    heads = [
        L.Dense(1, name='steering')(y),
        L.Dense(1, name='throttle')(y),
        L.Dense(4, activation='softmax', name='bins')(y),
        L.Dense(1, activation='tanh', bias_initializer='ones', name='squashed')(y),
    ]
    return keras.Model(x, heads)


@pytest.fixture(scope='module')
def model():
    """Return a network with heads of all kinds."""
    return with_heads('relu')


@pytest.fixture(scope='module', params=['TensorFlow', 'NumPy'])
def differentiated(request):
    """Return a function that makes a network ready to be differentiated, in either way."""
    return partial(Subject, way=request.param)


@pytest.fixture(scope='module')
def subject(model, differentiated):
    """Return the network with heads of all kinds, ready to be differentiated."""
    return differentiated(model)


class Subject:
    """A network with what the tests ask of it."""

    def __init__(self, model, way):
        self.model = model
        self.network = describe(model, 'built here')
        self.gradients = (
            KerasGradients(model, self.network)
            if way == 'TensorFlow'
            else TFLiteGradients(convert(model, self.network))
        )

    def target(self, name):
        """Look a target up."""
        heads = {n: h for n, h in HEADS.items() if h.output in model_outputs(self.network)}
        return find_target(name, heads, self.network)

    def activation(self, layer, picture=PICTURES[0]):
        """Compute a layer with Keras."""
        inner = self.model.get_layer(layer).output
        return np.array(keras.Model(self.model.inputs, inner)(picture[None]))[0]

    def by_layer(self, layer, target, picture=PICTURES[0]):
        """Return activation and gradient of a layer."""
        activation = self.activation(layer, picture)
        inputs = {'image': picture[None]}
        return activation, self.gradients.by_layer(inputs, layer, activation, self.target(target))

    def by_input(self, pictures, target):
        """Return the gradient by the picture."""
        return self.gradients.by_input({'image': pictures[:1]}, pictures, self.target(target))


def model_outputs(network):
    """Return the names of the outputs."""
    return [tensor.name for tensor in network.outputs]


def weights(model, layer):
    """Return kernel and bias of a dense layer in float64."""
    return [np.array(w, np.float64) for w in model.get_layer(layer).get_weights()]


def tail(model, activation):
    """Return all heads for a map of conv_2, in NumPy and float64: logits before squashing."""
    hidden_kernel, hidden_bias = weights(model, 'dense')
    hidden = np.maximum(activation.reshape(-1).astype(np.float64) @ hidden_kernel + hidden_bias, 0)
    return {
        name: hidden @ kernel + bias
        for name in model_outputs(describe(model, ''))
        for kernel, bias in [weights(model, name)]
    }


def softmax(z):
    """Return probabilities."""
    return np.exp(z - z.max()) / np.exp(z - z.max()).sum()


SCORES = {
    'steering': lambda out: -out['steering'][0],
    'throttle': lambda out: out['throttle'][0],
    'squashed': lambda out: out['squashed'][0],
    'bins': lambda out: softmax(out['bins']) @ np.array([-1.0, -0.2, 0.3, 1.0]),
    'bins:2': lambda out: out['bins'][2],
    'squashed:0': lambda out: out['squashed'][0],
}


@pytest.mark.parametrize('target', SCORES)
def test_gradients_by_a_layer_agree_with_finite_differences(model, subject, target):
    """The tail of the network in NumPy and float64, moved a little in both directions."""
    activation, found = subject.by_layer('conv_2', target)
    score = SCORES[target]
    assert found.scores == pytest.approx([score(tail(model, activation))], rel=1e-5)
    assert found.values.shape == (1, *activation.shape)
    assert found.values.dtype == np.float32
    step = 1e-6
    rng = np.random.default_rng(0)
    for index in rng.choice(activation.size, 60, replace=False):
        moved = np.repeat(activation[None].astype(np.float64), 2, axis=0)
        moved.reshape(2, -1)[:, index] += (step, -step)
        slope = (score(tail(model, moved[0])) - score(tail(model, moved[1]))) / (2 * step)
        assert found.values.reshape(-1)[index] == pytest.approx(slope, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ('target', 'unit'),
    [
        ('steering', 'steering'),
        ('throttle', 'throttle'),
        ('squashed', 'squashed before tanh'),
        ('bins', 'bins'),
        ('bins:2', 'logit'),
        ('squashed:0', 'output before tanh'),
    ],
)
def test_the_unit_says_what_was_differentiated(subject, target, unit):
    """A map in logits is no map in steering."""
    assert subject.by_layer('conv_2', target)[1].unit == unit


@pytest.mark.parametrize('layer', ['conv_1', 'conv_2'])
@pytest.mark.parametrize('sign', [1, -1])
def test_grad_cam_agrees_with_tf_keras_vis(model, subject, layer, sign):
    """Both signs, on every picture, before anything is enlarged or cut off."""
    vis = pytest.importorskip('tf_keras_vis.gradcam')
    oracle = vis.Gradcam(keras.Model(model.inputs, model.outputs[1]), clone=False)
    largest = 0.0
    for picture in PICTURES:
        expected = oracle(
            lambda output: sign * output[..., 0],
            picture[None],
            penultimate_layer=layer,
            expand_cam=False,
            normalize_cam=False,
        )[0]
        activation, gradient = subject.by_layer(layer, 'throttle', picture)
        found = np.maximum(sign * grad_cam(activation, gradient.values[0]), 0)
        largest = max(largest, np.abs(expected).max())
        assert found == pytest.approx(expected, abs=1e-6 * float(np.abs(expected).max()) + 1e-12)
    assert largest > 0


def test_hires_cam_has_its_closed_form_where_one_dense_layer_follows(differentiated):
    """A convolution of 1 x 1, Flatten, Dense: every cell's weights times its activations."""
    keras.utils.set_random_seed(2)
    x = keras.Input((6, 9, 3), name='image')
    y = L.Conv2D(4, 1, activation='relu', name='conv')(x)
    subject = differentiated(keras.Model(x, L.Dense(1, name='throttle')(L.Flatten()(y))))
    picture = np.random.default_rng(0).random((6, 9, 3), np.float32)
    activation, gradient = subject.by_layer('conv', 'throttle', picture)
    kernel, bias = weights(subject.model, 'throttle')
    mixing, offset = (
        np.array(w, np.float64) for w in subject.model.get_layer('conv').get_weights()
    )
    maps = np.maximum(picture @ mixing[0, 0] + offset, 0)
    expected = (maps * kernel.reshape(6, 9, 4)).sum(axis=2)
    found = hires_cam(activation, gradient.values[0])
    assert found == pytest.approx(expected, abs=1e-6)
    assert found.sum() + bias[0] == pytest.approx(gradient.scores[0], abs=1e-5)


@pytest.fixture(scope='module')
def smooth(differentiated):
    """Return the same network without kinks, so that small steps tell the slope."""
    return differentiated(with_heads('elu'))


@pytest.mark.parametrize('target', SCORES)
def test_gradients_by_the_picture_agree_with_finite_differences(smooth, target):
    """Asked for all pictures at once, along random directions."""
    found = smooth.by_input(PICTURES, target)
    assert found.values.shape == PICTURES.shape
    rng = np.random.default_rng(1)
    step = 1e-2
    for _ in range(5):
        direction = rng.normal(size=PICTURES.shape).astype(np.float32)
        ends = [smooth.by_input(PICTURES + s * step * direction, target) for s in (1, -1)]
        slopes = (ends[0].scores - ends[1].scores) / (2 * step)
        expected = (found.values.astype(np.float64) * direction).sum(axis=(1, 2, 3))
        assert slopes == pytest.approx(expected, rel=0.01, abs=0.003)


def test_a_batch_is_the_same_as_its_pictures(subject, differentiated, monkeypatch):
    """Also where memory allows only one at a time."""
    whole = subject.by_input(PICTURES, 'steering')
    for module in (keras_gradients, tflite_gradients):
        monkeypatch.setattr(module, '_BATCH_BYTES', 1)
    small = differentiated(subject.model).by_input(PICTURES, 'steering')
    assert small.values == pytest.approx(whole.values, abs=1e-6)
    assert small.scores == pytest.approx(whole.scores, abs=1e-6)


def test_behind_a_tanh_that_saturates_the_gradient_lives(differentiated):
    """Right before it; the output itself would not move in float32 any more."""
    keras.utils.set_random_seed(2)
    x = keras.Input((20, 27, 3), name='image')
    flat = L.Flatten()(features(x))
    bias = keras.initializers.Constant(50.0)
    heads = [
        L.Dense(1, activation='tanh', bias_initializer=bias, name='squashed')(flat),
        L.Activation('sigmoid', name='throttle')(L.Dense(1, bias_initializer=bias)(flat)),
    ]
    saturated = differentiated(keras.Model(x, heads))
    for target, kind in (('squashed', 'tanh'), ('throttle', 'sigmoid')):
        _, found = saturated.by_layer('conv_2', target)
        assert found.unit == f'{target} before {kind}'
        assert abs(found.scores[0]) > 40
        assert np.abs(found.values).max() > 0.01


def test_an_activation_layer_behind_a_nested_model_is_taken_apart(differentiated):
    """The logit of a class, whatever the softmax is written as."""
    keras.utils.set_random_seed(4)
    for last in (L.Activation('softmax', name='bins'), L.Softmax(name='bins')):
        inner_x = keras.Input((20, 27, 3))
        inner = keras.Model(inner_x, L.Flatten()(features(inner_x)), name='inner')
        x = keras.Input((20, 27, 3), name='image')
        logits = L.Dense(4, name='logits')(inner(x))
        subject = differentiated(keras.Model(x, last(logits)))
        found = subject.by_input(PICTURES, 'bins:1')
        expected = np.array(keras.Model(x, logits)(PICTURES))[:, 1]
        assert found.unit == 'logit'
        assert found.scores == pytest.approx(expected, abs=1e-5)
        activation = np.random.default_rng(0).random((6, 10, 5), np.float32)
        gradient = subject.gradients.by_layer(
            {'image': PICTURES[:1]}, 'inner/conv_2', activation, subject.target('bins:1')
        )
        kernel, _ = weights(subject.model, 'logits')
        assert gradient.values[0] == pytest.approx(kernel[:, 1].reshape(6, 10, 5), abs=1e-6)


def test_of_two_branches_only_the_one_through_the_layer_counts(differentiated):
    """The other one is there, computed from the picture, and held still."""
    keras.utils.set_random_seed(4)
    x = keras.Input((6, 9, 3), name='image')
    stem = L.Conv2D(2, 1, name='stem')(x)
    branch = L.Conv2D(2, 1, name='branch')(stem)
    product = L.Multiply()([stem, branch])
    total = L.Dense(1, kernel_initializer='ones', use_bias=False, name='throttle')
    subject = differentiated(keras.Model(x, total(L.Flatten()(product))))
    picture = np.random.default_rng(0).random((6, 9, 3), np.float32)
    _, found = subject.by_layer('branch', 'throttle', picture)
    assert found.values[0] == pytest.approx(subject.activation('stem', picture), abs=1e-6)


def test_a_layer_that_the_number_does_not_depend_on_has_a_zero_gradient(differentiated):
    """No evidence is an answer."""
    x = keras.Input((20, 27, 3), name='image')
    steering = L.Dense(1, name='steering')(L.Flatten()(x))
    throttle = L.Dense(1, name='throttle')(L.Flatten()(features(x)))
    subject = differentiated(keras.Model(x, [steering, throttle]))
    assert not subject.by_layer('conv_2', 'steering')[1].values.any()
    assert subject.by_layer('conv_2', 'throttle')[1].values.any()


def test_further_inputs_are_held_still(differentiated):
    """The picture is a batch, the rest is repeated."""
    keras.utils.set_random_seed(6)
    x, imu = keras.Input((6, 9, 3), name='image'), keras.Input((2,), name='imu')
    flat = L.Concatenate()([L.Flatten()(x), imu])
    model = keras.Model([imu, x], L.Dense(1, name='throttle')(flat))
    subject = differentiated(model)
    pictures = np.random.default_rng(0).random((3, 6, 9, 3), np.float32)
    constant = np.array([[2.0, -3.0]], np.float32)
    found = subject.gradients.by_input(
        {'image': pictures[:1], 'imu': constant}, pictures, subject.target('throttle')
    )
    kernel, bias = weights(model, 'throttle')
    flat = np.concatenate([pictures.reshape(3, -1), np.repeat(constant, 3, axis=0)], axis=1)
    assert found.scores == pytest.approx((flat @ kernel + bias)[:, 0], abs=1e-5)
    for gradient in found.values:
        assert gradient == pytest.approx(kernel[:-2].reshape(6, 9, 3), abs=1e-6)


@pytest.mark.parametrize('centre', [False, True])
def test_a_channel_is_driven_by_its_mean_or_its_middle(subject, centre):
    """The score is what Keras computes for it, and the gradient points up."""
    inputs = {'image': PICTURES[:1]}

    def ask(pictures):
        return subject.gradients.by_input_of_channel(inputs, pictures, 'conv_2', 3, centre=centre)

    found = ask(PICTURES)
    for score, picture in zip(found.scores, PICTURES, strict=True):
        channel = subject.activation('conv_2', picture)[..., 3]
        expected = channel[3, 5] if centre else channel.mean()
        assert score == pytest.approx(float(expected), abs=1e-6)
    assert found.unit == 'activation'
    if not centre:
        assert (ask(PICTURES + 0.05 * np.sign(found.values)).scores > found.scores).all()


def test_what_is_not_there_is_refused(subject, differentiated):
    """Layers and channels, with the choices."""
    with pytest.raises(UnknownNameError, match=r"'conv_3'.*conv_1, conv_2"):
        subject.gradients.by_layer({}, 'conv_3', np.zeros((1, 1, 1)), subject.target('steering'))
    with pytest.raises(UnsupportedError, match=r"Channel 5 asked for, 'conv_2' has 0 to 4"):
        subject.gradients.by_input_of_channel({}, PICTURES, 'conv_2', 5)
    x = keras.Input((4, 4, 3), name='image')
    flat = differentiated(keras.Model(x, L.Dense(1, name='throttle')(L.Flatten()(x))))
    with pytest.raises(UnsupportedError, match=r'no convolution whose kernels'):
        flat.gradients.first_kernels()


def test_the_first_kernels_are_those_of_the_first_convolution(subject, differentiated):
    """Also in a nested model."""
    expected = subject.model.get_layer('conv_1').get_weights()[0]
    assert np.array_equal(subject.gradients.first_kernels(), expected)
    x = keras.Input((20, 27, 3), name='image')
    inner_x = keras.Input((20, 27, 3))
    inner = keras.Model(inner_x, features(inner_x), name='inner')
    nested = differentiated(keras.Model(x, L.Dense(1, name='throttle')(L.Flatten()(inner(x)))))
    expected = inner.get_layer('conv_1').get_weights()[0]
    assert np.array_equal(nested.gradients.first_kernels(), expected)


def test_memory_does_not_grow(subject):
    """A function is compiled once per question, not once per frame."""
    statistics = Path('/proc/self/statm')
    if not statistics.exists():
        pytest.skip('the size of this process is not known on this system')

    def ask(times):
        for _ in range(times):
            subject.by_input(PICTURES, 'steering')
            activation = PICTURES[0, :6, :10, :1].repeat(5, axis=2)
            subject.gradients.by_layer(
                {'image': PICTURES[:1]}, 'conv_2', activation, subject.target('bins')
            )
        gc.collect()
        return int(statistics.read_text().split()[1]) * resource.getpagesize()

    ask(100)
    before = ask(100)
    assert ask(400) - before < 8 * 2**20
