# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Keras 1 in the words of Keras 2: layer classes, options and kernels.

Source: `keras/legacy/interfaces.py` of Keras 2.0 and the layers of Keras 1.2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError

_CLASSES = {
    'Convolution2D': 'Conv2D',
    'AtrousConvolution2D': 'Conv2D',
    'SeparableConvolution2D': 'SeparableConv2D',
    'Convolution3D': 'Conv3D',
}
_MERGES = {'sum': 'Add', 'mul': 'Multiply', 'ave': 'Average', 'max': 'Maximum'}
_RECURRENT = ('LSTM', 'GRU', 'SimpleRNN', 'Bidirectional')
_RENAMED = {
    'nb_filter': 'filters',
    'subsample': 'strides',
    'border_mode': 'padding',
    'bias': 'use_bias',
    'atrous_rate': 'dilation_rate',
    'p': 'rate',
    'sigma': 'stddev',
}
_DATA_FORMATS = {'tf': 'channels_last', 'th': 'channels_first'}
_KERNEL_SIDES = (('nb_row', 'nb_col'), ('kernel_dim1', 'kernel_dim2', 'kernel_dim3'))


def to_keras_2(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a stored model or layer.

    Args:
        entry: ``{'class_name': ..., 'config': ...}`` as Keras 1 stored it.

    Raises:
        ModelFileError: A layer has no equivalent.
    """
    class_name, config = str(entry['class_name']), entry['config']
    if isinstance(config, list):
        return {**entry, 'config': [to_keras_2(inner) for inner in config]}
    if 'layers' in config and class_name != 'Merge':
        layers = [to_keras_2(inner) for inner in config['layers']]
        return {**entry, 'config': {**config, 'layers': layers}}
    if class_name == 'Merge':
        return {**entry, **_merge(config)}
    if class_name in _RECURRENT:
        msg = (
            f'Layer {config.get("name")!r} is a {class_name} of Keras 1, which is not opened: '
            'load it in Keras 2.0 to 2.2, and save it again.'
        )
        raise ModelFileError(msg)
    new = {_RENAMED.get(key, key): value for key, value in config.items() if key != 'init'}
    for sides in _KERNEL_SIDES:
        if sides[0] in new:
            new['kernel_size'] = [new.pop(side) for side in sides]
    if 'dim_ordering' in new:
        new['data_format'] = _DATA_FORMATS[new.pop('dim_ordering')]
    if class_name in _SPECIAL:
        _SPECIAL[class_name](new)
    return {**entry, 'class_name': _CLASSES.get(class_name, class_name), 'config': new}


def _merge(config: Mapping[str, Any]) -> dict[str, Any]:
    name, mode = config.get('name'), config.get('mode')
    if config.get('mode_type', 'raw') == 'raw' and 'layers' not in config:
        if mode == 'concat':
            axis = config.get('concat_axis', -1)
            return {'class_name': 'Concatenate', 'config': {'name': name, 'axis': axis}}
        if mode in _MERGES:
            return {'class_name': _MERGES[mode], 'config': {'name': name}}
    msg = (
        f'Layer {name!r} merges in a way that is not opened ({mode!r}): expected concat, sum, '
        'mul, ave or max of a functional model.'
    )
    raise ModelFileError(msg)


def _dense(config: dict[str, Any]) -> None:
    config['units'] = config.pop('output_dim')


def _batch_normalization(config: dict[str, Any]) -> None:
    mode = config.pop('mode', 0)
    if mode != 0:
        msg = (
            f'Layer {config.get("name")!r} is a BatchNormalization of mode {mode}, which depends '
            'on what else is in the batch: expected mode 0.'
        )
        raise ModelFileError(msg)


def _zero_padding(config: dict[str, Any]) -> None:
    padding = config['padding']
    if isinstance(padding, Mapping):
        padding = [padding.get(f'{side}_pad', 0) for side in ('top', 'bottom', 'left', 'right')]
    if len(padding) == 4:
        config['padding'] = [padding[:2], padding[2:]]


def _time_distributed(config: dict[str, Any]) -> None:
    config['layer'] = to_keras_2(config['layer'])


_SPECIAL: dict[str, Callable[[dict[str, Any]], None]] = {
    'Dense': _dense,
    'BatchNormalization': _batch_normalization,
    'ZeroPadding2D': _zero_padding,
    'TimeDistributed': _time_distributed,
}


def kernels(
    *, channels_first: bool, theano: bool
) -> Callable[[str, Sequence[NDArray[Any]]], list[NDArray[Any]]]:
    """Return a translation of stored arrays to kernels (rows, columns, in, out).

    Args:
        channels_first: Keras 1 stored kernels as (out, in, rows, columns).
        theano: The backend was Theano, which turns kernels by 180 degrees.
    """

    def translate(class_name: str, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        if 'Conv' not in class_name:
            return list(arrays)
        result = [
            np.transpose(a, (2, 3, 1, 0)) if a.ndim == 4 and channels_first else a for a in arrays
        ]
        return [a[::-1, ::-1] if a.ndim == 4 and theano else a for a in result]

    return translate


def refuse_theano_padding(entry: Mapping[str, Any]) -> None:
    """Refuse what Theano pads on other sides than TensorFlow.

    Args:
        entry: A stored model or layer in the words of Keras 2.

    Raises:
        ModelFileError: A layer pads 'same' with a stride, an even kernel, or before pooling.
    """
    config = entry['config']
    for inner in config if isinstance(config, list) else config.get('layers', ()):
        refuse_theano_padding(inner)
    if isinstance(config, Mapping) and config.get('padding') == 'same':
        strided = any(step != 1 for step in config.get('strides') or (1,))
        even = any(side % 2 == 0 for side in config.get('kernel_size', (2,)))
        if strided or even:
            msg = (
                f'Layer {config.get("name")!r} was trained on Theano, which pads on other sides '
                'than TensorFlow here: expected padding "valid", or stride 1 and odd kernels.'
            )
            raise ModelFileError(msg)
