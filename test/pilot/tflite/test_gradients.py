# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients of converted models, against TensorFlow's in float64."""

from __future__ import annotations

from collections.abc import Iterator
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.keras.graph import describe, output_names, trace
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.pilot.targets import find_target, Target
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients
from featuremap_ros.pilot.tflite.graph import parse_tflite

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers

PICTURES = np.random.default_rng(3).random((3, 24, 33, 4), np.float32)
HEADS = {
    'steering': Head('steering'),
    'bins': Head('bins', kind='bins', values=(-1.0, -0.2, 0.3, 1.0)),
}


class Tape:
    """A model in float64, differentiated by TensorFlow."""

    def __init__(self, model: Any) -> None:
        before = keras.config.floatx()
        keras.config.set_floatx('float64')
        try:
            self._model = type(model).from_config(_in_float64(model.get_config()))
        finally:
            keras.config.set_floatx(before)
        self._model.set_weights([np.asarray(w, np.float64) for w in model.get_weights()])

    def by_layer(self, inputs: dict[str, Any], layer: str, maps: Any, target: Target) -> Any:
        """Differentiate what a target names by a map that is given."""
        given = tf.constant(maps[None], tf.float64)
        return self._differentiate(inputs, given, target, layer)

    def by_input(self, inputs: dict[str, Any], picture: Any, target: Target) -> Any:
        """Differentiate what a target names by the picture."""
        given = tf.constant(picture[None], tf.float64)
        return self._differentiate(inputs, given, target, None)

    def _differentiate(self, inputs: Any, given: Any, target: Target, layer: str | None) -> Any:
        fed = [
            given if layer is None and len(x.shape) == 4 else tf.constant(x, tf.float64)
            for x in (inputs[t._keras_history.operation.name] for t in self._model.inputs)
        ]

        def call(name: str, operation: Any, args: Any, kwargs: Any) -> Any:
            return given if name == layer else operation(*args, **kwargs)

        with tf.GradientTape() as tape:
            tape.watch(given)
            outputs, _ = trace(self._model, fed, call)
            named = dict(zip(output_names(self._model), outputs, strict=True))
            flat = tf.reshape(named[target.output], (-1,))
            if target.entry is None:
                score = tf.tensordot(flat, tf.constant(target.values, tf.float64), 1)
            else:
                score = target.sign * flat[target.entry]
        zero = tf.UnconnectedGradients.ZERO
        return np.asarray(tape.gradient(score, given, unconnected_gradients=zero))[0]


def _in_float64(config: Any) -> Any:
    """Replace every data type of a configuration."""
    if isinstance(config, dict):
        return {
            key: 'float64' if key == 'dtype' else _in_float64(value)
            for key, value in config.items()
        }
    if isinstance(config, (list, tuple)):
        return type(config)(_in_float64(value) for value in config)
    return config


def compared(
    gradients: TFLiteGradients,
    engine: LiteRTEngine,
    tape: Tape,
    inputs: dict[str, Any],
    target: Target,
) -> Iterator[tuple[str, float]]:
    """Yield the largest error of every layer, as a share of the gradient's maximum."""
    for layer in engine.network.layers:
        maps = engine.run(inputs, [layer.name])[1][layer.name]
        try:
            found = gradients.by_layer(inputs, layer.name, maps, target).values[0]
        except NotDifferentiableError:
            yield layer.name, np.inf
            continue
        expected = tape.by_layer(inputs, layer.name, maps, target)
        yield layer.name, float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize(
    ('file', 'profile', 'pictures', 'joined'),
    [
        ('axionaut/autopilot.hdf5', 'axionaut', 'axionaut', set()),
        ('udacity/model.h5', 'pilotnet_udacity', 'udacity', {'lambda_1'}),
        ('donkeycar/pilot_21-08-12_8.h5', 'donkeycar_categorical', 'donkeycar', set()),
    ],
)
def test_real_pilots_agree_with_the_tape(shared_data, file, profile, pictures, joined):
    """Every layer and head, within 1e-6 of the maximum; TensorFlow in float32 is off by 5e-6."""
    pilot = Pilot.load(shared_data / file, profile=profile)
    gradients, engine = TFLiteGradients(pilot._engine.model), pilot._engine
    tape = Tape(read_keras(shared_data / file, lambdas=pilot.profile.lambdas)[0])
    with np.load(shared_data / 'inputs.npz') as kept:
        found = [kept[name] for name in kept.files if name.startswith(pictures)]
    camera = (found[0][0] if found[0].ndim == 4 else found[0]).astype(np.float32)
    scale = 255 if profile == 'donkeycar_categorical' else 1
    inputs = pilot.inputs(camera[None] / np.float32(scale))
    for head in pilot.profile.heads:
        target = find_target(head, pilot.profile.heads, pilot.network)
        errors = dict(compared(gradients, engine, tape, inputs, target))
        assert {name for name, error in errors.items() if error == np.inf} == joined
        assert max(error for name, error in errors.items() if name not in joined) <= 1e-6


