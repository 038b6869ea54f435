# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Model files that would run code, write a file, read another file or fill the memory.

Every payload writes a canary file; for each kind the test first proves that it would.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
import json
import marshal
from pathlib import Path
import types
from typing import Any
import zipfile

import h5py
import numpy as np
import pytest

from featuremap_ros.errors import FeatureMapError, ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.pilot.graphs import graph_to_tflite
from featuremap_ros.pilot.loading import load_engine


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Return the file that must not appear."""
    return tmp_path / 'canary'


def payload(canary: Path) -> str:
    """Return the code of a Lambda that writes the canary and then looks harmless."""
    code = compile(f'lambda x: (open({str(canary)!r}, "w").close(), x / 127.5)[1]', 'f', 'eval')
    (function,) = (item for item in code.co_consts if isinstance(item, types.CodeType))
    return base64.b64encode(marshal.dumps(function)).decode()


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """Return a model whose first layer takes 8 x 8 x 3 values."""
    first = dict(layers[0])
    first['config'] = {'batch_input_shape': [None, 8, 8, 3], **first['config']}
    return {
        'class_name': 'Sequential',
        'config': {'name': 'net', 'layers': [first, *layers[1:]]},
    }


def archive(
    path: Path, entry: dict[str, Any], weights: Callable[[Any], None] | None = None
) -> Path:
    """Write a .keras file."""
    inside = path.with_suffix('.inside')
    with h5py.File(inside, 'w') as file:
        if weights is not None:
            weights(file)
    with zipfile.ZipFile(path, 'w') as content:
        content.writestr('config.json', json.dumps(entry))
        content.writestr('metadata.json', json.dumps({'keras_version': '3.15.0'}))
        content.write(inside, 'model.weights.h5')
    return path


def test_the_payload_is_live(canary: Path) -> None:
    """Whoever runs the code of the Lambda writes the canary."""
    code = marshal.loads(base64.b64decode(payload(canary)))
    assert types.FunctionType(code, {'open': open})(255.0) == 2.0
    assert canary.exists()


LAMBDAS: dict[str, Callable[[str], Any]] = {
    'keras 1': lambda code: [base64.b64decode(code).decode('raw_unicode_escape'), None, None],
    'keras 2': lambda code: [code, None, None],
    'keras 3': lambda code: {
        'class_name': '__lambda__',
        'config': {'code': code, 'defaults': None, 'closure': None},
    },
}


@pytest.mark.parametrize('generation', LAMBDAS)
@pytest.mark.parametrize('suffix', ['.h5', '.keras'])
def test_a_lambda_never_runs(
    generation: str,
    suffix: str,
    canary: Path,
    tmp_path: Path,
    write_hdf5: Callable[..., Path],
) -> None:
    """It is refused by name, in every notation and container."""
    function = LAMBDAS[generation](payload(canary))
    config = {'name': 'norm', 'function': function, 'function_type': 'lambda'}
    entry = sequential({'class_name': 'Lambda', 'config': config})
    if suffix == '.h5':
        path = write_hdf5(entry, {}, '2.4.0')
    else:
        path = archive(tmp_path / 'pilot.keras', entry)
    with pytest.raises(ModelFileError, match=r"Lambda layer 'norm' is not run.*uses: open"):
        read_keras(path)
    with pytest.raises(ModelFileError, match=r"Lambda layer 'norm' is not run"):
        load_engine(path, cache=False)
    # Declared, it becomes the declared arithmetic; the code stays unread.
    model, _ = read_keras(path, lambdas={'norm': (0.5, 1.0)})
    np.testing.assert_array_equal(model(np.full((1, 8, 8, 3), 4.0)), np.full((1, 8, 8, 3), 3.0))
    assert not canary.exists()


def test_a_lambda_in_a_savedmodel_never_runs(canary: Path, keras_2: Any, tmp_path: Path) -> None:
    """Its code lies in the metadata of the folder."""
    folder = tmp_path / 'saved'
    for file in (keras_2.folder / 'pilot' / 'saved').rglob('*'):
        if file.is_file():
            copy = folder / file.relative_to(keras_2.folder / 'pilot' / 'saved')
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    path = folder / 'keras_metadata.pb'
    message = backends.protocols().SavedMetadata.FromString(path.read_bytes())
    root = json.loads(message.nodes[0].metadata)
    (layer,) = (e for e in root['config']['layers'] if e['class_name'] == 'Lambda')
    layer['config']['function']['items'][0] = payload(canary)
    message.nodes[0].metadata = json.dumps(root)
    path.write_bytes(message.SerializeToString())
    with pytest.raises(ModelFileError, match=r"Lambda layer 'norm' is not run"):
        read_keras(folder)
    assert not canary.exists()


def objects(canary: Path) -> dict[str, dict[str, Any]]:
    """Return layers whose description asks for other objects."""
    system = {
        'module': 'os',
        'class_name': 'function',
        'config': 'system',
        'registered_name': 'system',
    }
    code = {'code': payload(canary), 'defaults': None, 'closure': None}
    conv = {'name': 'evil', 'filters': 2, 'kernel_size': 3}
    return {
        'module': {
            'module': 'os',
            'class_name': 'system',
            'config': {'command': f'touch {canary}', 'name': 'evil'},
            'registered_name': 'os>system',
        },
        'module of keras': {
            'module': 'keras.utils',
            'class_name': 'get_file',
            'config': {'fname': str(canary), 'origin': 'file:///etc/passwd', 'name': 'evil'},
        },
        'TFSMLayer': {
            'module': 'keras.layers',
            'class_name': 'TFSMLayer',
            'config': {'filepath': str(canary.parent), 'name': 'evil'},
        },
        'vocabulary': {
            'module': 'keras.layers',
            'class_name': 'StringLookup',
            'config': {'vocabulary': '/etc/passwd', 'name': 'evil'},
        },
        'activation': {'class_name': 'Conv2D', 'config': {**conv, 'activation': system}},
        'activation code': {
            'class_name': 'Conv2D',
            'config': {**conv, 'activation': {'class_name': '__lambda__', 'config': code}},
        },
        'activation object': {
            'class_name': 'Conv2D',
            'config': {
                **conv,
                'activation': {'module': 'os', 'class_name': 'popen', 'config': {'name': 'x'}},
            },
        },
        'option': {'class_name': 'Conv2D', 'config': {**conv, 'padding': system}},
        'wrapped': {
            'class_name': 'TimeDistributed',
            'config': {
                'name': 'evil',
                'layer': {'module': 'os', 'class_name': 'system', 'config': {'name': 'x'}},
            },
        },
        'function': {
            'class_name': 'TFOpLambda',
            'config': {'name': 'evil', 'function': 'io.write_file'},
        },
    }


@pytest.mark.parametrize('kind', objects(Path('x')))
@pytest.mark.parametrize('suffix', ['.h5', '.keras'])
def test_objects_that_a_file_names_are_not_looked_up(
    kind: str,
    suffix: str,
    canary: Path,
    tmp_path: Path,
    write_hdf5: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Modules are not imported, and functions are not called, wherever they are named."""

    def imported(name: str) -> None:
        raise AssertionError(name)

    backends.keras()
    monkeypatch.setattr('importlib.import_module', imported)
    entry = sequential(objects(canary)[kind])
    if suffix == '.h5':
        path = write_hdf5(entry, {}, '2.4.0')
    else:
        path = archive(tmp_path / 'pilot.keras', entry)
    with pytest.raises(ModelFileError, match=r"'(evil|x|evil\.activation)'"):
        read_keras(path)
    assert not canary.exists()


