# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of savedmodel.py and graphs.py: SavedModels with and without a Keras architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

from google.protobuf import text_format
import numpy as np
import pytest

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.formats import read_keras, sniff
from featuremap_ros.pilot.graphs import graph_to_tflite
from featuremap_ros.pilot.savedmodel import Checkpoint


@pytest.fixture
def saved(keras_2: Any, tmp_path: Path) -> Path:
    """Return a copy of a SavedModel of Keras 2."""
    return Path(shutil.copytree(keras_2.folder / 'pilot' / 'saved', tmp_path / 'saved'))


def change(path: Path, kind: str, edit: Callable[[Any], None]) -> None:
    """Edit a protocol buffer in place."""
    message = getattr(backends.protocols(), kind).FromString(path.read_bytes())
    edit(message)
    path.write_bytes(message.SerializeToString())


def test_metadata_inside_the_graph_file_are_read(saved: Path, keras_2: Any) -> None:
    """Before TensorFlow 2.5 there was no file of their own."""
    metadata = backends.protocols().SavedMetadata.FromString(
        (saved / 'keras_metadata.pb').read_bytes()
    )

    def move(message: Any) -> None:
        for node in metadata.nodes:
            objects = message.meta_graphs[0].object_graph_def.nodes
            objects[node.node_id].user_object.metadata = node.metadata

    change(saved / 'saved_model.pb', 'SavedModel', move)
    (saved / 'keras_metadata.pb').unlink()
    model, _ = read_keras(saved)
    for y, expected in zip(
        model(keras_2.arrays['pilot.x']), keras_2.outputs('pilot'), strict=True
    ):
        np.testing.assert_allclose(y, expected, atol=1e-5)


def test_the_graph_of_a_keras_savedmodel_is_not_needed(saved: Path, keras_2: Any) -> None:
    """Architecture and weights are read without it: nothing in it can run."""

    def clear(message: Any) -> None:
        message.meta_graphs[0].graph_def.Clear()

    change(saved / 'saved_model.pb', 'SavedModel', clear)
    model, _ = read_keras(saved)
    np.testing.assert_allclose(
        model(keras_2.arrays['pilot.x'])[0], keras_2.outputs('pilot')[0], atol=1e-5
    )


@pytest.mark.parametrize(
    ('name', 'share', 'match'),
    [
        ('saved_model.pb', 0.5, r'saved_model\.pb is damaged'),
        ('keras_metadata.pb', 0.5, r'keras_metadata\.pb is damaged'),
        ('variables/variables.index', 0.5, r'variables of .* are damaged or missing'),
        ('variables/variables.data-00000-of-00001', 0.1, r'variables of .* damaged or missing'),
    ],
)
def test_damaged_files_are_named(name: str, share: float, match: str, saved: Path) -> None:
    """A folder copied halfway."""
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError, match=match):
        read_keras(saved)


def test_a_disk_that_goes_away_is_an_error(saved: Path) -> None:
    """Reading a variable is checked, too."""
    checkpoint = Checkpoint(saved)
    (data,) = (saved / 'variables').glob('variables.data-*')
    data.write_bytes(b'')
    with pytest.raises(ModelFileError, match=r'variables of the SavedModel are cut off'):
        checkpoint.array('layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE')


def test_missing_variables_are_named(saved: Path) -> None:
    """Only saved_model.pb was copied."""
    shutil.rmtree(saved / 'variables')
    with pytest.raises(ModelFileError, match=r'variables of .* are damaged or missing'):
        read_keras(saved)


@pytest.mark.parametrize(
    ('text', 'match'),
    [
        ('{"class_name": ', r'Keras metadata of .* is damaged'),
        ('{"class_name": "Functional", "config": {"layers": [5]}}', r'architecture in .* damaged'),
    ],
)
def test_damaged_metadata_are_explained(text: str, match: str, saved: Path) -> None:
    """The metadata are JSON texts."""

    def edit(message: Any) -> None:
        message.nodes[0].metadata = text

    change(saved / 'keras_metadata.pb', 'SavedMetadata', edit)
    with pytest.raises(ModelFileError, match=match):
        read_keras(saved)