def pooled(x):
    """Pool with margins that do not count, and with windows that overlap."""
    y = L.Conv2D(6, 3, padding='same', activation='elu', name='conv')(x)
    y = L.MaxPooling2D(3, strides=2, padding='same', name='strongest')(y)
    return L.AveragePooling2D((2, 3), strides=(1, 2), padding='same', name='averaged')(y)


def moved(x):
    """Pad, cut, dilate and separate."""
    y = L.ZeroPadding2D(((1, 2), (0, 3)), name='padded')(x)
    y = L.Conv2D(5, 3, dilation_rate=2, activation='tanh', name='dilated')(y)
    y = L.Cropping2D(((1, 0), (2, 1)), name='cut')(y)
    y = L.DepthwiseConv2D(3, strides=2, depth_multiplier=2, padding='same', name='depthwise')(y)
    y = L.SeparableConv2D(4, 3, activation='sigmoid', name='separable')(y)
    return L.LeakyReLU(negative_slope=0.2, name='leaky')(L.Conv2D(4, 1, name='last')(y))


def branched(x):
    """Add, scale by a gate, and join."""
    y = L.Conv2D(6, 3, strides=2, padding='same', activation='relu6', name='stem')(x)
    z = L.Conv2D(6, 3, padding='same', activation='hard_swish', name='side')(y)
    y = L.Add(name='sum')([y, z])
    gate = L.GlobalAveragePooling2D(keepdims=True, name='mean')(y)
    gate = L.Conv2D(6, 1, activation='sigmoid', name='gate')(gate)
    y = L.Multiply(name='gated')([y, gate])
    return L.Concatenate(name='joined')([y, L.Conv2D(2, 1, name='narrow')(y)])


def normalised(x):
    """Normalise between a convolution and its activation, and before the dense layers."""
    y = L.Conv2D(6, 5, strides=2, use_bias=False, name='conv_1')(x)
    y = L.ReLU(name='relu_1')(L.BatchNormalization(name='norm_1')(y))
    y = L.Conv2D(6, 3, name='conv_2')(y)
    return L.ReLU(name='relu_2')(L.BatchNormalization(name='norm_2')(y))


def turned(x):
    """Take the angle of two feature maps, and the arc tangent of one."""
    y = L.Conv2D(4, 3, strides=2, activation='tanh', name='first')(x)
    z = L.Conv2D(4, 1, activation='sigmoid', name='second')(y)
    angle = keras.ops.arctan2(y, z + 0.2)
    return keras.ops.arctan2(angle, np.ones((1, *angle.shape[1:]), np.float32))


BODIES = {
    'pooled': pooled,
    'moved': moved,
    'branched': branched,
    'normalised': normalised,
    'turned': turned,
}


