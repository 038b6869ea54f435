# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Shuffled weights: other numbers in the same network, and the pilot's own as they were."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.tflite.graph import parse_tflite
from featuremap_ros.pilot.tflite.shuffling import WeightShuffler

keras = backends.keras()
tf = backends.tensorflow()
L = keras.layers

PICTURE = np.random.default_rng(1).random((1, 12, 16, 3), np.float32)


@pytest.fixture(scope='module')
def chain():
    """Return two convolutions, normalised in between, and two dense layers, converted."""
    keras.utils.set_random_seed(3)
    image = keras.Input((12, 16, 3), name='image')
    maps = L.Conv2D(4, 3, activation='relu', name='conv_1')(image)
    maps = L.BatchNormalization(name='norm', gamma_initializer='random_normal')(maps)
    maps = L.Conv2D(5, 3, activation='relu', name='conv_2', bias_initializer='normal')(maps)
    out = L.Dense(1, name='out')(L.Dense(7, activation='tanh')(L.Flatten()(maps)))
    return converted(keras.Model(image, out))


def converted(model):
    """Return a Keras model as LiteRT computes it."""
    return convert(model, describe(model, 'test'))


def constants(model):
    """Return the constant floats of a flatbuffer, by tensor, as LiteRT itself reads them."""
    interpreter = backends.litert().Interpreter(model_content=model.content)
    found = {}
    for detail in interpreter.get_tensor_details():
        with suppress(ValueError):  # It is computed.
            found[detail['index']] = interpreter.get_tensor(detail['index'])
    return {index: value for index, value in found.items() if value.dtype.kind == 'f'}


def output(model):
    """Return the network's number for the picture."""
    (value,) = LiteRTEngine(model).run({'image': PICTURE})[0].values()
    return value


def test_layers_are_named_from_the_outputs_down(chain):
    """Spatial ones by their own names; a normalisation that was not folded has weights, too."""
    names = WeightShuffler(chain).layers
    assert names == ('fully_connected_1', 'fully_connected_2', 'conv_2', 'norm', 'conv_1')


def test_every_tensor_keeps_the_sizes_of_its_weights(chain):
    """Only places and signs change, and about half of the signs."""
    before, after = constants(chain), constants(WeightShuffler(chain).shuffled(99, (0,)))
    changed = [i for i in before if not np.array_equal(before[i], after[i])]
    assert len(changed) >= 4
    for i, values in before.items():
        assert np.sort(np.abs(after[i]), axis=None) == pytest.approx(
            np.sort(np.abs(values), axis=None), abs=0
        )
    largest = max(changed, key=lambda i: before[i].size)
    assert not np.array_equal(np.abs(before[largest]), np.abs(after[largest]))
    assert 0.4 < (after[largest] > 0).mean() < 0.6


def test_the_pilot_stays_as_it_is(chain):
    """Its bytes, and what it computes."""
    content, number = bytes(chain.content), output(chain)
    shuffled = WeightShuffler(chain).shuffled(4, (1,))
    assert chain.content == content
    assert output(chain) == number
    assert output(shuffled) != pytest.approx(number, abs=1e-4)
    assert len(shuffled.content) == len(content)


def test_a_seed_gives_the_same_bits_however_many_layers(chain):
    """A layer has the same weights in every network on the way; another seed gives others."""
    shuffler = WeightShuffler(chain)
    assert shuffler.shuffled(2, (5, 0)).content == shuffler.shuffled(2, (5, 0)).content
    assert shuffler.shuffled(2, (5, 0)).content != shuffler.shuffled(2, (5, 1)).content
    before, two, all_ = (
        constants(model)
        for model in (chain, shuffler.shuffled(2, (5, 0)), shuffler.shuffled(99, (5, 0)))
    )
    touched = [i for i in before if not np.array_equal(before[i], two[i])]
    assert touched
    for i in touched:
        assert np.array_equal(two[i], all_[i])
    assert shuffler.shuffled(0, (5, 0)).content == chain.content