def test_layers_without_stored_weights_are_named(saved: Path) -> None:
    """An architecture and variables of different models."""

    def edit(message: Any) -> None:
        for node in message.nodes:
            if '"name": "angle"' in node.metadata[:40]:
                node.metadata = node.metadata.replace('"angle"', '"steer"', 1)

    change(saved / 'keras_metadata.pb', 'SavedMetadata', edit)
    with pytest.raises(ModelFileError, match=r"does not store weights of layer 'angle'"):
        read_keras(saved)


@pytest.fixture(scope='module')
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """Return a Keras 3 model with two heads, and what `model.export` made of it."""
    keras = backends.keras()
    layers = keras.layers
    source = keras.Input((12, 14, 3), name='camera')
    x = layers.Rescaling(1 / 127.5, -1)(source)
    x = layers.Conv2D(4, 3, strides=2, activation='relu', name='conv')(x)
    x = layers.Dropout(0.2)(layers.BatchNormalization(name='norm')(x))
    x = layers.Flatten()(keras.Sequential([layers.Conv2D(2, 3, name='conv')], name='inner')(x))
    heads = [layers.Dense(5, activation='softmax', name='z')(x), layers.Dense(1, name='a')(x)]
    model = keras.Model(source, heads)
    random = np.random.default_rng(6)
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 0.9, weight.shape))
    folder = tmp_path_factory.mktemp('exported')
    model.export(folder / 'export', verbose=False)
    backends.tensorflow().saved_model.save(model, str(folder / 'saved'))
    return model, folder


@pytest.mark.parametrize('name', ['export', 'saved'])
def test_a_graph_becomes_tflite_that_computes_the_same(
    name: str, exported: tuple[Any, Path]
) -> None:
    """The oracle is the Keras model; both ways of saving a graph are read."""
    model, folder = exported
    assert sniff(folder / name) == 'graph'
    content = graph_to_tflite(folder / name)
    interpreter = backends.litert().Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    picture = np.random.default_rng(7).uniform(0, 255, (1, 12, 14, 3)).astype(np.float32)
    outputs = interpreter.get_signature_runner()(
        **{'camera' if name == 'export' else 'inputs': picture}
    )
    np.testing.assert_array_equal(given['shape'], (1, 12, 14, 3))
    for key, expected in zip(('output_0', 'output_1'), model(picture), strict=True):
        np.testing.assert_allclose(outputs[key], expected, rtol=1e-5, atol=1e-5)


def test_a_graph_is_no_keras_model(exported: tuple[Any, Path]) -> None:
    """It has outputs and maps, and no layers."""
    with pytest.raises(ModelFileError, match=r'computation graph without a Keras model \(graph\)'):
        read_keras(exported[1] / 'export')


def save(path: Path, function: Any, *shape: int | None) -> Path:
    """Save one function of float32 of a shape as a SavedModel."""
    tf = backends.tensorflow()
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[tf.TensorSpec(shape, tf.float32)])
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return path


def test_functions_of_two_files_do_not_meet(tmp_path: Path) -> None:
    """Files of two processes call their functions alike; each keeps its own."""
    folders = [
        save(tmp_path / f'm{factor}', lambda x, factor=factor: {'y': factor * x}, 1, 2)
        for factor in (2, 3)
    ]
    paths = [folder / 'saved_model.pb' for folder in folders]
    kind = backends.protocols().SavedModel
    messages = [kind.FromString(path.read_bytes()) for path in paths]
    first, second = (
        [function.signature.name for function in message.meta_graphs[0].graph_def.library.function]
        for message in messages
    )
    text = text_format.MessageToString(messages[1])
    for name, other in zip(second, first, strict=True):
        text = text.replace(f'"{name}"', f'"{other}"')
    paths[1].write_bytes(text_format.Parse(text, kind()).SerializeToString())
    for folder, factor in zip(folders, (2, 3), strict=True):
        interpreter = backends.litert().Interpreter(model_content=graph_to_tflite(folder))
        (result,) = interpreter.get_signature_runner()(x=np.ones((1, 2), np.float32)).values()
        np.testing.assert_array_equal(result, [[factor, factor]])


def test_free_sizes_are_asked_for(tmp_path: Path) -> None:
    """A camera picture has a size."""
    folder = save(tmp_path / 'm', lambda x: {'y': 2 * x}, None, None, None, 3)
    with pytest.raises(UnsupportedError, match=r"Input 'x' .* sizes free \(\[-1, -1, 3\]\)"):
        graph_to_tflite(folder)