def test_initializers_and_the_like_are_left_out(
    canary: Path, write_hdf5: Callable[..., Path]
) -> None:
    """They only matter in training; what they name is not looked at."""
    code = {'code': payload(canary), 'defaults': None, 'closure': None}
    conv = {
        'name': 'conv',
        'filters': 2,
        'kernel_size': 3,
        'kernel_initializer': {'class_name': '__lambda__', 'config': code},
        'kernel_regularizer': {'module': 'os', 'class_name': 'function', 'config': 'system'},
        'bias_constraint': {'module': 'os', 'class_name': 'system', 'config': {}},
    }
    weights = {'conv': {'k:0': np.ones((3, 3, 3, 2)), 'b:0': np.zeros(2)}}
    path = write_hdf5(sequential({'class_name': 'Conv2D', 'config': conv}), weights, '2.4.0')
    model, _ = read_keras(path)
    np.testing.assert_array_equal(model(np.ones((1, 8, 8, 3))), np.full((1, 6, 6, 2), 27.0))
    assert not canary.exists()


def write_op(canary: Path) -> Callable[[Any], Any]:
    """Return a function whose graph writes the canary."""
    tf = backends.tensorflow()

    def function(x: Any) -> Any:
        tf.raw_ops.WriteFile(filename=str(canary), contents='x')
        return {'y': 2 * x}

    return function


