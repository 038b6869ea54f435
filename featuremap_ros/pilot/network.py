# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a network consists of, as data: inputs, outputs and the layers that have a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.vision.registration import AxisSampling, Sampling


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output of the network.

    Attributes:
        name: As the model file calls it.
        shape: Without the batch axis; ``None`` where the size is free.
    """

    name: str
    shape: tuple[int | None, ...]

    @property
    def entries(self) -> int:
        """How many numbers it holds; a free size counts as 1."""
        return math.prod(n or 1 for n in self.shape)


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer whose output is a stack of feature maps.

    Attributes:
        name: Unique; layers of nested models are ``'outer/inner'``.
        kind: Keras class or TFLite operator, e.g. ``'Conv2D'``.
        shape: (rows, columns, channels) of its output.
        sampling: Where its cells lie in the model's input; ``None`` if that is not defined.
        unregistered: Why ``sampling`` is ``None``; empty otherwise.
        inputs: Names of the spatial layers that feed it, or of the network's input; layers without
            rows and columns in between are passed over.
    """

    name: str
    kind: str
    shape: tuple[int, int, int]
    sampling: Sampling | None
    unregistered: str = ''
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """Inputs, outputs and spatial layers, in the order of computation.

    Attributes:
        origin: Where it came from, e.g. ``'Keras 1.2.1 HDF5'``.
        inputs: The camera picture first.
        outputs: In the model's own order.
        layers: Every layer with a spatial output (rank 4), from the input to the outputs.
    """

    origin: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    layers: tuple[Layer, ...]

    def layer(self, name: str) -> Layer:
        """Look a layer up.

        Raises:
            UnknownNameError: There is no such spatial layer.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise UnknownNameError('layer', name, (layer.name for layer in self.layers))

    def registered(self, name: str) -> Layer:
        """Look a layer up whose place in the picture is known.

        Raises:
            UnknownNameError: There is no such spatial layer.
            UnsupportedError: Its place in the picture is not defined.
        """
        self.sampling_of(name)
        return self.layer(name)

    def with_channel(self, name: str, channel: int) -> Layer:
        """Look a layer up that has a channel of this number.

        Raises:
            UnknownNameError: There is no such spatial layer.
            UnsupportedError: It has no such channel.
        """
        layer = self.layer(name)
        channels = layer.shape[2]
        if not 0 <= channel < channels:
            msg = f'Channel {channel} asked for, {name!r} has 0 to {channels - 1}.'
            raise UnsupportedError(msg)
        return layer

    def sampling_of(self, name: str) -> Sampling:
        """Return how a layer samples the picture.

        Raises:
            UnknownNameError: There is no such spatial layer.
            UnsupportedError: Its place in the picture is not defined.
        """
        layer = self.layer(name)
        if layer.sampling is None:
            msg = f'Layer {name!r} cannot be placed on the picture: {layer.unregistered}'
            raise UnsupportedError(msg)
        return layer.sampling

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries and lists that ``from_json`` reads back."""

        def axis(a: AxisSampling) -> list[float]:
            return [a.start, a.jump, a.field]

        def tensor(t: TensorSpec) -> dict[str, Any]:
            return {'name': t.name, 'shape': list(t.shape)}

        return {
            'origin': self.origin,
            'inputs': [tensor(t) for t in self.inputs],
            'outputs': [tensor(t) for t in self.outputs],
            'layers': [
                {
                    'name': layer.name,
                    'kind': layer.kind,
                    'shape': list(layer.shape),
                    'unregistered': layer.unregistered,
                    'inputs': list(layer.inputs),
                    'sampling': layer.sampling
                    and [axis(layer.sampling.y), axis(layer.sampling.x), layer.sampling.spread],
                }
                for layer in self.layers
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Network:
        """Build a network from what ``to_json`` returned."""

        def tensor(t: Mapping[str, Any]) -> TensorSpec:
            return TensorSpec(t['name'], tuple(t['shape']))

        def sampling(s: list[Any] | None) -> Sampling | None:
            return Sampling(AxisSampling(*s[0]), AxisSampling(*s[1]), s[2]) if s else None

        return cls(
            data['origin'],
            tuple(tensor(t) for t in data['inputs']),
            tuple(tensor(t) for t in data['outputs']),
            tuple(
                Layer(
                    e['name'],
                    e['kind'],
                    tuple(e['shape']),
                    sampling(e['sampling']),
                    e['unregistered'],
                    tuple(e['inputs']),
                )
                for e in data['layers']
            ),
        )
