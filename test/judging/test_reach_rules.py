# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What layers stay within, against what they return for pictures made to push them out."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from featuremap_ros.judging.reach import input_range, prove, reach
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tflite.graph import parse_tflite
from featuremap_ros.streams.source import open_source
from featuremap_ros.trust.intervals import Interval

SHAPE = (12, 16, 3)


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
    x = layers.Conv2DTranspose(3, 3, strides=2, activation='softsign')(x)
    x = layers.UpSampling2D(2, interpolation='bilinear')(layers.MaxPooling2D(2)(x))
    return layers.Conv2D(3, 1)(layers.Cropping2D(1)(x))


def flattened(layers, x):
    """Lose the channels and find others again."""
    x = layers.Conv2D(4, 5, strides=4, activation='sigmoid')(x)
    x = layers.Dense(8, activation='selu')(layers.Dropout(0.5)(layers.Flatten()(x)))
    x = layers.Reshape((2, 2, 2))(x)
    return layers.Conv2D(2, 1)(layers.Softmax()(x))


def rearranged(layers, x):
    """Move numbers from channel to channel, reverse, repeat and average them."""
    x = layers.Conv2D(6, 3, activation='relu', bias_initializer='random_normal')(x)
    x = layers.Concatenate(axis=1)([x[..., 1:5], x[..., ::-1][..., :4]])
    x = layers.Permute((1, 3, 2))(layers.Conv2D(14, 1)(x))
    x = layers.Permute((3, 1, 2))(layers.UpSampling2D(2)(x))
    x = layers.Conv2D(5, 3)(layers.MaxPooling2D(2, padding='same')(x))
    gate = layers.Dense(5, activation='sigmoid')(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 5))(gate)])
    return layers.LayerNormalization()(layers.Conv2D(4, 1)(x))


def parsed(content):
    """Return a model of which every map in the file is a layer."""
    return parse_tflite(content, source='test', origin='TFLite')


def converted(model):
    """Return a Keras model as the project converts it."""
    return parsed(convert(model, describe(model, 'Keras')).content)


def built(layers, build, rng):
    """Return a network with weights that are large enough to reach far."""
    keras = backends.keras()
    picture = keras.Input(SHAPE, name='picture')
    model = keras.Model(picture, build(layers, picture))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape) * 0.6)
    return model


def pictures(rng):
    """Return noise, pictures of nothing but the ends of the range, and nothing at all."""
    noise = rng.random((20, *SHAPE))
    ends = [noise > 0.5, noise > 0.9, noise > 0.1, np.zeros_like(noise[:1]), noise[:1] < 2]
    return np.concatenate([noise, *ends]).astype(np.float32)


def reached(model, fed):
    """Return the lowest and highest value of every channel, by layer, over pictures."""
    engine, (picture, *_) = LiteRTEngine(model), model.network.inputs
    names = [layer.name for layer in model.network.layers]
    runs = [engine.run({picture.name: one[None]}, names)[1] for one in fed]
    maps = {name: np.stack([run[name] for run in runs]) for name in names}
    axes = (0, 1, 2)
    return {name: (values.min(axis=axes), values.max(axis=axes)) for name, values in maps.items()}


def bounds_of(model, low=0.0, high=1.0):
    """Return what the layers stay within where every number of the picture is in a range."""
    return reach(model, {model.network.inputs[0].name: Interval.of(low, high)})


def leaving(model, fed, bounds):
    """Return the layers that leave their bounds for some of the pictures."""
    return [
        name
        for name, (low, high) in reached(model, fed).items()
        if (low < bounds.intervals[name].low).any() or (high > bounds.intervals[name].high).any()
    ]


@pytest.mark.parametrize('build', [plain, normalised, branched, flattened, rearranged])
def test_no_picture_leaves_the_bounds(layers, build, rng):
    """Neither noise nor pictures of nothing but the ends of the range, at any step."""
    model = converted(built(layers, build, rng))
    bounds = bounds_of(model)
    assert bounds.unknown == {}
    assert leaving(model, pictures(rng), bounds) == []
    assert len(bounds.intervals) >= 5


