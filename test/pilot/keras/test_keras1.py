# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of keras1.py and channels.py: models of Keras 1 compute what they did there."""

from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.formats import read_keras

Array = NDArray[Any]


def computed(model: Any, x: Array) -> list[Array]:
    """Return all outputs of a model."""
    result = model(x)
    return [np.asarray(y) for y in (result if isinstance(result, list) else [result])]


@pytest.mark.parametrize('name', ['chain', 'branches', 'channels_first'])
def test_models_compute_what_keras_1_computed(name: str, keras_1: Any) -> None:
    """The oracle is Keras 1.2.2 itself, which saved the file and its outputs."""
    model, origin = read_keras(keras_1.folder / f'{name}.h5')
    x = keras_1.arrays[f'{name}.x']
    if name == 'channels_first':
        x = x.transpose(0, 2, 3, 1)
    outputs = computed(model, x)
    expected = keras_1.outputs(name)
    assert len(outputs) == len(expected)
    for output, y in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, y, rtol=1e-5, atol=1e-5)
    assert origin == 'Keras 1.2.2 HDF5'


def test_names_and_nested_models_are_kept(keras_1: Any) -> None:
    """Users name layers as their file does."""
    model, _ = read_keras(keras_1.folder / 'branches.h5')
    assert [layer.name for layer in model.get_layer('inner').layers[1:]] == ['conv', 'norm']
    assert [layer.name for layer in model.get_layer('tail').layers[1:]] == ['conv']
    assert model.get_layer('merge_1').name == 'merge_1'
    chain, _ = read_keras(keras_1.folder / 'chain.h5')
    assert type(chain.get_layer('scaled')).__name__ == 'Rescaling'
    assert chain.get_layer('first').activation.__name__ == 'relu'


@pytest.mark.parametrize(
    ('file', 'inputs', 'golden'),
    [
        ('udacity/model.h5', ['udacity_center', 'udacity_left', 'udacity_right'], None),
        ('axionaut/autopilot.hdf5', ['axionaut'], 'axionaut/golden.npz'),
    ],
)
def test_real_cars_drive_as_before(
    file: str, inputs: list[str], golden: str | None, shared_data: Path
) -> None:
    """Golden outputs of the real models, from the same input tensors."""
    model, origin = read_keras(shared_data / file)
    stored = np.load(shared_data / 'inputs.npz')
    x = np.concatenate([stored[name].reshape(-1, *model.input_shape[1:]) for name in inputs])
    if golden is None:
        values = json.loads((shared_data / 'golden_outputs.json').read_text())[file]
        expected = np.array([[values[name.split('_')[1]]] for name in inputs])
    else:
        expected = np.load(shared_data / golden)['p_rgb']
    (output,) = computed(model, x.astype(np.float32))
    np.testing.assert_allclose(output, expected, atol=1e-5)
    assert origin == 'Keras 1.2.1 HDF5'


def test_axionaut_agrees_with_plain_numpy(shared_data: Path) -> None:
    """The weights and the architecture that the file describes, in a few lines of NumPy."""
    path = shared_data / 'axionaut' / 'autopilot.hdf5'
    frame = np.load(shared_data / 'inputs.npz')['axionaut'][30].astype(np.float64)
    with h5py.File(path) as file:
        weights = {
            layer: [group[name][()].astype(np.float64) for name in group.attrs['weight_names']]
            for layer, group in file['model_weights'].items()
        }
    x = frame
    for number in range(1, 5):
        x = np.maximum(convolved(x, *weights[f'convolution2d_{number}']), 0)
        height, width, channels = x.shape
        x = x[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2, channels)
        x = x.max(axis=(1, 3))
    kernel, bias = weights['dense_1']
    hidden = np.maximum(x.ravel() @ kernel + bias, 0)
    kernel, bias = weights['dense_2']
    logits = hidden @ kernel + bias
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    model, _ = read_keras(path)
    (output,) = computed(model, frame[None].astype(np.float32))
    np.testing.assert_allclose(output[0], expected, atol=1e-5)


