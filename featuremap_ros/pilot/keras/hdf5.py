# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole models in HDF5: Keras 1, 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.keras import hdf5_data, keras1
from featuremap_ros.pilot.keras.architecture import parsed_architecture
from featuremap_ros.pilot.keras.build import build_model
from featuremap_ros.pilot.keras.channels import is_channels_first, to_channels_last
from featuremap_ros.pilot.keras.layers import Options
from featuremap_ros.pilot.keras.weights import load_by_name
from featuremap_ros.pilot.limits import Budget


def read_hdf5(
    path: Path,
    *,
    lambdas: Mapping[str, tuple[float, float]],
    custom_layers: Mapping[str, str],
) -> tuple[Any, str]:
    """Read a model.

    Args:
        path: The file.
        lambdas: (scale, offset) by name of a Lambda layer.
        custom_layers: Import path ``'package.module:Class'`` by class name.

    Returns:
        The ``keras.Model``, and where it came from.

    Raises:
        ModelFileError: The file is damaged, hostile, or holds only weights.
        MissingDependencyError: A library or a declared class is missing.
    """
    with hdf5_data.opened(path) as file:
        text = hdf5_data.text(file, 'model_config')
        if text is None:
            msg = (
                f'{path} holds no architecture of a Keras model, only weights or other data: save '
                'the whole model with model.save(), or convert it to .tflite.'
            )
            raise ModelFileError(msg)
        entry = parsed_architecture(text)
        group = hdf5_data.child(file, 'model_weights')
        version = (
            hdf5_data.text(file, 'keras_version') or hdf5_data.text(group, 'keras_version') or '1'
        )
        backend = hdf5_data.text(file, 'backend') or hdf5_data.text(group, 'backend')
        is_keras_1 = version.startswith(('0', '1'))
        if is_keras_1:
            entry = keras1.to_keras_2(entry)
            backend = backend or _backend_of_keras_1(group)
        channels_first = is_channels_first(entry)
        theano = backend == 'theano'
        if theano:
            keras1.refuse_theano_padding(entry)
        if channels_first:
            entry = to_channels_last(entry)
        options = Options(
            Budget(hdf5_data.value_count(group)),
            lambdas=lambdas,
            custom_layers=custom_layers,
            before_keras_3=version < '3',
        )
        model = build_model(entry, options)
        translate = keras1.kernels(channels_first=is_keras_1 and channels_first, theano=theano)
        load_by_name(model, group, translate)
    return model.layer, f'Keras {version} HDF5'


def _backend_of_keras_1(group: Any) -> str:
    """Return the backend, which Keras 1 does not store: only TensorFlow numbers its variables."""
    names = [
        name
        for key in group
        for name in hdf5_data.texts(hdf5_data.child(group, key), 'weight_names')
    ]
    return 'tensorflow' if all(name.endswith(':0') for name in names) else 'theano'
