# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which layers are worth looking at: convolutions, after their activation."""

from __future__ import annotations

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.network import Layer, Network

# Keras classes and operations, and TFLite's operators, in lower case without underscores.
_ACTIVATIONS = frozenset(
    ('activation', 'elu', 'gelu', 'hardswish', 'leakyrelu', 'logistic', 'prelu', 'relu', 'relu6')
    + ('selu', 'sigmoid', 'silu', 'softplus', 'tanh')
)


def showcase(network: Network) -> tuple[str, ...]:
    """Return the layers to show by default: the first and the last convolution.

    Where the activation is a layer of its own, that one is returned: before it (and before a
    normalisation) positive and negative values cancel in every reduction.

    Raises:
        UnsupportedError: No layer has a place in the picture.
    """
    placed = [layer for layer in network.layers if layer.sampling is not None]
    chosen = [layer for layer in placed if is_convolution(layer)] or placed
    if not chosen:
        msg = f'The model ({network.origin}) has no layer that can be placed on the picture.'
        raise UnsupportedError(msg)
    ends = (after_activation(network, layer).name for layer in (chosen[0], chosen[-1]))
    return tuple(dict.fromkeys(ends))


def after_activation(network: Network, layer: Layer) -> Layer:
    """Return the activation that follows a layer cell by cell, or the layer itself.

    Normalisation and dropout may lie between the two; a branch ends the search.
    """
    found = last = layer
    while True:
        followers = [other for other in network.layers if last.name in other.inputs]
        if len(followers) != 1:
            return found
        (last,) = followers
        if (
            len(last.inputs) > 1
            or last.sampling != layer.sampling
            or last.shape[:2] != layer.shape[:2]
            or is_convolution(last)
        ):
            return found
        if last.kind.lower().replace('_', '') in _ACTIVATIONS:
            found = last


def is_convolution(layer: Layer) -> bool:
    """Whether a layer is a convolution of any kind."""
    return 'conv' in layer.kind.lower()
