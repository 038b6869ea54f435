# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of formats.py: every format by its content, and what Keras 2 and 3 saved themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import json
from pathlib import Path
import pickle
from typing import Any
import zipfile

import h5py
import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import MissingDependencyError, ModelFileError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.formats import read_keras, sniff


def computed(model: Any, x: NDArray[Any]) -> list[NDArray[Any]]:
    """Return all outputs of a model."""
    result = model(x)
    return [np.asarray(y) for y in (result if isinstance(result, list) else [result])]


def assert_same(outputs: list[NDArray[Any]], expected: list[NDArray[Any]]) -> None:
    """Compare all outputs."""
    assert len(outputs) == len(expected)
    for output, y in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('name', ['pilot', 'history'])
@pytest.mark.parametrize(
    ('file', 'kind', 'origin'),
    [
        ('model.h5', 'hdf5', 'Keras 2.21.0 HDF5'),
        ('model.keras', 'keras', 'Keras 2.21.0 .keras'),
        ('saved', 'savedmodel', 'SavedModel of Keras 2.21.0'),
    ],
)
def test_models_compute_what_keras_2_computed(
    name: str, file: str, kind: str, origin: str, keras_2: Any
) -> None:
    """The oracle is Keras 2 itself, which saved the files and the outputs."""
    path = keras_2.folder / name / file
    assert sniff(path) == kind
    model, found = read_keras(path)
    assert_same(computed(model, keras_2.arrays[f'{name}.x']), keras_2.outputs(name))
    assert found == origin


def test_the_donkeycar_drives_as_before(shared_data: Path) -> None:
    """Golden outputs of a real Keras 2 model, from the same input tensors."""
    file = 'donkeycar/pilot_21-08-12_8.h5'
    model, origin = read_keras(shared_data / file)
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())[file]
    inputs = np.load(shared_data / 'inputs.npz')
    for picture, expected in golden.items():
        x = inputs[f'donkeycar_{picture[:3]}'][None] / np.float32(255)
        outputs = [y[0] for y in computed(model, x)]
        for y, head in zip(outputs, ('angle_out', 'throttle_out'), strict=True):
            np.testing.assert_allclose(y, expected[head], atol=1e-5)
    assert model.output_names == ['angle_out', 'throttle_out']
    assert origin == 'Keras 2.3.0-tf HDF5'


def keras_3_model() -> Any:
    """Return a model with most of what Keras 3 stores in its own way."""
    keras = backends.keras()
    layers = keras.layers
    source = x = keras.Input((18, 20, 3), name='camera')
    x = (1.0 - x / 127.5)[:, 2:, :-2]
    x = layers.Conv2D(4, 3, strides=2, activation='relu', name='conv')(x)
    x = layers.BatchNormalization(name='norm')(x)
    inner = keras.Sequential(
        [keras.Input((7, 8, 4)), layers.DepthwiseConv2D(3), layers.Conv2D(4, 1)], name='inner'
    )
    x = layers.Add()([inner(x), layers.Cropping2D(1)(x)])
    x = layers.Concatenate()([x, -x])
    x = layers.LayerNormalization()(layers.Conv2DTranspose(3, 2, strides=2)(x))
    x = layers.Dropout(0.3)(layers.Conv2D(2, 3, activation=layers.LeakyReLU(0.3))(x))
    steps = layers.Reshape((8, 20))(x)
    steps = layers.Bidirectional(layers.GRU(3, activation='hard_sigmoid'))(steps)
    angle = layers.Dense(2, activation='softmax', name='angle')(layers.Flatten()(x))
    return keras.Model(source, [angle, layers.Dense(1, name='throttle')(steps)], name='pilot')