def python_op(_: Path) -> Callable[[Any], Any]:
    """Return a function whose graph calls Python."""
    tf = backends.tensorflow()

    def function(x: Any) -> Any:
        return {'y': tf.ensure_shape(tf.numpy_function(lambda v: v, [x], tf.float32), (1, 3))}

    return function


@pytest.mark.parametrize(('make', 'operation'), [(write_op, 'WriteFile'), (python_op, 'PyFunc')])
def test_a_graph_never_runs(
    make: Callable[[Path], Any], operation: str, canary: Path, tmp_path: Path
) -> None:
    """Operations that do more than arithmetic are refused before anything is loaded."""
    tf = backends.tensorflow()
    module = tf.Module()
    spec = tf.TensorSpec((1, 3), tf.float32, name='x')
    module.serve = tf.function(make(canary), input_signature=[spec])
    folder = tmp_path / 'saved'
    tf.saved_model.save(module, str(folder), signatures=module.serve)
    if operation == 'WriteFile':
        tf.saved_model.load(str(folder)).signatures['serving_default'](tf.zeros((1, 3)))
        assert canary.exists()
        canary.unlink()
    with pytest.raises(ModelFileError, match=f'holds the operation {operation!r}'):
        graph_to_tflite(folder)
    with pytest.raises(FeatureMapError):
        load_engine(folder, cache=False)
    assert not canary.exists()


def test_what_else_a_graph_holds_is_left_out(canary: Path, tmp_path: Path) -> None:
    """Other functions, and what runs when the folder is loaded, are not even converted."""
    tf = backends.tensorflow()
    module = tf.Module()
    spec = tf.TensorSpec((1, 3), tf.float32, name='x')
    module.serve = tf.function(lambda x: {'y': 2 * x}, input_signature=[spec])
    module.evil = tf.function(write_op(canary), input_signature=[spec])
    folder = tmp_path / 'saved'
    tf.saved_model.save(module, str(folder), signatures=module.serve)
    path = folder / 'saved_model.pb'
    message = backends.protocols().SavedModel.FromString(path.read_bytes())
    graph = message.meta_graphs[0].graph_def
    evil = next(
        function
        for function in graph.library.function
        if any(node.op == 'WriteFile' for node in function.node_def)
    )
    start = next(node for node in graph.node if node.op == 'NoOp')
    for node in evil.node_def:
        if node.op == 'Const':
            graph.node.add().CopyFrom(node)
    writer = next(node for node in evil.node_def if node.op == 'WriteFile')
    graph.node.add().CopyFrom(writer)
    graph.node[-1].input[:] = [name.partition(':')[0] for name in writer.input]
    start.input.append('^' + writer.name)
    path.write_bytes(message.SerializeToString())

    tf.saved_model.load(str(folder))
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        tf.compat.v1.saved_model.load(session, ['serve'], str(folder))
    assert canary.exists()
    canary.unlink()
    interpreter = backends.litert().Interpreter(model_content=graph_to_tflite(folder))
    (result,) = interpreter.get_signature_runner()(x=np.ones((1, 3), np.float32)).values()
    np.testing.assert_array_equal(result, [[2, 2, 2]])
    assert not canary.exists()


