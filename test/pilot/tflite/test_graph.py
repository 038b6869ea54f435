# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bare TFLite pilots, against the Keras models they were converted from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.network import TensorSpec
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine
from featuremap_ros.pilot.tflite.graph import read_tflite
from featuremap_ros.vision.registration import AxisSampling, Sampling

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers

PICTURES = np.random.default_rng(2).random((9, 1, 32, 47, 3), np.float32)


@pytest.fixture(scope='module')
def pilot() -> Any:
    """Return a small donkeycar: heads of two kinds, and a name of its own."""
    keras.utils.set_random_seed(3)
    x = y = keras.Input((32, 47, 3), name='img_in')
    for number, stride in enumerate((2, 2, 1), start=1):
        y = L.Conv2D(8, 3, strides=stride, activation='relu', name=f'conv2d_{number}')(y)
        y = L.Dropout(0.2)(y)
    y = L.Dense(16, activation='relu', name='dense_1')(L.Flatten()(y))
    heads = [
        L.Dense(5, activation='softmax', name='z_angle')(y),
        L.Dense(4, activation='softmax', name='a_throttle')(y),
        L.Dense(1, name='n_linear')(y),
    ]
    return keras.Model(x, heads, name='categorical')


def plain(model: Any) -> Any:
    """Float32, through a SavedModel: numbered names and signatures."""
    return tf.lite.TFLiteConverter.from_keras_model(model)


def frozen(model: Any) -> Any:
    """Float32, through a frozen graph, as older converters write it: outputs called Identity."""
    concrete = tf.function(model).get_concrete_function(tf.TensorSpec((1, *model.input.shape[1:])))
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete])