@pytest.mark.parametrize('suffix', ['.keras', '.h5'])
def test_models_compute_what_keras_3_computes(suffix: str, tmp_path: Path) -> None:
    """The oracle is the model in memory, with random weights everywhere."""
    model = keras_3_model()
    random = np.random.default_rng(3)
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 0.9, weight.shape))
    x = random.uniform(0, 255, (2, 18, 20, 3)).astype(np.float32)
    # A file is known by its content, not its name.
    model.save(tmp_path / f'model{suffix}')
    path = (tmp_path / f'model{suffix}').rename(tmp_path / 'pilot.bin')
    opened, origin = read_keras(path)
    assert_same(computed(opened, x), computed(model, x))
    assert origin.startswith(f'Keras {backends.keras().__version__}')
    assert [layer.name for layer in opened.layers if 'conv2d' not in layer.name] == [
        layer.name for layer in model.layers if 'conv2d' not in layer.name
    ]
    assert opened.get_layer('inner').layers[-1].name == model.get_layer('inner').layers[-1].name


def test_an_opened_model_can_be_copied(tmp_path: Path) -> None:
    """Analyses copy models; nothing that only this package knows stays in the layers."""
    keras_3_model().save(tmp_path / 'model.keras')
    model, _ = read_keras(tmp_path / 'model.keras')
    copy = backends.keras().models.clone_model(model)
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize('flatten', ['channels_last', 'channels_first'])
def test_channels_first_of_keras_2_becomes_channels_last(
    flatten: str, write_hdf5: Callable[..., Path]
) -> None:
    """Flatten keeps the order of channels first, unless it says that it is channels first."""
    random = np.random.default_rng(4)
    kernel, dense = random.normal(size=(3, 3, 2, 3)), random.normal(size=(60, 2))
    common = {'data_format': 'channels_first', 'padding': 'valid', 'use_bias': False}
    shape = {'batch_input_shape': [None, 2, 6, 7], 'filters': 3, 'kernel_size': [3, 3]}
    layers = [
        {'class_name': 'Conv2D', 'config': {'name': 'conv', **common, **shape}},
        {'class_name': 'Flatten', 'config': {'name': 'flat', 'data_format': flatten}},
        {'class_name': 'Dense', 'config': {'name': 'out', 'units': 2, 'use_bias': False}},
    ]
    weights = {'conv': {'conv/kernel:0': kernel}, 'out': {'out/kernel:0': dense}}
    entry = {'class_name': 'Sequential', 'config': {'name': 'net', 'layers': layers}}
    model, _ = read_keras(write_hdf5(entry, weights, '2.4.0'))
    x = random.normal(size=(6, 7, 2)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    maps = np.einsum('hwcij,ijco->hwo', windows, kernel)
    flat = (maps if flatten == 'channels_first' else maps.transpose(2, 0, 1)).ravel()
    np.testing.assert_allclose(computed(model, x[None])[0][0], flat @ dense, atol=1e-4)
    assert model.input_shape == (None, 6, 7, 2)


CUSTOM = """
import keras

class Scaled(keras.layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), name='shift')

    def call(self, x):
        return x * self.factor + self.shift

    def get_config(self):
        return {**super().get_config(), 'factor': self.factor}

not_a_layer = 5
"""


@pytest.fixture
def own_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module with a user's own layer."""
    (tmp_path / 'own_layers.py').write_text(CUSTOM)
    monkeypatch.syspath_prepend(tmp_path)
    return __import__('own_layers')


@pytest.mark.parametrize('suffix', ['.keras', '.h5'])
def test_a_declared_layer_is_imported_from_where_the_user_says(
    suffix: str, own_layer: Any, tmp_path: Path
) -> None:
    """Its options and weights come from the file, its class does not."""
    keras = backends.keras()
    model = keras.Sequential([keras.Input((4,)), own_layer.Scaled(2.5)])
    model.layers[0].shift.assign([1.0, 2.0, 3.0, 4.0])
    path = tmp_path / f'model{suffix}'
    model.save(path)
    with pytest.raises(ModelFileError, match=r"(?s)'Scaled', which is not among.*custom_layers"):
        read_keras(path)
    opened, _ = read_keras(path, custom_layers={'Scaled': 'own_layers:Scaled'})
    x = np.arange(4, dtype=np.float32)[None]
    assert_same(computed(opened, x), [x * 2.5 + [1, 2, 3, 4]])


def test_a_layer_of_keras_that_keeps_hidden_layers_opens_as_declared(tmp_path: Path) -> None:
    """The refusal says how; the file calls its inner layers without their underscore."""
    keras = backends.keras()
    source = keras.Input((5, 6), name='steps')
    attention = keras.layers.MultiHeadAttention(2, 3, bias_initializer='ones', name='attention')
    model = keras.Model(source, attention(source, source))
    model.save(tmp_path / 'model.keras')
    declared = 'keras.layers:MultiHeadAttention'
    with pytest.raises(ModelFileError, match=f'(?s)Declare it in the profile.*{declared}'):
        read_keras(tmp_path / 'model.keras')
    opened, _ = read_keras(
        tmp_path / 'model.keras', custom_layers={'MultiHeadAttention': declared}
    )
    x = np.random.default_rng(4).random((1, 5, 6), np.float32)
    assert_same(computed(opened, x), computed(model, x))


def test_options_of_a_declared_layer_are_plain_values(own_layer: Any, tmp_path: Path) -> None:
    """Objects inside of them would have to be looked up by name."""
    keras = backends.keras()
    layer = own_layer.Scaled({'class_name': 'function', 'config': 'system', 'module': 'os'})
    layer.call = lambda x: x
    keras.Sequential([keras.Input((4,)), layer]).save(tmp_path / 'model.keras')
    with pytest.raises(ModelFileError, match=r"'Scaled' has the option 'factor' that is no plain"):
        read_keras(tmp_path / 'model.keras', custom_layers={'Scaled': 'own_layers:Scaled'})


def test_a_wrapped_model_is_refused_by_name(tmp_path: Path) -> None:
    """Its layers could not be shown anyway."""
    keras = backends.keras()
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    layer = keras.layers.TimeDistributed(inner, name='each')
    keras.Sequential([keras.Input((4, 3)), layer]).save(tmp_path / 'model.keras')
    with pytest.raises(ModelFileError, match=r"'each' wraps a whole model.*\.tflite"):
        read_keras(tmp_path / 'model.keras')


@pytest.mark.parametrize(
    ('place', 'error', 'match'),
    [
        ('own_layers:Missing', MissingDependencyError, 'cannot be imported'),
        ('no_such_module:Scaled', MissingDependencyError, r"No module named 'no_such_module'"),
        ('', MissingDependencyError, r"expected 'package\.module:Class'"),
        ('own_layers:not_a_layer', ModelFileError, r'no subclass of keras\.layers\.Layer'),
    ],
)
def test_a_wrong_declaration_is_explained(
    place: str, error: type[Exception], match: str, own_layer: Any, tmp_path: Path
) -> None:
    """The message names the class, the path and what was expected."""
    keras = backends.keras()
    keras.Sequential([keras.Input((4,)), own_layer.Scaled()]).save(tmp_path / 'model.keras')
    with pytest.raises(error, match=match):
        read_keras(tmp_path / 'model.keras', custom_layers={'Scaled': place})


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """Write a zip file."""
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_tflite_is_known_by_its_content(tmp_path: Path) -> None:
    """The identifier is at offset 4."""
    path = tmp_path / 'pilot.h5'
    path.write_bytes(b'\x1c\0\0\0TFL3' + bytes(40))
    assert sniff(path) == 'tflite'
    with pytest.raises(ModelFileError, match=r'computation graph without a Keras model'):
        read_keras(path)


@pytest.mark.parametrize(
    ('content', 'match'),
    [
        (b'', r'is empty: copy it again'),
        (b'\x08\x07\x12\x07pytorch\x1a\x051.9.1:', r'ONNX file: convert it to \.tflite.*onnx2tf'),
        (b'\n\x1c\n\x05input\x12\x0bPlaceholder*\x0b', r'frozen TensorFlow graph.*from_frozen'),
        (pickle.dumps({'w': 1}), r'pickle or NumPy file, which is not opened'),
        (b'\x93NUMPY\x01\x00', r'pickle or NumPy file'),
        (b'{"class_name": "Sequential"}', r'is a text: expected \.h5'),
        (b'\xff\xd8\xff\xe0 a picture', r'unknown format \(it starts with ff d8 ff e0'),
        (b'PK\x03\x04 cut off', r'damaged zip'),
    ],
)
def test_foreign_files_say_what_they_are(content: bytes, match: str, tmp_path: Path) -> None:
    """With the way to convert them, where there is one."""
    path = tmp_path / 'pilot.h5'
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=match):
        sniff(path)
    with pytest.raises(ModelFileError, match=match):
        read_keras(path)


