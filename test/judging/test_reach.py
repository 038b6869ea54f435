# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What layers can reach, against what they return for pictures made to push them there."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.judging.reach import input_range, provably_dead, reach
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.graph import trace
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.trust.intervals import Interval
from featuremap_ros.vision.preprocess import InputSpec, NORMALISATIONS, normalise


@pytest.fixture
def layers():
    """Return keras.layers, seeded."""
    keras = backends.keras()
    keras.utils.set_random_seed(3)
    return keras.layers


def plain(layers, x):
    """Stack convolutions with every kind of padding and activation."""
    x = layers.Conv2D(6, 3, padding='same', activation='relu')(x)
    x = layers.Conv2D(6, 3, strides=2, groups=3, activation='elu')(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(5, 2, dilation_rate=2, activation='gelu')(x)
    return layers.Conv2D(5, 1, padding='same', activation='tanh')(x)


def normalised(layers, x):
    """Stack rescaling, normalisations and activations that are layers of their own."""
    x = layers.Rescaling(2.0, offset=-1)(x)
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])(x)
    x = layers.Conv2D(4, 3)(x)
    x = layers.BatchNormalization(
        moving_mean_initializer=backends.keras().initializers.RandomNormal(),
        beta_initializer='random_normal',
    )(x)
    x = layers.LeakyReLU()(x)
    x = layers.AveragePooling2D(2, padding='same')(x)
    x = layers.Activation('silu')(x)
    x = layers.BatchNormalization(axis=1)(x)
    return layers.ReLU(max_value=6.0)(x)


def branched(layers, x):
    """Merge branches in every way, with plain arithmetic between layers."""
    a = layers.Conv2D(4, 3, padding='same')(x / 2.0 - 1.0)
    b = layers.SeparableConv2D(4, 3, padding='same', depth_multiplier=2)(x)
    c = layers.DepthwiseConv2D(3, padding='same', activation='relu')(x)
    merged = [f()([a, b]) for f in (layers.Add, layers.Subtract, layers.Multiply)]
    merged += [f()([a, b]) for f in (layers.Average, layers.Maximum, layers.Minimum)]
    x = layers.Concatenate()([c, *merged])
    x = layers.Conv2DTranspose(3, 3, strides=2, activation='softplus')(x)
    x = layers.UpSampling2D(2, interpolation='bilinear')(layers.MaxPooling2D(2)(x))
    return layers.Conv2D(3, 1)(layers.Cropping2D(1)(x))


def flattened(layers, x):
    """Lose the channels and find others again."""
    x = layers.Conv2D(4, 5, strides=4, activation='sigmoid')(x)
    x = layers.Dense(8, activation='selu')(layers.Dropout(0.5)(layers.Flatten()(x)))
    x = layers.Reshape((2, 2, 2))(x)
    return layers.Conv2D(2, 1)(layers.Softmax()(x))


@pytest.mark.parametrize('build', [plain, normalised, branched, flattened])
def test_no_picture_leaves_the_bounds(layers, build, rng):
    """Neither noise nor pictures of nothing but the ends of the range, at any step."""
    keras = backends.keras()
    picture = keras.Input((12, 16, 3), name='picture')
    model = keras.Model(picture, build(layers, picture))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape) * 0.6)
    bounds = reach(model, {'picture': Interval.of(0, 1)})
    noise = rng.random((20, 12, 16, 3))
    fed = np.concatenate([noise, noise > 0.5, noise > 0.9, noise > 0.1, np.zeros_like(noise[:1])])
    fed = keras.ops.convert_to_tensor(fed.astype(np.float32))
    _, steps = trace(model, [fed], lambda _, operation, args, kwargs: operation(*args, **kwargs))
    for step in steps:
        cells = step.value.numpy().reshape(-1, step.value.shape[-1])
        bound = bounds[step.name]
        assert (cells.min(axis=0) >= bound.low - 1e-6).all(), step.name
        assert (cells.max(axis=0) <= bound.high + 1e-6).all(), step.name
    known = [step.name for step in steps if np.isfinite(bounds[step.name].high).all()]
    assert len(known) >= len(steps) - 2