@pytest.mark.parametrize(
    ('how', 'build'),
    [
        ('float32', plain),
        ('float16', normalised),
        ('int8 weights', flattened),
        ('int8', plain),
        ('int8', branched),
        ('uint8 pictures', normalised),
    ],
)
def test_files_that_others_converted_stay_within_their_bounds(layers, how, build, to_tflite, rng):
    """Rounding to steps and clipping to what int8 holds are part of the bounds."""
    model = parsed(to_tflite(built(layers, build, rng), how))
    bounds = bounds_of(model)
    assert bounds.unknown == {}
    assert leaving(model, pictures(rng), bounds) == []


def test_pictures_that_become_integers_on_the_way_are_bounded(layers, to_tflite, rng):
    """Where weights are integers, LiteRT rounds the picture too: 1 becomes 1.004."""
    keras = backends.keras()
    picture = keras.Input(SHAPE, name='picture')
    model = keras.Model(picture, layers.Conv2D(8, SHAPE[:2], name='all')(picture))
    kernels = rng.uniform(0.5, 1, (*SHAPE, 8))
    # From -1 to 1 there are 255 steps, of which none is 1.
    kernels[0, 0, 0] = -0.1
    model.get_layer('all').set_weights([kernels, np.zeros(8)])
    file = parsed(to_tflite(model, 'int8 weights'))
    fed = np.sign(kernels[..., :1]).transpose(3, 0, 1, 2)
    bounds = bounds_of(file, -1, 1)
    assert leaving(file, np.concatenate([fed, -fed]), bounds) == []
    ends = reached(file, np.concatenate([fed, -fed]))[file.network.layers[-1].name]
    # Without that rounding nothing is beyond the sum of the weights' sizes.
    assert np.abs(ends).max() > np.abs(kernels).sum(axis=(0, 1, 2)).max() * 1.002


@pytest.mark.parametrize(
    'make',
    [
        lambda layers: layers.ZeroPadding2D(1),
        lambda layers: layers.Conv2D(2, 3, padding='same', kernel_initializer='ones'),
        lambda layers: layers.Conv2DTranspose(2, 3, strides=2, kernel_initializer='ones'),
        lambda layers: layers.DepthwiseConv2D(
            3, dilation_rate=2, padding='same', depthwise_initializer='ones'
        ),
        lambda layers: layers.AveragePooling2D(3, padding='same'),
    ],
)
def test_cells_at_the_edge_see_less(layers, make):
    """Of a picture whose numbers are between 2 and 3: zeros beside it, or nothing."""
    keras = backends.keras()
    picture = keras.Input((8, 8, 2), name='picture')
    model = converted(keras.Model(picture, make(layers)(picture)))
    fed = np.stack([np.full((8, 8, 2), value, np.float32) for value in (2, 3)])
    assert leaving(model, fed, bounds_of(model, 2, 3)) == []


ACTIVATIONS = (
    *('celu', 'elu', 'exponential', 'gelu', 'hard_sigmoid', 'hard_silu', 'hard_tanh'),
    *('leaky_relu', 'log_sigmoid', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'silu'),
    *('softplus', 'softsign', 'sparse_plus', 'squareplus', 'tanh', 'tanh_shrink'),
)


# They leave a small rest of two large numbers, of which each piece has a range.
CANCELLING = ('squareplus', 'tanh_shrink')


@pytest.mark.parametrize('name', ACTIVATIONS)
def test_an_activation_stays_within_bounds_that_are_near(layers, name):
    """Also where the converter wrote it as several functions of the same number."""
    keras = backends.keras()
    picture = keras.Input((64, 64, 1), name='picture')
    model = converted(keras.Model(picture, layers.Activation(name)(picture)))
    last = model.network.layers[-1].name
    for low, high in [(-3, 5), (-30, -0.5), (0, 20), (-1, 0), (2, 2)]:
        bounds = bounds_of(model, low, high)
        fed = np.linspace(low, high, 4096, dtype=np.float32).reshape(1, 64, 64, 1)
        assert leaving(model, fed, bounds) == []
        (bottom, top), bound = reached(model, fed)[last], bounds.intervals[last]
        share = 0.8 if name in CANCELLING else 0.05
        spare = share * float(np.abs([bottom, top]).max()) + 1e-3
        assert bound.low == pytest.approx(bottom, abs=spare)
        assert bound.high == pytest.approx(top, abs=spare)