@pytest.mark.parametrize(
    ('members', 'match'),
    [
        ({'archive/data.pkl': '', 'archive/version': '3'}, r'PyTorch file: export it'),
        ({'car/saved_model.pb': ''}, r'zipped SavedModel: unpack it'),
        ({'notes.txt': 'hello'}, r'zip without a Keras model: expected \.h5'),
    ],
)
def test_zip_files_of_others_say_what_they_are(
    members: dict[str, str], match: str, tmp_path: Path
) -> None:
    """PyTorch writes zip files, too."""
    with pytest.raises(ModelFileError, match=match):
        sniff(zipped(tmp_path / 'pilot.zip', members))


def test_missing_files_and_strange_folders_are_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ModelFileError, match=r'pilot\.h5 cannot be read \(No such file'):
        sniff(tmp_path / 'pilot.h5')
    with pytest.raises(ModelFileError, match=r'has no saved_model\.pb: expected'):
        sniff(tmp_path)
    (tmp_path / 'saved_model.pbtxt').write_text('')
    with pytest.raises(ModelFileError, match=r'is in text form'):
        sniff(tmp_path)


def test_a_truncated_hdf5_file_is_explained(keras_2: Any, tmp_path: Path) -> None:
    """A copy that was interrupted."""
    content = (keras_2.folder / 'pilot' / 'model.h5').read_bytes()
    path = tmp_path / 'pilot.h5'
    for share in (0.05, 0.5, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ModelFileError, match=r'damaged HDF5 file .*truncated'):
            read_keras(path)