def built(body, seed):
    """Return a network with a head of each kind and a second input."""
    keras.utils.set_random_seed(seed)
    image, speed = keras.Input((24, 33, 4), name='image'), keras.Input((2,), name='speed')
    y = L.Concatenate()([L.Flatten()(BODIES[body](image)), speed])
    y = L.BatchNormalization(name='norm')(L.Dense(9, activation='elu', name='dense')(y))
    heads = [L.Dense(1, name='steering')(y), L.Dense(4, activation='softmax', name='bins')(y)]
    model = keras.Model([image, speed], heads)
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            shape = layer.get_weights()[0].shape
            ends = ((0.5, 1.5), (-0.2, 0.2), (-0.2, 0.2), (0.5, 1.5))
            layer.set_weights([rng.uniform(*between, shape) for between in ends])
    return model


@pytest.mark.parametrize('body', BODIES)
@pytest.mark.parametrize('seed', [0, 1])
def test_random_networks_agree_with_the_tape(body, seed):
    """By every layer and by the picture."""
    model = built(body, seed)
    network = describe(model, 'built here')
    converted = convert(model, network)
    gradients, engine, tape = TFLiteGradients(converted), LiteRTEngine(converted), Tape(model)
    inputs = {'image': PICTURES[:1], 'speed': np.float32([[0.5, -2.0]])}
    for name in HEADS:
        target = find_target(name, HEADS, network)
        errors = dict(compared(gradients, engine, tape, inputs, target))
        assert max(errors.values()) <= 2e-6, errors
        found = gradients.by_input(inputs, PICTURES, target).values
        for picture, gradient in zip(PICTURES, found, strict=True):
            expected = tape.by_input(inputs, picture, target)
            assert np.abs(gradient - expected).max() <= 2e-6 * np.abs(expected).max()


def test_of_equal_cells_a_pooling_takes_the_first():
    """As TensorFlow does: a gradient that went to all of them would count twice."""
    x = keras.Input((4, 4, 1), name='image')
    maps = L.Conv2D(1, 1, kernel_initializer='ones', name='conv')(x)
    dense = L.Dense(1, kernel_initializer='ones', name='steering')
    model = keras.Model(x, dense(L.Flatten()(L.MaxPooling2D()(maps))))
    network = describe(model, 'built here')
    gradients = TFLiteGradients(convert(model, network))
    target = find_target('steering', {'steering': HEADS['steering']}, network)
    flat = np.ones((4, 4, 1), np.float32)
    found = gradients.by_layer({'image': flat[None]}, 'conv', flat, target).values[0, ..., 0]
    expected = np.zeros((4, 4))
    expected[::2, ::2] = -1  # The head's + is right.
    assert np.array_equal(found, expected)


