# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The LiteRT engine on a small converted network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.errors import ModelFileError, ProfileError, UnknownNameError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.litert_model import LiteRTModel, with_outputs

MAPS = ('conv', 'bare', 'normalised', 'pool')


@pytest.fixture(scope='module')
def model() -> LiteRTModel:
    """Return a converted network whose layers LiteRT could fuse."""
    keras = backends.keras()
    layers = keras.layers
    keras.utils.set_random_seed(0)
    x, speed = keras.Input((20, 31, 3), name='picture'), keras.Input((1,), name='speed')
    y = layers.Conv2D(8, 3, activation='relu', name='conv')(x)
    y = layers.Conv2D(8, 3, name='bare')(y)
    y = layers.ReLU(name='relu')(layers.BatchNormalization(name='normalised')(y))
    y = layers.MaxPooling2D(name='pool')(y)
    flat = layers.Concatenate()([layers.Flatten()(y), speed])
    built = keras.Model(
        [x, speed], [layers.Dense(2, name='b')(flat), layers.Dense(3, name='a')(y)]
    )
    return convert(built, describe(built, 'built here'))


@pytest.fixture
def inputs() -> dict[str, NDArray[np.float32]]:
    """Return one picture and one number."""
    picture = np.random.default_rng(1).random((1, 20, 31, 3), np.float32)
    return {'picture': picture, 'speed': np.full((1, 1), 0.5, np.float32)}


def test_only_what_was_asked_for_comes_back(model: LiteRTModel, inputs: Any) -> None:
    """Outputs keep the model's order, activations the caller's, and no batch axis is left."""
    outputs, maps = LiteRTEngine(model).run(inputs, ['pool', 'conv'])
    assert {name: array.shape for name, array in outputs.items()} == {'b': (2,), 'a': (8, 13, 3)}
    assert list(outputs) == ['b', 'a']
    assert {name: array.shape for name, array in maps.items()} == {
        'pool': (8, 13, 8),
        'conv': (18, 29, 8),
    }
    assert list(maps) == ['pool', 'conv']
    assert LiteRTEngine(model).run(inputs)[1] == {}


@pytest.mark.parametrize('threads', [1, 2])
def test_results_do_not_depend_on_taps_or_threads(
    model: LiteRTModel, inputs: Any, threads: int
) -> None:
    """The same bits come out, whatever else was asked for before or beside."""
    reference = LiteRTEngine(model).run(inputs, MAPS)
    engine = LiteRTEngine(model, threads=threads)
    for taps in ((), ('pool',), ('bare', 'pool'), MAPS, ('conv',)):
        outputs, maps = engine.run(inputs, taps)
        for name, values in outputs.items():
            np.testing.assert_array_equal(values, reference[0][name])
        for name, values in maps.items():
            np.testing.assert_array_equal(values, reference[1][name])


def test_the_caller_owns_what_it_gets(model: LiteRTModel, inputs: Any) -> None:
    """Later runs do not change earlier results, and results can be written to."""
    engine = LiteRTEngine(model)
    outputs, maps = engine.run(inputs, ['conv'])
    kept = maps['conv'].copy()
    before = inputs['picture'].copy()
    engine.run({**inputs, 'picture': inputs['picture'] + 1}, ['conv'])
    np.testing.assert_array_equal(maps['conv'], kept)
    np.testing.assert_array_equal(inputs['picture'], before)
    maps['conv'][:] = 0
    outputs['a'][:] = 0


def test_what_is_not_finite_passes(model: LiteRTModel, inputs: Any) -> None:
    """Judging is left to whoever reads the outputs."""
    outputs, maps = LiteRTEngine(model).run({**inputs, 'speed': np.float32([[np.nan]])}, ['conv'])
    assert np.isnan(outputs['b']).all()
    assert np.isfinite(maps['conv']).all()


def test_inputs_that_do_not_fit_are_refused(model: LiteRTModel, inputs: Any) -> None:
    """The message gives the shapes that were expected and received."""
    engine = LiteRTEngine(model)
    with pytest.raises(ProfileError, match=r"'picture': .* \(1, 20, 31, 3\), .* \(1, 31, 20, 3\)"):
        engine.run({**inputs, 'picture': inputs['picture'].transpose(0, 2, 1, 3)})
    with pytest.raises(ProfileError, match='inputs picture, speed; received picture'):
        engine.run({'picture': inputs['picture']})


def test_other_number_types_and_strides_are_accepted(model: LiteRTModel, inputs: Any) -> None:
    """Integers and views are converted, not misread."""
    engine = LiteRTEngine(model)
    pixels = np.arange(31 * 20 * 3, dtype=np.uint8).reshape(1, 31, 20, 3).transpose(0, 2, 1, 3)
    expected = engine.run({**inputs, 'picture': np.ascontiguousarray(pixels, np.float32)})
    received = engine.run({**inputs, 'picture': pixels})
    np.testing.assert_array_equal(received[0]['b'], expected[0]['b'])


def test_unknown_taps_are_refused(model: LiteRTModel, inputs: Any) -> None:
    """The message suggests the layer that was meant."""
    with pytest.raises(UnknownNameError, match=r"Unknown layer 'poool'\. Did you mean 'pool'"):
        LiteRTEngine(model).run(inputs, ['poool'])


def test_models_that_litert_cannot_compute_are_refused(model: LiteRTModel) -> None:
    """An operation that LiteRT does not know is a model file error that names the origin."""
    schema = backends.litert_schema()
    root = schema.ModelT.InitFromPackedBuf(model.content)
    pooling = schema.BuiltinOperator.MAX_POOL_2D
    (code,) = (code for code in root.operatorCodes if code.builtinCode == pooling)
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    code.customCode = 'FlexPool'
    builder = schema.flatbuffers.Builder()
    builder.Finish(root.Pack(builder), b'TFL3')
    with pytest.raises(ModelFileError, match=r'\(built here\): .*FlexPool'):
        LiteRTEngine(replace(model, content=bytes(builder.Output())))


def test_new_outputs_leave_the_weights_where_they_are(model: LiteRTModel) -> None:
    """Weights keep their alignment, which some processors need."""
    changed = with_outputs(model.content, [3, 1, 3])
    root = backends.litert_schema().Model.GetRootAsModel(changed, 0)
    assert list(root.Subgraphs(0).OutputsAsNumpy()) == [1, 3]
    assert root.SignatureDefsLength() == 0
    differing = [i for i, (a, b) in enumerate(zip(model.content, changed, strict=False)) if a != b]
    assert len(differing) <= 8
