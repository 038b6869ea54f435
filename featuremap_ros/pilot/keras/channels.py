# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stored models with channels before rows (Theano's order) rewritten to channels last.

TensorFlow computes only channels last without a graphics processor, and pictures are stored so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuremap_ros.errors import ModelFileError

# fmt: off
_SAME_IN_BOTH = frozenset((
    'Activation', 'Add', 'AlphaDropout', 'Average', 'AveragePooling2D', 'Conv2D',
    'Conv2DTranspose', 'Cropping2D', 'Dense', 'DepthwiseConv2D', 'Dropout', 'ELU',
    'GaussianDropout', 'GaussianNoise', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D',
    'InputLayer', 'Lambda', 'LeakyReLU', 'MaxPooling2D', 'Maximum', 'Minimum', 'Multiply',
    'ReLU', 'Rescaling', 'SeparableConv2D', 'SpatialDropout2D', 'Subtract', 'ThresholdedReLU',
    'UpSampling2D', 'ZeroPadding2D',
))
# fmt: on
_AXES = {1: -1, 2: 1, 3: 2, -1: -1}


def is_channels_first(entry: Mapping[str, Any]) -> bool:
    """Return whether any layer of a stored model puts channels before rows."""
    config = entry['config']
    if isinstance(config, Mapping) and config.get('data_format') == 'channels_first':
        return True
    return any(is_channels_first(inner) for inner in _layers(config))


def to_channels_last(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Rewrite a stored model whose layers put channels before rows.

    Args:
        entry: ``{'class_name': ..., 'config': ...}`` in the words of Keras 2 or 3.

    Returns:
        The model that takes and computes (rows, columns, channels). Before a Flatten, a Permute
        called after it restores the order that the Dense layer behind it was trained with.

    Raises:
        ModelFileError: A layer cannot be rewritten.
    """
    config = entry['config']
    layers = [new for inner in _layers(config) for new in _rewritten(inner)]
    return {
        **entry,
        'config': layers if isinstance(config, list) else {**config, 'layers': layers},
    }


def _layers(config: Any) -> Sequence[Any]:
    layers: Sequence[Any] = config if isinstance(config, list) else config.get('layers', ())
    return layers


def _rewritten(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what replaces one layer."""
    class_name, config = str(entry['class_name']), entry['config']
    if _layers(config):
        return [to_channels_last(entry)]
    new = {**config}
    for key in ('batch_input_shape', 'batch_shape'):
        if len(new.get(key) or ()) == 4:
            batch, channels, rows, columns = new[key]
            new[key] = [batch, rows, columns, channels]
    was_first = new.pop('data_format', None) == 'channels_first'
    result = {**entry, 'config': new}
    if class_name == 'Flatten':
        # With channels first, Flatten of Keras 2 itself moves the channels to the end.
        return [result] if was_first else _flatten_in_old_order(result)
    if class_name in ('BatchNormalization', 'Concatenate'):
        axis = new['axis'][0] if isinstance(new['axis'], list) else new['axis']
        new['axis'] = _AXES.get(axis, axis)
    elif class_name == 'PReLU' and new.get('shared_axes') == [2, 3]:
        new['shared_axes'] = [1, 2]
    elif class_name not in _SAME_IN_BOTH:
        msg = (
            f'Layer {new.get("name")!r} ({class_name}) is in a model with channels before rows, '
            'where it cannot be rewritten: save the model with channels last.'
        )
        raise ModelFileError(msg)
    return [result]


def _flatten_in_old_order(flatten: dict[str, Any]) -> list[dict[str, Any]]:
    name = f'{flatten["config"]["name"]}_channels_first'
    permute: dict[str, Any] = {
        'class_name': 'Permute',
        'config': {'name': name, 'dims': [3, 1, 2]},
    }
    if 'inbound_nodes' in flatten:
        nodes = flatten['inbound_nodes']
        permute |= {'name': name, 'inbound_nodes': nodes}
        flatten['inbound_nodes'] = [[[name, use, 0]] for use in range(len(nodes))]
    return [permute, flatten]