def test_weights_without_an_architecture_are_refused(tmp_path: Path) -> None:
    """Of Keras 3 and of the older save_weights."""
    keras = backends.keras()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save_weights(tmp_path / 'pilot.weights.h5')
    with pytest.raises(ModelFileError, match=r'no architecture.*only weights.*model\.save\(\)'):
        read_keras(tmp_path / 'pilot.weights.h5')


@pytest.mark.parametrize(
    ('changes', 'match'),
    [
        ({'config.json': '{"class_name": "Seq'}, r'architecture is no JSON text'),
        ({'config.json': '[' * 100_000}, r'architecture is no JSON text'),
        ({'config.json': '[]'}, r'architecture is no Keras model'),
        ({'config.json': '{"class_name": "Mine", "config": {}}'}, r"class 'Mine', whose Python"),
        ({'metadata.json': '{}'}, r'does not say which Keras wrote it'),
        ({'metadata.json': None}, r"zip file without 'metadata\.json'"),
        ({'model.weights.h5': None}, r"without 'model\.weights\.h5'"),
        ({'model.weights.h5': 'no HDF5'}, r'weights inside it is a damaged HDF5 file'),
    ],
)
def test_damaged_archives_are_explained(
    changes: dict[str, str | None], match: str, keras_2: Any, tmp_path: Path
) -> None:
    """A .keras file is a zip that anyone can edit."""
    with zipfile.ZipFile(keras_2.folder / 'pilot' / 'model.keras') as archive:
        members: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    members |= changes
    kept = {name: content for name, content in members.items() if content is not None}
    with pytest.raises(ModelFileError, match=match):
        read_keras(zipped(tmp_path / 'pilot.keras', kept))


def test_a_damaged_member_is_explained(keras_2: Any, tmp_path: Path) -> None:
    """A flipped byte breaks the check sum."""
    content = bytearray((keras_2.folder / 'pilot' / 'model.keras').read_bytes())
    content[content.index(b'config.json') + 200] ^= 0xFF
    path = tmp_path / 'pilot.keras'
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r'damaged \.keras file'):
        read_keras(path)


