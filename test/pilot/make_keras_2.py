# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes `keras_2.npz`: models saved by Keras 2 itself in all its formats, and their outputs.

Run it where tf_keras and tensorflow are installed. The archive holds the bytes of each file as
`<model>/<path>`, an input `<model>.x` and the outputs `<model>.y<n>`.
"""

from pathlib import Path
import tempfile

import numpy as np
import tf_keras as keras
from tf_keras import layers


def pilot() -> keras.Model:
    """Return a functional model with what driving models hold."""
    source = x = layers.Input((24, 32, 3), name='img_in')
    x = layers.Cropping2D(((4, 0), (0, 0)))(x)
    x = layers.Lambda(lambda x: x / 127.5 - 1.0, name='norm')(x)
    x = (1.0 - x[:, :, 1:-1]) * 0.5
    x = layers.Conv2D(4, 5, strides=2, activation='relu', name='block/conv')(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Conv2D(6, 3, padding='same', activation=layers.LeakyReLU(0.2))(x)
    inner = keras.Sequential(
        [
            layers.SeparableConv2D(3, 3, input_shape=x.shape[1:], name='conv'),
            layers.BatchNormalization(trainable=False),
            layers.PReLU(shared_axes=[1, 2]),
        ],
        name='inner',
    )
    x = layers.Flatten(name='flat')(inner(x))
    angle = layers.Dense(5, activation='softmax', name='angle')(x)
    throttle = layers.Dense(1, activation='hard_sigmoid', name='throttle')(x / 10.0)
    return keras.Model(source, [angle, throttle], name='pilot')


def history() -> keras.Model:
    """Return a model over a short history of pictures."""
    return keras.Sequential(
        [
            layers.TimeDistributed(
                layers.Conv2D(2, 3, activation='tanh'), input_shape=(3, 9, 8, 1)
            ),
            layers.TimeDistributed(layers.Flatten()),
            layers.Bidirectional(
                layers.LSTM(4, recurrent_activation='hard_sigmoid', return_sequences=True)
            ),
            layers.GRU(3, reset_after=False),
            layers.Dense(2, name='out'),
        ],
        name='history',
    )


def main() -> None:
    """Save every model with random weights in every format, and what it computes."""
    random = np.random.default_rng(5)
    arrays = {}
    for make in (pilot, history):
        model, name = make(), make.__name__
        for weight in model.weights:
            values = random.uniform(-0.5, 0.5, weight.shape)
            weight.assign(np.abs(values) + 0.5 if 'variance' in weight.name else values)
        x = random.uniform(0, 255, (2, *model.input_shape[1:])).astype(np.float32)
        outputs = model.predict(x)
        folder = Path(tempfile.mkdtemp())
        model.save(folder / 'model.h5')
        model.save(folder / 'model.keras')
        model.save(folder / 'saved', save_format='tf')
        for path in (path for path in folder.rglob('*') if path.is_file()):
            stored = np.frombuffer(path.read_bytes(), np.uint8)
            arrays[f'{name}/{path.relative_to(folder).as_posix()}'] = stored
        arrays[f'{name}.x'] = x
        for number, y in enumerate(outputs if isinstance(outputs, list) else [outputs]):
            arrays[f'{name}.y{number}'] = y
    np.savez_compressed(Path(__file__).with_name('keras_2.npz'), **arrays)


if __name__ == '__main__':
    main()