def test_an_operation_that_is_not_known_may_return_anything():
    """Nothing behind it is proved, until a squashing function bounds it again."""
    keras = backends.keras()

    class Layer(keras.layers.Layer):
        """A user's own."""

        def call(self, x):
            """Return something."""
            return x * 1e6

    picture = keras.Input((4, 4, 1), name='picture')
    after = keras.layers.Activation('tanh', name='after')(Layer(name='own')(picture))
    bounds = reach(keras.Model(picture, after), {'picture': Interval.of(0, 1)})
    assert np.isinf(bounds['own'].high)
    assert bounds['after'].high == 1


def test_a_function_with_the_name_of_a_known_one_is_not_taken_for_it():
    """Only the functions of Keras are known to rise."""

    def relu(x):
        return -5 * x

    keras = backends.keras()
    picture = keras.Input((4, 4, 1), name='picture')
    model = keras.Model(picture, keras.layers.Conv2D(1, 1, activation=relu, name='c')(picture))
    assert np.isinf(reach(model, {'picture': Interval.of(0, 1)})['c'].low)


@pytest.mark.parametrize('how', NORMALISATIONS)
def test_every_pixel_is_within_the_range_of_its_normalisation(how):
    """Also of the pictures that push the farthest: one bright pixel in the dark."""
    spec = InputSpec(size=(6, 5), normalisation=how)
    allowed = input_range(spec)
    one = np.zeros((5, 6, 3), np.uint8)
    one[2, 3, 1] = 255
    reached = [normalise(p, how) for p in (one, 255 - one, np.full_like(one, 255), one * 0)]
    assert np.min(reached) >= allowed.low - 1e-4
    assert np.max(reached) <= allowed.high + 1e-4
    if how == 'per-image':
        assert np.max(reached) == pytest.approx(allowed.high, rel=1e-4)
    else:
        assert [np.min(reached), np.max(reached)] == [allowed.low, allowed.high]


@pytest.fixture
def pilot(tmp_path, tiny_profile):
    """Return a pilot with filters that no picture can wake: one by its bias, one by its feeder."""
    keras = backends.keras()
    keras.utils.set_random_seed(5)
    image = keras.Input((24, 32, 3), name='image')
    first = keras.layers.Conv2D(3, 3, padding='same', activation='relu', name='first')
    second = keras.layers.Conv2D(2, 3, activation='relu', name='second')
    flat = keras.layers.Flatten()(second(first(image)))
    outputs = [keras.layers.Dense(1, name=name)(flat) for name in ('steering', 'throttle')]
    model = keras.Model(image, outputs)
    kernel, bias = (np.array(w) for w in first.get_weights())
    kernel[..., 1] = 0.1
    # All 27 taps at full brightness add up to 2.7, which is not enough.
    bias[:] = 0.0, -2.71, 0.5
    first.set_weights([kernel, bias])
    kernel, bias = (np.array(w) for w in second.get_weights())
    kernel[:, :, [0, 2], 0] = 0
    second.set_weights([kernel, bias])
    path = tmp_path / 'dead.keras'
    model.save(path)
    return Pilot.load(path, profile=tiny_profile)


def test_planted_dead_filters_are_proved(pilot):
    """And no living one."""
    proved = provably_dead(pilot)
    assert proved['first'].tolist() == [False, True, False]
    assert proved['second'].tolist() == [True, False]


def test_a_filter_that_the_brightest_picture_wakes_is_not_dead(pilot, tiny_profile, tmp_path):
    """A bias of -2.69 instead of -2.71 is the difference."""
    model = pilot.keras_model()
    kernel, bias = (np.array(w) for w in model.get_layer('first').get_weights())
    bias[1] = -2.69
    model.get_layer('first').set_weights([kernel, bias])
    path = tmp_path / 'alive.keras'
    model.save(path)
    assert not provably_dead(Pilot.load(path, profile=tiny_profile))['first'].any()
    white = np.ones((1, 24, 32, 3), np.float32)
    keras = backends.keras()
    maps = keras.Model(model.inputs, model.get_layer('first').output).predict(white, verbose=0)
    assert maps[..., 1].max() > 0


def test_without_a_keras_model_nothing_can_be_proved(pilot):
    """The reason is given."""
    without = Pilot(pilot._engine, pilot.profile)
    with pytest.raises(UnsupportedError, match='Keras model'):
        provably_dead(without)