def edited(source: Path, path: Path, edit: Callable[[Any], None]) -> Path:
    """Copy an HDF5 model with another architecture."""
    path.write_bytes(source.read_bytes())
    with h5py.File(path, 'r+') as file:
        entry = json.loads(file.attrs['model_config'])
        edit(entry['config'])
        file.attrs['model_config'] = json.dumps(entry)
    return path


def named(config: Any, name: str) -> Any:
    """Return the configuration of a layer."""
    return next(e['config'] for e in config['layers'] if e['config']['name'] == name)


def test_an_old_gru_resets_before(keras_2: Any, tmp_path: Path) -> None:
    """Files from before Keras 2.3 do not say so; Keras 3 would take the opposite."""
    path = edited(
        keras_2.folder / 'history' / 'model.h5',
        tmp_path / 'old.h5',
        lambda config: named(config, 'gru').pop('reset_after'),
    )
    assert_same(
        computed(read_keras(path)[0], keras_2.arrays['history.x']), keras_2.outputs('history')
    )


@pytest.mark.parametrize(
    ('edit', 'match'),
    [
        (lambda c: c['layers'][-1].update(inbound_nodes=[[['nowhere', 0, 0, {}]]]), 'waits for'),
        (lambda c: c['layers'].append(c['layers'][-1]), r"Two layers .* called 'throttle'"),
        (lambda c: c.update(output_layers=[['nowhere', 0, 0]]), r'architecture in .* is damaged'),
        (
            lambda c: c['layers'][3]['config'].update(function='io.read_file'),
            r"function 'io\.read_file'",
        ),
        (lambda c: c.update(layers=5), r'architecture in .* is damaged'),
        (lambda c: c.update(output_layers=[5]), r'names a tensor as 5'),
        (lambda c: named(c, 'conv2d').update(filters=-1), r"'conv2d' \(Conv2D\) cannot"),
        (lambda c: named(c, 'conv2d').update(filters='x'), 'cannot be'),
    ],
)
def test_damaged_architectures_are_explained(
    edit: Callable[[Any], None], match: str, keras_2: Any, tmp_path: Path
) -> None:
    """Whatever is wrong, it is a ModelFileError that says where."""
    source = keras_2.folder / 'pilot' / 'model.h5'
    with pytest.raises(ModelFileError, match=match):
        read_keras(edited(source, tmp_path / 'pilot.h5', edit))


def test_an_input_shape_that_is_not_stored_is_asked_for(
    write_hdf5: Callable[..., Path],
) -> None:
    """A Sequential model that was never built."""
    dense = {'class_name': 'Dense', 'config': {'name': 'out', 'units': 2}}
    entry = {'class_name': 'Sequential', 'config': {'name': 'net', 'layers': [dense]}}
    with pytest.raises(ModelFileError, match='does not say the shape of its input'):
        read_keras(write_hdf5(entry, {}, '2.4.0'))


def test_long_lists_of_weights_are_split_in_the_file(write_hdf5: Callable[..., Path]) -> None:
    """Attributes of HDF5 are small; Keras numbers the parts of long ones."""
    dense = {'name': 'out', 'units': 2, 'batch_input_shape': [None, 3]}
    entry = {'class_name': 'Sequential', 'config': [{'class_name': 'Dense', 'config': dense}]}
    kernel, bias = np.ones((3, 2)), np.array([1.0, 2.0])
    path = write_hdf5(entry, {'out': {'kernel:0': kernel, 'bias:0': bias}}, '2.1.0')
    with h5py.File(path, 'r+') as file:
        attributes = file['model_weights/out'].attrs
        names = attributes.pop('weight_names')
        attributes['weight_names0'], attributes['weight_names1'] = names[:1], names[1:]
    (output,) = computed(read_keras(path)[0], np.ones((1, 3), np.float32))
    np.testing.assert_allclose(output, [[4, 5]])
