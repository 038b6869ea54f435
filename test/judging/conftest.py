# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of other converters for the tests of judging."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.pilot import backends


@pytest.fixture
def to_tflite(rng):
    """Return a function that converts a Keras model as its owner may have done.

    Its arguments: the model; ``'float32'``, ``'float16'``, ``'int8 weights'``, ``'int8'`` or
    ``'uint8 pictures'``. It returns the file's bytes.
    """

    def convert(model, how):
        tf = backends.tensorflow()
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if how != 'float32':
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if how == 'float16':
            converter.target_spec.supported_types = [tf.float16]
        if how in ('int8', 'uint8 pictures'):
            shape = (1, *model.inputs[0].shape[1:])
            converter.representative_dataset = lambda: (
                [rng.random(shape, np.float32)] for _ in range(20)
            )
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        if how == 'uint8 pictures':
            converter.inference_input_type = tf.uint8
        return converter.convert()

    return convert