def small_weights(model: Any) -> Any:
    """Weights in int8, numbers in float32."""
    converter = plain(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter


def half_weights(model: Any) -> Any:
    """Weights in float16, unpacked when the model starts."""
    converter = small_weights(model)
    converter.target_spec.supported_types = [tf.float16]
    return converter


def quantised(border: str) -> Callable[[Any], Any]:
    """Everything in int8, with another type at the border."""

    def examples() -> Iterator[list[NDArray[np.float32]]]:
        yield from ([picture] for picture in PICTURES)

    def converter_of(model: Any) -> Any:
        converter = small_weights(model)
        converter.representative_dataset = examples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.as_dtype(border)
        return converter

    return converter_of


def written(converter: Any, folder: Path) -> Path:
    """Convert and write a file."""
    path = folder / 'pilot.tflite'
    path.write_bytes(converter.convert())
    return path


@pytest.mark.parametrize(
    ('converter_of', 'tolerance', 'origin'),
    [
        (plain, 1e-6, 'TFLite'),
        (frozen, 1e-6, 'TFLite'),
        (half_weights, 2e-3, 'TFLite'),
        (small_weights, 3e-2, 'TFLite'),
        (quantised('float32'), 5e-2, 'TFLite (int8)'),
        (quantised('int8'), 5e-2, 'TFLite (int8)'),
        (quantised('uint8'), 5e-2, 'TFLite (int8, uint8)'),
    ],
    ids=['plain', 'frozen', 'float16', 'weights', 'int8', 'int8 border', 'uint8 border'],
)
def test_every_conversion_of_a_pilot_reads_like_the_pilot(
    pilot: Any, tmp_path: Path, converter_of: Any, tolerance: float, origin: str
) -> None:
    """Names, order, shapes, places and numbers are those of the Keras model, in float32."""
    network = describe(pilot, 'built here')
    maps = ['conv2d_1', 'conv2d_2', 'conv2d_3']
    expected = TensorFlowEngine(pilot, network).run({'img_in': PICTURES[0]}, maps)

    model = read_tflite(written(converter_of(pilot), tmp_path))
    assert model.network.origin == origin
    assert [tensor.shape for tensor in model.network.inputs] == [(32, 47, 3)]
    assert model.network.outputs == network.outputs
    assert [layer.name for layer in model.network.layers] == maps
    for layer in model.network.layers:
        assert layer.kind == 'CONV_2D'
        assert layer.shape == network.layer(layer.name).shape
        assert layer.sampling == network.layer(layer.name).sampling

    (camera,) = model.network.inputs
    received = LiteRTEngine(model).run({camera.name: PICTURES[0]}, maps)
    for wanted, got in zip(expected, received, strict=True):
        for name, values in wanted.items():
            assert got[name].dtype == np.float32
            limit = tolerance * np.abs(values).max()
            np.testing.assert_allclose(got[name], values, atol=limit, err_msg=name)


def test_a_quantised_map_has_the_steps_of_its_scale(pilot: Any, tmp_path: Path) -> None:
    """A map in int8 takes at most 256 values, a whole number of steps from zero."""
    model = read_tflite(written(quantised('int8')(pilot), tmp_path))
    _, maps = LiteRTEngine(model).run({'img_in': PICTURES[0]}, ['conv2d_3'])
    levels = np.unique(maps['conv2d_3'])
    step = np.diff(levels).min()
    assert 10 < len(levels) <= 256
    assert levels[0] == 0  # ReLU: the zero point stands for an exact zero.
    np.testing.assert_allclose(levels / step, np.rint(levels / step), atol=1e-2)


def moved_in_many_ways() -> Any:
    """Build a network with every operation that is placed, and some that are not."""
    x = keras.Input((32, 47, 3), name='picture')
    y = L.Conv2D(8, 5, strides=2, padding='same', activation='relu', name='same')(x)
    y = L.DepthwiseConv2D(3, dilation_rate=2, activation='relu', name='dilated')(y)
    y = L.ZeroPadding2D(((1, 0), (2, 1)), name='padded')(y)
    y = L.MaxPooling2D((3, 2), strides=1, padding='same', name='pooled')(y)
    y = L.Add(name='sum')([y, L.Conv2D(8, 3, padding='same', name='shortcut')(y)])
    y = L.AveragePooling2D(2, name='averaged')(L.Cropping2D(((1, 0), (2, 0)), name='cut')(y))
    y = L.Resizing(12, 20, interpolation='nearest', name='repeated')(y)
    y = L.Conv2DTranspose(4, 3, strides=2, padding='same', name='enlarged')(y)
    y = L.UpSampling2D(2, interpolation='bilinear', name='blurred')(y)
    mean = L.GlobalAveragePooling2D(keepdims=True, name='mean')(y)
    return keras.Model(x, [L.Permute((2, 1, 3), name='crosswise')(y), mean], name='zoo')


def test_places_agree_with_those_of_the_keras_model(tmp_path: Path) -> None:
    """What the flatbuffer says of strides, padding and kernels leads to the same places."""
    model = moved_in_many_ways()
    expected = {layer.name: layer for layer in describe(model, 'built here').layers}
    network = read_tflite(written(frozen(model), tmp_path)).network
    assert len(network.layers) == len(expected)
    for layer in network.layers[:-2]:
        assert layer.shape == expected[layer.name].shape
        assert layer.sampling == expected[layer.name].sampling
    assert {layer.kind for layer in network.layers} == {
        'ADD',
        'AVERAGE_POOL_2D',
        'CONV_2D',
        'DEPTHWISE_CONV_2D',
        'MAX_POOL_2D',
        'MEAN',
        'PAD',
        'RESIZE_BILINEAR',
        'RESIZE_NEAREST_NEIGHBOR',
        'STRIDED_SLICE',
        'TRANSPOSE',
        'TRANSPOSE_CONV',
    }
    # What computes an output is called Identity: only its kind is known.
    crosswise, mean = network.layers[-2:]
    assert mean.sampling == expected['mean'].sampling
    assert 'is not known to keep cells in their places' in crosswise.unregistered


def concatenated(x: Any) -> Any:
    """Maps side by side have no place; channels behind one another keep theirs."""
    return L.Concatenate(axis=2)([x, x])


def resized_by_corners(x: Any) -> Any:
    """A resize as TensorFlow 1 did it, which shifts the picture."""
    return tf.compat.v1.image.resize_bilinear(x, (64, 94))


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        (concatenated, 'puts maps side by side'),
        (resized_by_corners, 'without keeping the outer edges in place'),
        (lambda x: tf.transpose(x, (0, 2, 1, 3)), 'not known to keep cells'),
        (lambda x: tf.reshape(x, (1, 47, 32, 3)), 'rearranges cells'),
        (lambda x: tf.reverse(x, (1,)), 'not known to keep cells'),
        (lambda x: tf.reduce_mean(x, 1, keepdims=True), 'something else than all rows'),
        (lambda x: x[:, 0::2] + x[:, 0:16], 'cells are 2 and 1 model pixels apart'),
        (lambda x: x[:, ::-1], 'backwards'),
    ],
)
def test_what_moves_cells_elsewhere_is_not_placed(
    tmp_path: Path, body: Callable[[Any], Any], reason: str
) -> None:
    """The operation says why, and what lies behind it repeats the reason."""
    function = tf.function(lambda x: tf.nn.relu(tf.nn.avg_pool2d(body(x), 1, 1, 'SAME') + 1))
    concrete = function.get_concrete_function(tf.TensorSpec((1, 32, 47, 3)))
    path = written(tf.lite.TFLiteConverter.from_concrete_functions([concrete]), tmp_path)
    network = read_tflite(path).network
    with pytest.raises(UnsupportedError, match=reason):
        network.registered(network.layers[-1].name)


