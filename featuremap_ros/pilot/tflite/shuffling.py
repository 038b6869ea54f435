# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A TFLite graph that has forgotten what it learned: its weights shuffled, layer by layer.

Every weight goes to a random place of its tensor and takes a random sign: a layer keeps how large
its weights are, and nothing else. Without the signs their mean would stay, with which a network of
ReLUs dies, and a filter that shows brightness goes on showing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile

_WEIGHTED = frozenset(('CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'))
# Normalisations and the like, if they hold more than one number: a single one only scales.
_SCALING = frozenset(('ADD', 'BATCH_MATMUL', 'DIV', 'MUL', 'PRELU', 'SUB'))
_DTYPES = {'FLOAT16': np.float16, 'FLOAT32': np.float32, 'INT8': np.int8}
_WHOLE = frozenset(('INT16', 'INT8', 'UINT8'))


@dataclass(frozen=True, slots=True)
class _Layer:
    """Weights that are shuffled at once: the buffers of one operation, and how they are stored."""

    name: str
    operator: Operator
    buffers: dict[int, str]


class WeightShuffler:
    """Shuffles the weights of a pilot from its outputs downwards; the pilot stays as it is.

    Attributes:
        layers: Names of the layers with weights, the one next to the outputs first. Those without
            rows and columns are called after their operation.
    """

    def __init__(self, model: LiteRTModel) -> None:
        """Find the weights.

        Args:
            model: The flatbuffer and which of its tensors is what; not written to.

        Raises:
            UnsupportedError: Its feature maps are quantised, its weights are stored in a way that
                cannot be shuffled, or it has none.
        """
        self._model = model
        self._file = TFLiteFile(model.content, source=f'The model ({model.network.origin})')
        # A dequantised weight is float again; a quantised map has a range of its own.
        maps = {self._file.dtype(t) for op in self._file.operators for t in op.outputs}
        if maps & _WHOLE:
            msg = (
                f'The pilot ({model.network.origin}) is quantised: its feature maps are stored in '
                'ranges that fit its own weights, not shuffled ones. Take the model in float.'
            )
            raise UnsupportedError(msg)
        self._layers = self._found()
        self.layers = tuple(layer.name for layer in self._layers)
        if not self.layers:
            msg = f'The pilot ({model.network.origin}) has no weights that could be shuffled.'
            raise UnsupportedError(msg)

    def shuffled(self, count: int, seed: Sequence[int]) -> LiteRTModel:
        """Return the same network with other weights.

        With the same seed a layer gets the same weights, however many others are shuffled.

        Args:
            count: How many of ``layers``, from the outputs downwards.
            seed: Whole numbers from 0 on.
        """
        content = bytearray(self._model.content)
        model = backends.litert_schema().Model.GetRootAsModel(content, 0)
        for layer in self._layers[:count]:
            for buffer, dtype in layer.buffers.items():
                weights: NDArray[np.generic] = model.Buffers(buffer).DataAsNumpy()
                weights = weights.view(np.dtype(_DTYPES[dtype]).newbyteorder('<'))
                rng = np.random.default_rng((*seed, buffer))
                signs = rng.choice(np.array([-1, 1], weights.dtype), weights.size)
                weights[:] = rng.permutation(weights) * signs
        return replace(self._model, content=bytes(content))

    def below(self, layer: str) -> frozenset[str]:
        """Return which of ``layers`` a spatial layer is computed from, its own among them.

        Raises:
            UnknownNameError: There is no such spatial layer.
        """
        open_ends = [self._model.layers[self._model.network.layer(layer).name]]
        found: set[int] = set()
        while open_ends:
            tensor = open_ends.pop()
            producer = self._file.producers.get(tensor)
            if tensor not in found and producer is not None:
                open_ends.extend(producer.inputs)
            found.add(tensor)
        return frozenset(
            one.name for one in self._layers if not found.isdisjoint(one.operator.outputs)
        )

    def _found(self) -> list[_Layer]:
        """Return layers with weights, the last operation first; shared ones belong to the last."""
        names = {tensor: name for name, tensor in reversed([*self._model.layers.items()])}
        layers: list[_Layer] = []
        taken: set[int] = set()
        for operator in reversed(self._file.operators):
            buffers = {b: kind for b, kind in self._weights(operator).items() if b not in taken}
            if not buffers:
                continue
            taken.update(buffers)
            spatial = [names[tensor] for tensor in operator.outputs if tensor in names]
            number = 1 + sum(layer.operator.kind == operator.kind for layer in layers)
            name = spatial[0] if spatial else f'{operator.kind.lower()}_{number}'
            layers.append(_Layer(name, operator, buffers))
        return layers

    def _weights(self, operator: Operator) -> dict[int, str]:
        """Return the buffers of an operation's weights, and how each is stored."""
        if operator.kind not in _WEIGHTED | _SCALING:
            return {}
        found = {}
        for read in operator.inputs:
            tensor, stored = self._stored(read)
            if stored is None or (dtype := self._file.dtype(tensor)) in ('INT32', 'INT64'):
                continue
            if dtype not in _DTYPES or self._file.sparse(tensor):
                msg = (
                    f'The weights {self._file.name(tensor)!r} cannot be shuffled: they are stored '
                    f'as sparse or {dtype} numbers. Take the model in float32.'
                )
                raise UnsupportedError(msg)
            values = stored.view(_DTYPES[dtype])
            # Zeros stay what they are, wherever they go.
            if values.any() and (operator.kind in _WEIGHTED or values.size > 1):
                found[self._file.buffer(tensor)] = dtype
        return found

    def _stored(self, tensor: int) -> tuple[int, NDArray[np.uint8] | None]:
        """Return a constant and its bytes, also if it is unpacked first."""
        if tensor < 0:
            return tensor, None
        producer = self._file.producers.get(tensor)
        if producer is not None and producer.kind == 'DEQUANTIZE':
            tensor = producer.inputs[0]
        return tensor, self._file.stored(tensor)