@pytest.mark.parametrize('select', ['SELECT_TF_OPS', 'custom'])
def test_operations_outside_of_litert_are_refused(select: str, tmp_path: Path) -> None:
    """Flex operations are TensorFlow's, among them those that write files."""
    tf = backends.tensorflow()
    spec = tf.TensorSpec((1, 3), tf.float32, name='x')
    concrete = tf.function(lambda x: tf.math.erf(x)).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], tf.Module())
    if select == 'custom':
        converter.allow_custom_ops = True
    else:
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
    path = tmp_path / 'pilot.tflite'
    path.write_bytes(converter.convert())
    with pytest.raises(UnsupportedError, match=r'needs the operations (Flex)?Erf'):
        load_engine(path, cache=False)


CONV = {'class_name': 'Conv2D', 'config': {'name': 'conv', 'filters': 2, 'kernel_size': 3}}


@pytest.mark.parametrize(
    ('spoil', 'match'),
    [
        (
            lambda group, other: group.update_link(h5py.ExternalLink(other, '/secret')),
            r"links elsewhere with 'k:0'",
        ),
        (lambda group, _: group.update_link(h5py.SoftLink('/secret')), r'links elsewhere'),
        (
            lambda group, other: group.replace(
                external=[(f'{other}.raw', 0, 3 * 3 * 3 * 2 * 4)], shape=(3, 3, 3, 2), dtype='f4'
            ),
            r"'k:0' .* is stored in another file",
        ),
        (lambda group, other: group.virtual(other), r"'k:0' .* is stored in another file"),
        (
            lambda group, _: group.replace(shape=(10**6, 10**6), dtype='f4', chunks=(64, 64)),
            r"'k:0' .* declares 4000000000000 bytes and stores 0",
        ),
        (
            lambda group, _: group.replace(shape=(3, 3, 3, 2), dtype=h5py.string_dtype()),
            r"'k:0' .* is no array of numbers",
        ),
    ],
)
def test_weights_stay_in_the_file(
    spoil: Callable[[Any, str], None],
    match: str,
    tmp_path: Path,
    write_hdf5: Callable[..., Path],
) -> None:
    """Links to other files, data in other files and empty giants are refused."""
    other = tmp_path / 'other.h5'
    with h5py.File(other, 'w') as file:
        file['secret'] = np.ones((3, 3, 3, 2), np.float32)
    (tmp_path / 'other.h5.raw').write_bytes(bytes(3 * 3 * 3 * 2 * 4))
    weights = {'conv': {'k:0': np.ones((3, 3, 3, 2), np.float32), 'b:0': np.zeros(2)}}
    path = write_hdf5(sequential(CONV), weights, '2.4.0')
    with h5py.File(path, 'r+') as file:
        file['secret'] = np.ones((3, 3, 3, 2), np.float32)
        spoil(Kernel(file['model_weights/conv']), str(other))
    with pytest.raises(ModelFileError, match=match):
        read_keras(path)


class Kernel:
    """The entry 'k:0' of a group, to be replaced by something bad."""

    def __init__(self, group: Any) -> None:
        del group['k:0']
        self._group = group

    def update_link(self, link: Any) -> None:
        """Put a link in its place."""
        self._group['k:0'] = link

    def replace(self, **options: Any) -> None:
        """Put another dataset in its place."""
        self._group.create_dataset('k:0', **options)

    def virtual(self, other: str) -> None:
        """Put a view of another file's data in its place."""
        layout = h5py.VirtualLayout((3, 3, 3, 2), np.float32)
        layout[:] = h5py.VirtualSource(other, 'secret', shape=(3, 3, 3, 2))
        self._group.create_virtual_dataset('k:0', layout)


def test_a_group_that_links_elsewhere_is_refused(
    tmp_path: Path, write_hdf5: Callable[..., Path]
) -> None:
    """The weights of a whole layer in another file."""
    path = write_hdf5(sequential(CONV), {}, '2.4.0')
    with h5py.File(path, 'r+') as file:
        file['model_weights/conv'] = h5py.ExternalLink(str(tmp_path / 'other.h5'), '/')
    with pytest.raises(ModelFileError, match=r"links elsewhere with 'conv'"):
        read_keras(path)


def test_weights_in_an_archive_stay_in_the_archive(tmp_path: Path) -> None:
    """The same for the weights of a .keras file."""

    def link(file: Any) -> None:
        file['layers'] = h5py.ExternalLink(str(tmp_path / 'other.h5'), '/')

    path = archive(tmp_path / 'pilot.keras', sequential(CONV), link)
    with pytest.raises(ModelFileError, match=r'more than the file stores|links elsewhere'):
        read_keras(path)