def quantised(model, kind):
    """Convert a model to smaller numbers."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == 'float16':
        converter.target_spec.supported_types = [tf.float16]
    elif kind == 'int8':
        rng = np.random.default_rng(1)
        examples = [rng.random((1, 24, 33, 4), np.float32) for _ in range(50)]
        converter.representative_dataset = lambda: ([example] for example in examples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return parse_tflite(converter.convert(), source='converted here', origin='TFLite')


@pytest.mark.parametrize(
    ('kind', 'agreement', 'noted'),
    [('float16', 0.9999, False), ('weights in int8', 0.999, True), ('int8', 0.98, True)],
)
def test_a_quantised_pilot_is_differentiated_as_what_it_stands_for(kind, agreement, noted):
    """Nearly like the model it was, and the finding says what was left out."""
    keras.utils.set_random_seed(8)
    x = keras.Input((24, 33, 4), name='image')
    y = L.Conv2D(8, 5, strides=2, activation='relu', name='conv_1')(x)
    y = L.Conv2D(8, 3, activation='relu', name='conv_2')(y)
    y = L.Dense(40, activation='relu', name='dense')(L.Flatten()(y))
    model = keras.Model(x, L.Dense(1, name='steering')(y))
    small = quantised(model, kind)
    engine, gradients = LiteRTEngine(small), TFLiteGradients(small)
    heads = {'steering': Head(0)}
    inputs = {small.network.inputs[0].name: PICTURES[:1]}
    target = find_target('steering', heads, small.network)
    maps = engine.run(inputs, ['conv_2'])[1]['conv_2']
    found = gradients.by_layer(inputs, 'conv_2', maps, target)
    named = find_target('steering', {'steering': Head('steering')}, describe(model, ''))
    expected = Tape(model).by_layer({'image': PICTURES[:1]}, 'conv_2', maps, named)
    assert np.corrcoef(found.values[0].ravel(), expected.ravel())[0, 1] >= agreement
    assert found.scores[0] == pytest.approx(
        target.value(engine.run(inputs)[0]), abs=0.05 * float(np.abs(maps).max())
    )
    assert any('quantised' in note for note in found.notes) is noted
    kernels = gradients.first_kernels()
    assert kernels == pytest.approx(model.get_layer('conv_1').get_weights()[0], abs=3e-3)


def test_a_layer_that_was_joined_is_left_to_keras(tmp_path):
    """The converter may move a factor into the convolution behind it."""
    keras.utils.set_random_seed(1)
    x = keras.Input((24, 33, 3), name='image')
    y = L.Rescaling(2.0, -1.0, name='scaled')(x)
    y = L.Conv2D(3, 3, activation='relu', name='conv')(y)
    model = keras.Model(x, L.Dense(1, name='steering')(L.Flatten()(y)))
    model.save(tmp_path / 'pilot.keras')
    text = 'input: {size: [33, 24]}\nheads: {steering: {output: steering}}\n'
    profile = PilotProfile.parse(text, origin='test')
    pilot = Pilot.load(tmp_path / 'pilot.keras', profile=profile)
    target = find_target('steering', profile.heads, pilot.network)
    inputs, maps = {'image': PICTURES[:1, ..., :3]}, 2 * PICTURES[0, ..., :3] - 1
    with pytest.raises(NotDifferentiableError, match=r"'scaled'.*was joined"):
        TFLiteGradients(pilot._engine.model).by_layer(inputs, 'scaled', maps, target)
    found = pilot.gradients().by_layer(inputs, 'scaled', maps, target).values[0]
    expected = Tape(model).by_layer(inputs, 'scaled', maps, target)
    assert np.abs(found - expected).max() <= 5e-6 * np.abs(expected).max()


START = """
import json, re, sys, time
began = time.perf_counter()
import numpy as np
from featuremap_ros import Frame, Pilot
from featuremap_ros.explaining.explainer import Explainer
explainer = Explainer(Pilot.load(sys.argv[1], profile=sys.argv[2]))
frame = Frame(np.full((120, 160, 3), 90, np.uint8), 0)
found = [explainer.explain(frame, method) for method in ('hirescam', 'gradcam')]
print(json.dumps({
    'seconds': time.perf_counter() - began,
    'megabytes': int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]) / 1024,
    'heavy': sorted({'tensorflow', 'keras', 'h5py'} & set(sys.modules)),
    'maps': [made.raw.values.tolist() for made in found],
}))
"""


def test_a_known_pilot_shows_what_drives_it_without_tensorflow(shared_data):
    """From the start of Python to both maps: within the limits of a car's start."""
    file = shared_data / 'donkeycar' / 'pilot_21-08-12_8.h5'
    Pilot.load(file, profile='donkeycar_categorical')
    command = [sys.executable, '-c', START, str(file), 'donkeycar_categorical']
    runs = [subprocess.run(command, capture_output=True, check=True, text=True) for _ in range(2)]
    first, again = (json.loads(run.stdout.splitlines()[-1]) for run in runs)
    assert first['heavy'] == []
    assert np.shape(first['maps']) == (2, 3, 6)
    assert np.any(first['maps'])
    assert again['maps'] == first['maps']
    assert again['megabytes'] <= 200
    assert again['seconds'] <= 2
