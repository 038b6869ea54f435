# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a model file to an engine, with and without a kept conversion."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import ModelFileError, ProfileError
from featuremap_ros.pilot import backends, loading
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep converted models in a folder of the test."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'featuremap_ros' / 'models'


@pytest.fixture(scope='module')
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write one small pilot in several formats."""
    folder = tmp_path_factory.mktemp('pilots')
    keras, tf = backends.keras(), backends.tensorflow()
    keras.utils.set_random_seed(0)
    x = keras.Input((20, 31, 3), name='img_in')
    y = keras.layers.Conv2D(4, 5, strides=2, activation='relu', name='conv')(x)
    y = keras.layers.Dense(2, name='angle')(keras.layers.Flatten()(y))
    model = keras.Model(x, y)
    model.save(folder / 'pilot.h5')
    model.save(folder / 'pilot.keras')
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / 'pilot.tflite').write_bytes(converter.convert())
    model.export(folder / 'exported', verbose=False)
    free = keras.Input((None, None, 3))
    keras.Model(free, keras.layers.Conv2D(1, 3, name='conv')(free)).save(folder / 'free.keras')
    return {
        path.suffix[1:] if path.stem == 'pilot' else path.stem: path for path in folder.iterdir()
    }


def picture(engine: Any, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Return a random picture for an engine of one input."""
    (tensor,) = engine.network.inputs
    random = np.random.default_rng(seed)
    return {tensor.name: random.random((1, *tensor.shape), np.float32)}


@pytest.mark.parametrize('kind', ['h5', 'keras', 'tflite', 'exported'])
def test_every_format_gives_the_same_engine(written: dict[str, Path], kind: str) -> None:
    """Layers and numbers do not depend on how a model was saved."""
    reference = load_engine(written['h5'], cache=False)
    engine = load_engine(written[kind])
    assert isinstance(engine, LiteRTEngine)
    assert engine.network.layer('conv').sampling == reference.network.layer('conv').sampling
    expected = reference.run(picture(reference), ['conv'])
    outputs, maps = engine.run(picture(engine), ['conv'])
    np.testing.assert_allclose(outputs['angle'], expected[0]['angle'], atol=1e-6)
    np.testing.assert_allclose(maps['conv'], expected[1]['conv'], atol=1e-6)


REAL = ('axionaut/autopilot.hdf5', 'udacity/model.h5', 'donkeycar/pilot_21-08-12_8.h5')

START = """
import json, re, sys, time
began = time.perf_counter()
import numpy as np
from featuremap_ros.pilot.loading import load_engine
engine = load_engine(sys.argv[1])
(tensor,) = engine.network.inputs
inputs = {tensor.name: np.full((1, *tensor.shape), 0.5, np.float32)}
outputs, _ = engine.run(inputs, [engine.network.layers[-1].name])
print(json.dumps({
    'seconds': time.perf_counter() - began,
    'megabytes': int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]) / 1024,
    'heavy': sorted({'tensorflow', 'keras', 'h5py'} & set(sys.modules)),
    'outputs': {name: values.tolist() for name, values in outputs.items()},
}))
"""


def started(path: Path) -> dict[str, Any]:
    """Open a model in a process of its own and compute one picture."""
    result = subprocess.run(
        [sys.executable, '-c', START, str(path)], capture_output=True, check=True, text=True
    )
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_a_known_model_starts_without_tensorflow(written: dict[str, Path], folder: Path) -> None:
    """The second process neither imports TensorFlow nor takes a third of the memory."""
    first = started(written['h5'])
    assert first['heavy'] == ['h5py', 'keras', 'tensorflow']
    assert len(list(folder.glob('*.model'))) == 1
    second = started(written['h5'])
    assert second['heavy'] == []
    assert second['outputs'] == first['outputs']
    assert second['megabytes'] < first['megabytes'] / 3
    assert second['seconds'] < first['seconds']


def test_a_tflite_pilot_never_needs_tensorflow(written: dict[str, Path], folder: Path) -> None:
    """The first start of a TFLite file is as light, and leaves nothing in the cache."""
    assert started(written['tflite'])['heavy'] == []
    assert not folder.exists()


def test_damaged_entries_are_converted_anew(written: dict[str, Path], folder: Path) -> None:
    """A cut entry is replaced and the model opens."""
    expected = load_engine(written['h5']).run(picture(load_engine(written['h5'])))[0]
    (entry,) = folder.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-100])
    engine = load_engine(written['h5'])
    np.testing.assert_array_equal(engine.run(picture(engine))[0]['angle'], expected['angle'])
    assert len(entry.read_bytes()) >= len(whole)


def test_nothing_is_kept_on_request(written: dict[str, Path], folder: Path) -> None:
    """With cache=False the folder is neither read nor written."""
    load_engine(written['h5'], cache=False)
    assert not folder.exists()


class Doubled(backends.keras().layers.Layer):  # type: ignore[misc]
    """A layer that only its own package knows."""

    def call(self, x: Any) -> Any:
        """Double every value."""
        return 2 * x