@pytest.mark.parametrize(
    ('make', 'low', 'high'),
    [
        (lambda layers: layers.ReLU(max_value=5.0, negative_slope=0.1, threshold=0.2), -2.02, 5),
        (lambda layers: layers.ELU(0.3), -0.3, 30),
        (lambda layers: layers.LeakyReLU(0.5), -10, 30),
        (lambda layers: layers.PReLU(alpha_initializer='ones'), -20, 30),
        (lambda layers: layers.UpSampling2D(2), -20, 30),
        (lambda layers: layers.Permute((2, 1, 3)), -20, 30),
        (lambda layers: layers.Resizing(7, 9), -20, 30),
        (
            lambda layers: layers.Conv2D(
                2, 1, kernel_initializer='zeros', bias_initializer='ones'
            ),
            1,
            1,
        ),
    ],
)
def test_a_layer_has_the_bounds_of_its_definition(layers, make, low, high):
    """On a range from -20 to 30."""
    keras = backends.keras()
    picture = keras.Input((8, 8, 2), name='picture')
    model = converted(keras.Model(picture, make(layers)(picture)))
    bounds = bounds_of(model, -20, 30)
    found = bounds.intervals[model.network.layers[-1].name]
    assert found.low == pytest.approx(low, rel=0.01)
    assert found.high == pytest.approx(high, rel=0.01)


def test_an_operation_that_is_not_known_may_return_anything(layers):
    """Nothing behind it is proved, and the reason said, until something bounds it again."""
    keras = backends.keras()
    picture = keras.Input((4, 4, 3), name='picture')
    own = keras.ops.cos(layers.Conv2D(3, 1, name='before')(picture))
    behind = layers.Conv2D(3, 1, name='behind')(own)
    again = layers.Activation('tanh', name='again')(behind)
    last = layers.Conv2D(3, 1, name='last')(again)
    model = keras.Model(picture, last)
    bounds = bounds_of(convert(model, describe(model, 'Keras')))
    assert np.isinf(bounds.intervals['behind'].high).all()
    assert bounds.unknown['behind'] == 'what COS returns here has no bounds.'
    assert {'before', 'again', 'last'}.isdisjoint(bounds.unknown)
    assert bounds.intervals['again'].high == pytest.approx(1, abs=1e-4)


def test_the_first_layer_of_the_axionaut_model_has_the_bounds_of_its_weights(shared_data):
    """The bias and 255 times the sum of positive weights, read from the file by other means."""
    path = shared_data / 'axionaut' / 'autopilot.hdf5'
    with h5py.File(path) as file:
        arrays = []
        file['model_weights/convolution2d_1'].visititems(
            lambda _, item: arrays.append(item[()]) if isinstance(item, h5py.Dataset) else None
        )
    kernel, bias = sorted(arrays, key=lambda a: -a.ndim)
    pilot = Pilot.load(path)
    bounds = reach(pilot.litert_model, {'img_in': input_range(pilot.profile.input)})
    highest = bias + 255 * np.maximum(kernel, 0).sum(axis=tuple(range(kernel.ndim - 1)))
    assert bounds.intervals['convolution2d_1'].high == pytest.approx(highest, rel=1e-4)


def test_no_frame_of_the_axionaut_race_leaves_the_bounds(shared_data):
    """And none of its filters is dead, although one is active on 2 % of the cells only."""
    pilot = Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5')
    proof = prove(pilot)
    assert proof.unknown == {}
    assert not any(dead.any() for dead in proof.dead.values())
    bounds = reach(pilot.litert_model, {'img_in': input_range(pilot.profile.input)})
    with open_source(shared_data / 'axionaut' / 'frames', every=6) as source:
        fed = np.concatenate([pilot.preprocess(frame.image).tensor for frame in source])
    assert leaving(pilot.litert_model, fed, bounds) == []