def test_gates_and_constants_leave_maps_in_their_places(tmp_path: Path) -> None:
    """Scaling whole maps, adding constants and padding with them moves no cell."""

    def body(x: Any) -> Any:
        gated = x[:, 3:] * tf.reduce_mean(x, (1, 2), keepdims=True) + np.ones((29, 47, 3), 'f4')
        return tf.slice(
            tf.pad(gated, ((0, 0), (0, 0), (5, 0), (0, 0))), (0, 1, 0, 0), (1, 9, 9, 3)
        )

    concrete = tf.function(body).get_concrete_function(tf.TensorSpec((1, 32, 47, 3)))
    path = written(tf.lite.TFLiteConverter.from_concrete_functions([concrete]), tmp_path)
    last = read_tflite(path).network.layers[-1]
    assert last.sampling == Sampling(AxisSampling(start=4), AxisSampling(start=-5))


def test_the_picture_comes_first(tmp_path: Path) -> None:
    """Inputs are sorted by what they are; a map of numbers lies nowhere."""

    class Model(tf.Module):  # type: ignore[misc]
        @tf.function(
            input_signature=[
                tf.TensorSpec((1, 12), name='imu_in'),
                tf.TensorSpec((1, 8, 9, 3), name='img_in'),
            ]
        )
        def drive(self, imu_in: Any, img_in: Any) -> dict[str, Any]:
            numbers = tf.nn.relu(tf.reshape(imu_in, (1, 2, 2, 3)))
            steering = tf.reduce_mean(img_in) + tf.reduce_sum(numbers)
            return {'throttle': steering[None] * 2, 'steering': steering[None]}

    module = Model()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.drive.get_concrete_function()], module
    )
    model = read_tflite(written(converter, tmp_path))
    assert model.network.inputs == (TensorSpec('img_in', (8, 9, 3)), TensorSpec('imu_in', (12,)))
    assert [tensor.name for tensor in model.network.outputs] == ['steering', 'throttle']
    assert {layer.unregistered for layer in model.network.layers} == {
        'it does not depend on the picture'
    }


def test_free_sizes_are_refused(tmp_path: Path) -> None:
    """A model for any picture size must be converted for one."""
    x = keras.Input((None, None, 3), name='any')
    path = written(plain(keras.Model(x, L.Conv2D(2, 3)(x))), tmp_path)
    with pytest.raises(UnsupportedError, match=r"'any' .* free axes \[1, 2\]: expected a batch"):
        read_tflite(path)


def test_operations_outside_of_litert_are_named(tmp_path: Path) -> None:
    """A file that needs TensorFlow's kernels says which."""
    function = tf.function(lambda x: tf.math.real(tf.signal.fft2d(tf.cast(x, tf.complex64))))
    concrete = function.get_concrete_function(tf.TensorSpec((1, 8, 8, 3)))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    with pytest.raises(UnsupportedError, match=r'needs the operations Flex\w+.*TFLITE_BUILTINS'):
        read_tflite(written(converter, tmp_path))


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda content: content[: len(content) // 2], 'is a damaged TFLite file'),
        (lambda content: content[:8] + b'\xff' * 64 + content[72:], 'is a damaged TFLite file'),
        (lambda content: b'TFL3' + content[4:8] + content[4:], 'damaged'),
        (lambda content: content[4:], 'is no TFLite file: expected TFL3'),
    ],
)
def test_damaged_files_are_refused(
    pilot: Any, tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    """Nothing is read from a file that LiteRT did not verify."""
    path = written(plain(pilot), tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelFileError, match=message):
        read_tflite(path)


def test_missing_files_are_refused(tmp_path: Path) -> None:
    """The message names the path."""
    with pytest.raises(ModelFileError, match=r'none\.tflite cannot be read \(No such file'):
        read_tflite(tmp_path / 'none.tflite')


def test_every_layer_knows_the_spatial_layers_that_feed_it(pilot: Any, tmp_path: Path) -> None:
    """As in the Keras model, whatever was fused and however the numbers are stored."""
    for converter in (plain(pilot), quantised('uint8')(pilot)):
        network = read_tflite(written(converter, tmp_path)).network
        assert [layer.inputs for layer in network.layers] == [
            (network.inputs[0].name,),
            ('conv2d_1',),
            ('conv2d_2',),
        ]
