# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes `keras_1.npz`: models saved by Keras 1.2.2 itself, an input and its outputs for each.

Keras 1 needs an old Python: run it with Python 3.6, keras==1.2.2, tensorflow==1.14.0, h5py<3 and
KERAS_BACKEND=tensorflow. The archive holds `<name>.h5` (bytes), `<name>.x` and `<name>.y<n>`.
"""

from pathlib import Path
import tempfile

from keras import backend
from keras.layers import (
    Activation,
    AtrousConvolution2D,
    AveragePooling2D,
    BatchNormalization,
    Convolution2D,
    Cropping2D,
    Dense,
    Dropout,
    ELU,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    Lambda,
    LeakyReLU,
    MaxPooling2D,
    merge,
    Permute,
    PReLU,
    Reshape,
    SeparableConvolution2D,
    SpatialDropout2D,
    ThresholdedReLU,
    TimeDistributed,
    UpSampling2D,
    ZeroPadding2D,
)
from keras.models import Model, Sequential
import numpy as np


def chain():
    """Return a Sequential model with most layers that have a picture."""
    return Sequential(
        [
            Lambda(lambda x: x / 127.5 - 1.0, input_shape=(20, 26, 3), name='scaled'),
            ZeroPadding2D((1, 2, 0, 3)),
            Convolution2D(6, 5, 3, subsample=(2, 1), activation='relu', name='first'),
            BatchNormalization(epsilon=0.01),
            MaxPooling2D((3, 2), strides=(1, 2), border_mode='same'),
            AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2), bias=False),
            LeakyReLU(0.2),
            SeparableConvolution2D(5, 3, 3, depth_multiplier=2, border_mode='same'),
            PReLU(),
            UpSampling2D((2, 1)),
            Cropping2D(((1, 0), (2, 1))),
            AveragePooling2D((2, 2)),
            ELU(0.7),
            SpatialDropout2D(0.3),
            Convolution2D(3, 2, 2, activation='hard_sigmoid', border_mode='same'),
            ThresholdedReLU(0.1),
            Flatten(),
            Dropout(0.5),
            Dense(4, activation='softplus', bias=False),
            Activation('softmax', name='class'),
        ]
    )


def branches():
    """Return a functional model with every merge, a shared nested model and two outputs."""
    inner_input = Input((10, 12, 4))
    inner_output = BatchNormalization(name='norm')(
        Convolution2D(4, 3, 3, border_mode='same', name='conv')(inner_input)
    )
    inner = Model(inner_input, inner_output, name='inner')
    tail = Sequential(name='tail')
    tail.add(Convolution2D(4, 1, 1, input_shape=(10, 12, 4), activation='tanh', name='conv'))

    source = Input((10, 12, 4), name='source')
    once = inner(source)
    twice = inner(once)
    merged = merge([merge([once, twice], mode='sum'), tail(source)], mode='mul')
    merged = merge([merged, merge([source, twice], mode='max')], mode='ave')
    merged = merge([merged, once], mode='concat', concat_axis=-1)
    shuffled = Permute((3, 1, 2))(merged)
    steps = TimeDistributed(Dense(3, activation='sigmoid'))(Reshape((8, 120))(shuffled))
    return Model(
        source,
        [
            Dense(2, name='angle')(Flatten()(steps)),
            GlobalAveragePooling2D(name='throttle')(merged),
        ],
    )


def channels_first():
    """Return a model of Theano's dimension ordering."""
    backend.set_image_dim_ordering('th')
    source = Input((3, 18, 22), name='source')
    x = Convolution2D(5, 3, 3, subsample=(2, 2), border_mode='same', activation='relu')(source)
    x = BatchNormalization(axis=1)(x)
    x = merge([x, MaxPooling2D((2, 2))(source)], mode='concat', concat_axis=1)
    x = UpSampling2D((1, 2))(ZeroPadding2D((1, 0))(x))
    x = Cropping2D(((0, 1), (1, 1)))(x)
    x = Convolution2D(4, 3, 3, activation='elu')(x)
    model = Model(source, [Dense(3, name='angle')(Flatten()(x)), GlobalAveragePooling2D()(x)])
    backend.set_image_dim_ordering('tf')
    return model


def main():
    """Save every model with random weights, and what it computes."""
    random = np.random.RandomState(5)
    arrays = {}
    for make in (chain, branches, channels_first):
        model = make()
        for layer in model.layers:
            randomise(layer, random)
        x = random.uniform(0, 1, (2,) + model.input_shape[1:]).astype('float32')
        x = np.round(255 * x) if make is chain else x
        outputs = model.predict(x)
        path = Path(tempfile.mkdtemp()) / 'model.h5'
        model.save(str(path))
        arrays[f'{make.__name__}.h5'] = np.frombuffer(path.read_bytes(), np.uint8)
        arrays[f'{make.__name__}.x'] = x
        for number, y in enumerate(outputs if isinstance(outputs, list) else [outputs]):
            arrays[f'{make.__name__}.y{number}'] = y
    np.savez_compressed(str(Path(__file__).with_name('keras_1.npz')), **arrays)


def randomise(layer, random):
    """Give a layer weights that differ in every place; variances stay positive."""
    values = []
    for variable, value in zip(layer.weights, layer.get_weights()):  # noqa: B905
        new = random.uniform(-0.5, 0.5, value.shape)
        values.append(np.abs(new) + 0.5 if 'running_std' in variable.name else new)
    layer.set_weights(values)


if __name__ == '__main__':
    main()