def convolved(x: Array, kernel: Array, bias: Array | float = 0.0) -> Array:
    """Correlate (rows, columns, in) with (rows, columns, in, out), padded to the same size."""
    rows, columns = kernel.shape[:2]
    padded = np.pad(x, ((rows // 2, rows // 2), (columns // 2, columns // 2), (0, 0)))
    windows = sliding_window_view(padded, (rows, columns), axis=(0, 1))
    return np.einsum('hwcij,ijco->hwo', windows, kernel) + bias


def conv(name: str, **options: Any) -> dict[str, Any]:
    """Return a Convolution2D of Keras 1 with two filters of 3 x 3."""
    base = {
        'name': name,
        'nb_filter': 2,
        'nb_row': 3,
        'nb_col': 3,
        'border_mode': 'same',
        'subsample': [1, 1],
        'dim_ordering': 'tf',
        'activation': 'linear',
        'bias': False,
    }
    return {'class_name': 'Convolution2D', 'config': base | options}


def chain(*layers: dict[str, Any], shape: tuple[int, ...] = (5, 6, 1)) -> dict[str, Any]:
    """Return a Sequential model of Keras 1."""
    layers[0]['config']['batch_input_shape'] = [None, *shape]
    return {'class_name': 'Sequential', 'config': list(layers)}


@pytest.mark.parametrize('ordering', ['tf', 'th'])
def test_kernels_of_theano_are_turned(ordering: str, write_hdf5: Callable[..., Path]) -> None:
    """Theano convolves, TensorFlow correlates; names without ':0' tell the backend."""
    random = np.random.default_rng(2)
    kernel = random.normal(size=(3, 3, 1, 2))
    stored = kernel if ordering == 'tf' else kernel.transpose(3, 2, 0, 1)
    shape = (5, 6, 1) if ordering == 'tf' else (1, 5, 6)
    entry = chain(conv('conv', dim_ordering=ordering), shape=shape)
    path = write_hdf5(entry, {'conv': {'conv_W': stored}})
    x = random.normal(size=(5, 6, 1))
    (output,) = computed(read_keras(path)[0], x[None].astype(np.float32))
    np.testing.assert_allclose(output[0], convolved(x, kernel[::-1, ::-1]), atol=1e-5)


@pytest.mark.parametrize(
    ('options', 'fits'),
    [
        ({'border_mode': 'valid', 'subsample': [2, 2]}, True),
        ({'subsample': [2, 2]}, False),
        ({'nb_row': 2}, False),
    ],
)
def test_padding_of_theano_is_not_guessed(
    options: dict[str, Any], fits: bool, write_hdf5: Callable[..., Path]
) -> None:
    """Strided or even kernels with 'same' would be half a step off."""
    rows = options.get('nb_row', 3)
    entry = chain(conv('conv', **options))
    path = write_hdf5(entry, {'conv': {'conv_W': np.ones((rows, 3, 1, 2))}})
    if fits:
        assert read_keras(path)[0].output_shape == (None, 2, 2, 2)
    else:
        with pytest.raises(ModelFileError, match=r"'conv' was trained on Theano"):
            read_keras(path)


def test_padding_is_read_in_all_three_notations(write_hdf5: Callable[..., Path]) -> None:
    """Two numbers, four numbers, or names of sides."""
    padding: Any
    for padding, shape in (
        ([1, 2], (7, 10)),
        ([1, 2, 0, 3], (8, 9)),
        ({'top_pad': 2, 'right_pad': 1}, (7, 7)),
    ):
        layer = {'class_name': 'ZeroPadding2D', 'config': {'name': 'pad', 'padding': padding}}
        model, _ = read_keras(write_hdf5(chain(layer), {'pad': {}}))
        assert model.output_shape == (None, *shape, 1)


@pytest.mark.parametrize(
    ('class_name', 'config', 'match'),
    [
        ('LSTM', {'name': 'memory', 'output_dim': 4}, r"'memory' is a LSTM of Keras 1.*save it"),
        ('BatchNormalization', {'name': 'norm', 'mode': 2}, r"'norm'.* mode 2.*expected mode 0"),
        ('Merge', {'name': 'both', 'mode': 'dot', 'dot_axes': 1}, r"'both' merges.*'dot'"),
        (
            'MaxoutDense',
            {'name': 'max', 'output_dim': 4},
            r"(?s)'max'.*'MaxoutDense'.*custom_layers",
        ),
        ('Dropout', {'name': 'drop', 'p': 0.5, 'wild': 7}, r"'drop'.*option wild=7: not supp"),
        ('Activation', {'name': 'act', 'activation': 'mine'}, r"'act'.*cannot be built.*mine"),
    ],
)
def test_what_has_no_equivalent_is_refused_by_name(
    class_name: str, config: dict[str, Any], match: str, write_hdf5: Callable[..., Path]
) -> None:
    """The message names the layer and the way out."""
    entry = chain(conv('conv'), {'class_name': class_name, 'config': config})
    path = write_hdf5(entry, {'conv': {'conv_W:0': np.ones((3, 3, 1, 2))}})
    with pytest.raises(ModelFileError, match=match):
        read_keras(path)


def test_layers_without_a_twin_in_channels_last_are_refused(
    write_hdf5: Callable[..., Path],
) -> None:
    """A Reshape means something else once the channels are last."""
    reshape = {'class_name': 'Reshape', 'config': {'name': 'shaped', 'target_shape': [10, 6]}}
    entry = chain(conv('conv', dim_ordering='th'), reshape, shape=(1, 5, 6))
    path = write_hdf5(entry, {'conv': {'conv_W:0': np.ones((2, 1, 3, 3))}})
    with pytest.raises(ModelFileError, match=r"'shaped' \(Reshape\).*channels before rows"):
        read_keras(path)


@pytest.mark.parametrize(
    ('weights', 'match'),
    [
        ({}, r"no entry 'conv'"),
        (
            {'conv': {}},
            r"'conv' expects weights of the shapes \[\(3, 3, 1, 2\)\]; the file has \[\]",
        ),
        ({'conv': {'a:0': np.ones((3, 3, 2, 1))}}, r'the file has \[\(3, 3, 2, 1\)\]'),
        (
            {'conv': {'a:0': np.ones((3, 3, 1, 2)), 'b:0': np.ones(2)}},
            r"1 weights too many for layer 'conv'",
        ),
        ({'conv': {'a:0': np.full((3, 3, 1, 2), b'x')}}, r"'a:0'.* is no array of numbers"),
    ],
)
def test_weights_must_fit(
    weights: dict[str, dict[str, Array]], match: str, write_hdf5: Callable[..., Path]
) -> None:
    """Weights are never left out or cut silently."""
    with pytest.raises(ModelFileError, match=match):
        read_keras(write_hdf5(chain(conv('conv')), weights))


def test_a_file_without_a_version_is_keras_1(write_hdf5: Callable[..., Path]) -> None:
    """Early Keras 1 did not store one."""
    path = write_hdf5(chain(conv('conv')), {'conv': {'w:0': np.ones((3, 3, 1, 2))}}, None)
    assert read_keras(path)[1] == 'Keras 1 HDF5'