def test_models_with_a_users_layers_are_not_kept(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code outside of the file may change; its maps can be seen but not placed."""
    keras = backends.keras()
    x = keras.Input((8, 8, 3))
    keras.Model(x, Doubled(name='twice')(x)).save(tmp_path / 'own.keras')
    monkeypatch.setitem(sys.modules, 'a_users_layers', sys.modules[__name__])
    engine = load_engine(
        tmp_path / 'own.keras', custom_layers={'Doubled': 'a_users_layers:Doubled'}
    )
    inputs = picture(engine)
    _, maps = engine.run(inputs, ['twice'])
    np.testing.assert_allclose(maps['twice'], 2 * next(iter(inputs.values()))[0])
    assert engine.network.layer('twice').sampling is None
    assert not folder.exists()


def test_free_sizes_are_filled_in(written: dict[str, Path]) -> None:
    """A model for any size opens for the given one; each size is another entry."""
    for size in ((31, 20), (16, 8)):
        engine = load_engine(written['free'], input_size=size)
        assert engine.network.inputs[0].shape == (size[1], size[0], 3)
        assert engine.run(picture(engine))[0]['conv'].shape == (size[1] - 2, size[0] - 2, 1)
    with pytest.raises(ProfileError, match='leaves sizes free: set size under input'):
        load_engine(written['free'])


def test_what_litert_lacks_is_computed_with_tensorflow(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pilot opens all the same, and the log says why it is slower."""
    keras = backends.keras()
    x = keras.Input((8, 8, 3))
    y = keras.ops.erfinv(keras.layers.ReLU(max_value=0.5, name='relu')(x))
    model = keras.Model(x, y)
    monkeypatch.setattr(loading, 'sniff', lambda _: 'keras')
    monkeypatch.setattr(loading, 'read_keras', lambda *_, **__: (model, 'built here'))
    (tmp_path / 'any').touch()
    engine = load_engine(tmp_path / 'any')
    assert isinstance(engine, TensorFlowEngine)
    assert 'tf.Erfinv' in caplog.text
    assert engine.run(picture(engine), ['relu'])[1]['relu'].max() == 0.5


def test_functions_between_layers_are_computed_by_litert(tmp_path: Path) -> None:
    """The classic PilotNet ends with twice an arc tangent; others clip or squash by hand."""
    keras = backends.keras()
    ops = keras.ops
    source = keras.Input((8, 8, 3), name='camera')
    x = keras.layers.Flatten()(ops.relu(keras.layers.Conv2D(2, 3, name='conv')(source)))
    x = keras.layers.Dense(3)(x)
    y = [
        ops.arctan(x) * 2.0,
        ops.arctan(ops.arctan(x)),
        ops.clip(x, -0.25, 0.5),
        ops.tanh(ops.maximum(x, 0.1)) + ops.sqrt(ops.square(x)) + ops.abs(x),
        ops.exp(ops.minimum(x, 0.1)) * ops.sigmoid(x) ** 2,
    ]
    model = keras.Model(source, y)
    model.save(tmp_path / 'pilot.keras')
    engine = load_engine(tmp_path / 'pilot.keras')
    assert isinstance(engine, LiteRTEngine)
    fed = picture(engine)
    outputs, _ = engine.run(fed)
    expected = model(fed['camera'])
    for result, given in zip(outputs.values(), expected, strict=True):
        np.testing.assert_allclose(result, given[0], atol=1e-6)


def test_a_function_that_is_not_opened_is_named(tmp_path: Path) -> None:
    """With a way out that works."""
    keras = backends.keras()
    source = keras.Input((8, 8, 3))
    keras.Model(source, keras.ops.erfinv(source)).save(tmp_path / 'pilot.keras')
    with pytest.raises(ModelFileError, match=r"'Erfinv'.*\.tflite where it was made"):
        load_engine(tmp_path / 'pilot.keras')


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    """Neither is hashed, converted or guessed at."""
    with pytest.raises(ModelFileError, match='cannot be read'):
        load_engine(tmp_path / 'none.h5')
    with pytest.raises(ModelFileError, match=r'no saved_model\.pb'):
        load_engine(tmp_path)
    text = tmp_path / 'model.h5'
    text.write_text('{}')
    with pytest.raises(ModelFileError, match='is a text'):
        load_engine(text)


def assert_close(got: NDArray[np.float32], wanted: Any) -> None:
    """Compare to 1e-5 of the maximum."""
    np.testing.assert_allclose(got, wanted, atol=1e-5 * np.abs(wanted).max())


def test_the_axionaut_pilot_gives_its_golden_numbers(shared_data: Path) -> None:
    """Probabilities and two maps on 61 frames of a race."""
    frames = np.load(shared_data / 'inputs.npz')['axionaut'].astype(np.float32)
    golden = np.load(shared_data / 'axionaut' / 'golden.npz')
    engine = load_engine(shared_data / REAL[0])
    (tensor,) = engine.network.inputs
    for number, frame in enumerate(frames):
        outputs, maps = engine.run({tensor.name: frame[None]}, ['dropout_2', 'convolution2d_4'])
        (probabilities,) = outputs.values()
        assert_close(probabilities, golden['p_rgb'][number])
        assert_close(maps['dropout_2'], golden['dropout_2_rgb'][number])
        assert_close(maps['convolution2d_4'], golden['convolution2d_4_rgb'][number])


def test_the_udacity_pilot_gives_its_golden_steering(shared_data: Path) -> None:
    """A Lambda that an old Python compiled included."""
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())[REAL[1]]
    frames = np.load(shared_data / 'inputs.npz')
    engine = load_engine(shared_data / REAL[1])
    ((tensor,), (output,)) = engine.network.inputs, engine.network.outputs
    for name in ('center', 'left', 'right'):
        frame = frames[f'udacity_{name}'].astype(np.float32)
        assert_close(engine.run({tensor.name: frame[None]})[0][output.name], [golden[name]])


def test_the_donkeycar_pilot_gives_its_golden_bins(shared_data: Path) -> None:
    """Both heads by their names."""
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())[REAL[2]]
    frames = np.load(shared_data / 'inputs.npz')
    engine = load_engine(shared_data / REAL[2])
    for number in ('280', '316', '414'):
        frame = frames[f'donkeycar_{number}'].astype(np.float32) / 255
        outputs, _ = engine.run({'img_in': frame[None]})
        for name in ('angle_out', 'throttle_out'):
            assert_close(outputs[name], golden[f'{number}_cam_image_array_.jpg'][name])