def test_captured_constants_are_folded_in(tmp_path: Path) -> None:
    """A function may use a tensor of its surroundings, which is stored in the graph."""
    captured = backends.tensorflow().constant(np.arange(3.0, dtype=np.float32))
    content = graph_to_tflite(save(tmp_path / 'm', lambda x: {'y': x + captured}, 1, 3))
    interpreter = backends.litert().Interpreter(model_content=content)
    (result,) = interpreter.get_signature_runner()(x=np.ones((1, 3), np.float32)).values()
    np.testing.assert_allclose(result, [[1, 2, 3]])


def test_other_captured_objects_are_refused(tmp_path: Path) -> None:
    """A table of words, for example, is filled by an initialiser that would have to run."""
    folder = save(tmp_path / 'm', lambda x: {'y': 2 * x}, 1, 3)

    def bind(message: Any) -> None:
        objects = message.meta_graphs[0].object_graph_def
        for function in objects.concrete_functions.values():
            function.bound_inputs.append(0)

    change(folder / 'saved_model.pb', 'SavedModel', bind)
    with pytest.raises(UnsupportedError, match='uses more than variables and constants'):
        graph_to_tflite(folder)


@pytest.mark.parametrize(
    ('edit', 'error', 'match'),
    [
        (lambda m: m.meta_graphs[0].meta_info_def.ClearField('tags'), ModelFileError, 'to serve'),
        (
            lambda m: m.meta_graphs[0].signature_def.clear(),
            UnsupportedError,
            r'has the signatures \[\]: expected serving_default',
        ),
        (
            lambda m: m.meta_graphs[0].graph_def.node[-3].ClearField('op'),
            UnsupportedError,
            r'not one function of its inputs',
        ),
        (
            lambda m: m.meta_graphs[0].graph_def.library.ClearField('function'),
            ModelFileError,
            r'it calls .*, which it does not have',
        ),
    ],
)
def test_damaged_graphs_are_explained(
    edit: Callable[[Any], None], error: type[Exception], match: str, tmp_path: Path
) -> None:
    """Anyone can edit the file."""
    folder = save(tmp_path / 'm', lambda x: {'y': 2 * x}, 1, 3)

    def apply(message: Any) -> None:
        edit(message)
        if match.startswith('not one'):
            for node in message.meta_graphs[0].graph_def.node:
                node.op = 'Identity' if 'Partitioned' in node.op else node.op

    change(folder / 'saved_model.pb', 'SavedModel', apply)
    with pytest.raises(error, match=match):
        graph_to_tflite(folder)


def test_another_signature_is_used_where_it_is_the_only_one(tmp_path: Path) -> None:
    """Its name does not matter then."""
    tf = backends.tensorflow()
    module = tf.Module()
    spec = tf.TensorSpec((1, 2), tf.float32, name='x')
    module.serve = tf.function(lambda x: {'y': 3 * x}, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path / 'm'), signatures={'drive': module.serve})
    interpreter = backends.litert().Interpreter(model_content=graph_to_tflite(tmp_path / 'm'))
    (result,) = interpreter.get_signature_runner()(x=np.ones((1, 2), np.float32)).values()
    np.testing.assert_allclose(result, [[3, 3]])


def test_a_steering_of_twice_the_arc_tangent_is_read(tmp_path: Path) -> None:
    """The classic PilotNet of TensorFlow ends with it; LiteRT has no such operation."""
    atan = backends.tensorflow().math.atan
    folder = save(tmp_path / 'm', lambda x: {'y': 2.0 * atan(x), 'z': atan(atan(x))}, 1, 3)
    interpreter = backends.litert().Interpreter(model_content=graph_to_tflite(folder))
    interpreter.allocate_tensors()
    x = np.float32([[-30.0, -0.2, 1e4]])
    result = interpreter.get_signature_runner()(x=x)
    np.testing.assert_allclose(result['y'], 2 * np.arctan(x), atol=1e-6)
    np.testing.assert_allclose(result['z'], np.arctan(np.arctan(x)), atol=1e-6)


def test_what_litert_lacks_is_named(tmp_path: Path) -> None:
    """Plain arithmetic that has no counterpart there."""
    erf = backends.tensorflow().math.erf
    folder = save(tmp_path / 'm', lambda x: {'y': erf(x)}, 1, 3)
    with pytest.raises(UnsupportedError, match=r'(?s)cannot be converted for LiteRT.*Erf'):
        graph_to_tflite(folder)