def test_the_shuffled_network_computes_with_the_shuffled_weights():
    """A linear one: the product of the picture and the weights that LiteRT reads."""
    image = keras.Input((12, 16, 3), name='image')
    model = converted(keras.Model(image, L.Dense(1, use_bias=False)(L.Flatten()(image))))
    shuffled = WeightShuffler(model).shuffled(1, (0,))
    (weights,) = (value for value in constants(shuffled).values() if value.size == PICTURE.size)
    assert output(shuffled) == pytest.approx([weights.ravel() @ PICTURE.ravel()], rel=1e-4)


def test_what_a_layer_is_computed_from():
    """All below it, on its own branch only."""
    image = keras.Input((12, 16, 3), name='image')
    stem = L.Conv2D(3, 3, padding='same', activation='relu', name='stem')(image)
    sides = [L.Conv2D(3, 3, padding='same', activation='relu', name=name)(stem) for name in 'ab']
    joined = L.Add(name='joined')(sides)
    shuffler = WeightShuffler(converted(keras.Model(image, L.Dense(1)(L.Flatten()(joined)))))
    assert shuffler.below('a') == {'a', 'stem'}
    assert shuffler.below('joined') == {'a', 'b', 'stem'}
    assert shuffler.below('stem') == {'stem'}
    with pytest.raises(UnknownNameError, match='stem'):
        shuffler.below('steam')


def test_weights_that_are_used_twice_are_shuffled_once():
    """Where they are nearest to the outputs; both uses see the same."""
    image = keras.Input((12, 16, 3), name='image')
    twice = L.Conv2D(3, 3, padding='same', use_bias=False, name='twice')
    model = keras.Model(image, L.Dense(1)(L.Flatten()(twice(L.ReLU()(twice(image))))))
    tflite = parse_tflite(
        tf.lite.TFLiteConverter.from_keras_model(model).convert(), source='test', origin='TFLite'
    )
    assert len(WeightShuffler(tflite).layers) == 2
    before, after = constants(tflite), constants(WeightShuffler(tflite).shuffled(2, (0,)))
    kernel = next(i for i, value in before.items() if value.shape == (3, 3, 3, 3))
    assert not np.array_equal(before[kernel], after[kernel])


def tflite_of(model, **options):
    """Return a Keras model as a TFLite file that is made with some options."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    for name, value in options.items():
        setattr(converter, name, value)
    return parse_tflite(converter.convert(), source='test', origin='TFLite')


@pytest.fixture(scope='module')
def float_model():
    """Return a network large enough to be quantised."""
    keras.utils.set_random_seed(4)
    image = keras.Input((12, 16, 3), name='image')
    maps = L.Conv2D(16, 3, activation='relu', name='conv')(image)
    return keras.Model(image, L.Dense(8)(L.Flatten()(maps)))


@pytest.mark.parametrize('kind', ['float16', 'weights of int8'])
def test_small_weights_are_shuffled_as_they_are_stored(float_model, kind):
    """As long as the maps are floats."""
    options = {'optimizations': [tf.lite.Optimize.DEFAULT]}
    if kind == 'float16':
        options['target_spec'] = tf.lite.TargetSpec(supported_types=[tf.float16])
    model = tflite_of(float_model, **options)
    shuffled = WeightShuffler(model).shuffled(2, (0,))
    one, other = (
        next(iter(LiteRTEngine(m).run({'image': PICTURE})[0].values())) for m in (model, shuffled)
    )
    assert np.isfinite(other).all()
    assert 0.1 < np.abs(other).max() / np.abs(one).max() < 10
    assert np.abs(one - other).max() > 0.1 * np.abs(one).max()


def test_quantised_maps_are_refused(float_model):
    """Their ranges belong to the trained weights."""
    model = tflite_of(
        float_model,
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=lambda: iter([[PICTURE]] * 4),
    )
    with pytest.raises(UnsupportedError, match=r'is quantised: .* Take the model in float'):
        WeightShuffler(model)


@pytest.mark.parametrize('zero', [False, True])
def test_nothing_to_shuffle_is_refused(zero):
    """No weights at all, or zeros, which are the same wherever they go."""
    image = keras.Input((12, 16, 3), name='image')
    maps = L.Conv2D(2, 3, kernel_initializer='zeros')(image) if zero else image
    model = keras.Model(image, L.GlobalAveragePooling2D()(maps))
    with pytest.raises(UnsupportedError, match='no weights that could be shuffled'):
        WeightShuffler(converted(model))