BIG = 1 << 20


@pytest.mark.parametrize(
    ('layers', 'match'),
    [
        ([{'class_name': 'Dense', 'config': {'name': 'd', 'units': BIG**2}}], 'declares weights'),
        (
            [{'class_name': 'Conv2D', 'config': {'name': 'c', 'filters': 8, 'kernel_size': BIG}}],
            'declares weights|cannot be connected',
        ),
        (
            [
                {
                    'class_name': 'Bidirectional',
                    'config': {
                        'name': 'b',
                        'layer': {'class_name': 'LSTM', 'config': {'name': 'l', 'units': BIG}},
                    },
                }
            ],
            'declares weights|cannot be connected',
        ),
        (
            [{'class_name': 'UpSampling2D', 'config': {'name': 'u', 'size': BIG}}],
            'declares values',
        ),
        (
            [{'class_name': 'ZeroPadding2D', 'config': {'name': 'z', 'padding': BIG}}],
            'declares values',
        ),
    ],
)
def test_declared_giants_are_refused(
    layers: list[dict[str, Any]], match: str, write_hdf5: Callable[..., Path]
) -> None:
    """A few bytes of text may not allocate terabytes."""
    with pytest.raises(ModelFileError, match=match):
        read_keras(write_hdf5(sequential(*layers), {}, '2.4.0'))


def test_a_giant_input_is_refused(write_hdf5: Callable[..., Path]) -> None:
    """No camera has a million rows."""
    layer = {
        'class_name': 'Activation',
        'config': {'name': 'a', 'activation': 'relu', 'batch_input_shape': [None, BIG, BIG, 3]},
    }
    with pytest.raises(ModelFileError, match='declares values of the shape'):
        read_keras(write_hdf5(sequential(layer), {}, '2.4.0'))


def test_models_within_models_do_not_multiply_without_end(
    write_hdf5: Callable[..., Path],
) -> None:
    """Twenty nested models that use the next one twice compute a million layers."""
    node: dict[str, Any] = {
        'class_name': 'Activation',
        'config': {'name': 'last', 'activation': 'relu'},
    }
    for depth in range(20):
        source = {'batch_input_shape': [None, 3], 'name': 'in'}
        layers = [
            {'class_name': 'InputLayer', 'name': 'in', 'config': source, 'inbound_nodes': []},
            {**node, 'name': 'x', 'inbound_nodes': [[['in', 0, 0]], [['x', 0, 0]]]},
        ]
        config = {
            'name': f'depth{depth}',
            'layers': layers,
            'input_layers': [['in', 0, 0]],
            'output_layers': [['x', 1, 0]],
        }
        node = {'class_name': 'Functional', 'config': config}
    with pytest.raises(ModelFileError, match='uses layers more than 10000 times'):
        read_keras(write_hdf5(node, {}, '2.4.0'))


def test_members_outside_of_the_three_are_not_unpacked(tmp_path: Path) -> None:
    """An archive may hold paths that climb out of a folder; nothing is written anywhere."""
    relu = {'class_name': 'Activation', 'config': {'name': 'a', 'activation': 'relu'}}
    folder = tmp_path / 'models'
    folder.mkdir()
    path = archive(folder / 'pilot.keras', sequential(relu))
    (folder / 'pilot.inside').unlink()
    with zipfile.ZipFile(path, 'a') as content:
        content.writestr('../canary', 'x')
        content.writestr('assets/../../canary', 'x')
    read_keras(path)
    assert [file.name for file in tmp_path.rglob('*')] == ['models', 'pilot.keras']


def test_a_member_that_unpacks_to_a_giant_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size that the archive declares is checked before it is unpacked."""
    monkeypatch.setattr('featuremap_ros.pilot.keras.archive.MAX_STORED_BYTES', 1000)
    path = tmp_path / 'pilot.keras'
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as content:
        content.writestr('config.json', ' ' * 100_000)
    assert path.stat().st_size < 1000
    with pytest.raises(ModelFileError, match=r"'config\.json' .* declares 100000 bytes"):
        read_keras(path)
