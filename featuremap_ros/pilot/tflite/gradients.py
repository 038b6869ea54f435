# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients from a TFLite graph alone, in NumPy: no TensorFlow, nothing to convert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotDifferentiableError, UnsupportedError
from featuremap_ros.pilot.feeding import checked_inputs
from featuremap_ros.pilot.gradients import Gradient
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.targets import Target
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.pilot.tflite.plan import Plan
from featuremap_ros.pilot.tflite.rule import Array
from featuremap_ros.pilot.tflite.values import constant_values

# Bytes of feature maps that a batch may need at once: what stays in the caches is computed faster.
_BATCH_BYTES = 2 * 2**20
_SQUASHING = {'LOGISTIC': 'sigmoid', 'SOFTMAX': 'softmax', 'TANH': 'tanh'}
# They change how numbers are stored or laid out, not what they say.
_PASSING = frozenset(('CAST', 'DEQUANTIZE', 'QUANTIZE', 'RESHAPE', 'SQUEEZE'))


@dataclass(frozen=True, slots=True)
class _Score:
    """A number that is differentiated: weights of the entries of a tensor, and its unit."""

    tensor: int
    weights: NDArray[np.float64]
    unit: str


class TFLiteGradients:
    """Differentiates a TFLite graph by its input or by a feature map; see ``Gradients``.

    Quantised graphs are differentiated as what they stand for: weights and maps become float32,
    and the rounding in between, which has no slope, is left out.
    """

    def __init__(self, model: LiteRTModel) -> None:
        """Read the graph; what a question needs is prepared when it is asked first.

        Args:
            model: The flatbuffer and which of its tensors is what.
        """
        self._file = TFLiteFile(model.content, source=f'The model ({model.network.origin})')
        self._model = model
        self._network = model.network
        self._plans: dict[tuple[int, int], Plan | NotDifferentiableError] = {}
        self._scores: dict[Target, _Score] = {}
        self._checked: set[str] = set()
        self._read = {tensor for op in self._file.operators for tensor in op.inputs}
        self._read.update(model.outputs.values())
        cells = sum(int(np.prod(layer.shape)) for layer in model.network.layers)
        self._batch = max(1, _BATCH_BYTES // (4 * max(cells, 1)))
        stored = {self._file.dtype(tensor) for tensor in self._read if tensor >= 0}
        self._notes: tuple[str, ...] = ()
        if stored & {'INT8', 'UINT8', 'INT16'}:
            self._notes = ('The pilot is quantised: its gradient leaves the rounding out.',)

    def by_layer(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        layer: str,
        activation: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by a feature map; see ``Gradients.by_layer``.

        Raises:
            NotDifferentiableError: An operation behind the layer has no derivative here.
            UnknownNameError: There is no such layer.
        """
        tensor = self._layer(layer)
        score = self._score(target)
        return self._differentiate(tensor, score, inputs, activation[None])

    def by_input(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by the network's picture; see ``Gradients.by_input``.

        Raises:
            NotDifferentiableError: An operation of the network has no derivative here.
        """
        score = self._score(target)
        return self._differentiate(self._picture, score, inputs, pictures)

    def by_input_of_channel(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        layer: str,
        channel: int,
        *,
        centre: bool = False,
    ) -> Gradient:
        """Differentiate one channel; see ``Gradients.by_input_of_channel``.

        Raises:
            NotDifferentiableError: An operation of the network has no derivative here.
            UnknownNameError: There is no such layer.
            UnsupportedError: There is no such channel.
        """
        rows, columns, _ = shape = self._network.with_channel(layer, channel).shape
        weights = np.zeros(shape)
        if centre:
            weights[rows // 2, columns // 2, channel] = 1
        else:
            weights[..., channel] = 1 / (rows * columns)
        score = _Score(self._layer(layer), weights.reshape(-1), 'activation')
        return self._differentiate(self._picture, score, inputs, pictures)

    def first_kernels(self) -> NDArray[np.float32]:
        """Return the weights of the first convolution; see ``Gradients.first_kernels``."""
        for operator in self._file.operators:
            if operator.kind in ('CONV_2D', 'DEPTHWISE_CONV_2D'):
                kernels = constant_values(self._file, operator.inputs[1])
                if kernels is None:
                    break
                if operator.kind == 'CONV_2D':
                    return np.ascontiguousarray(kernels.transpose(1, 2, 3, 0))
                channels = self._file.shape(operator.inputs[0])[3]
                return kernels.reshape(*kernels.shape[1:3], channels, -1)
        msg = 'The model has no convolution whose kernels could be drawn.'
        raise UnsupportedError(msg)

    def _layer(self, name: str) -> int:
        """Return the tensor of a layer, if all that the layer feeds is computed from it.

        A converter may move a constant factor into the convolution behind it, which then reads
        what comes before the layer.
        """
        tensor = self._model.layers[self._network.layer(name).name]
        if name not in self._checked:
            following = (
                layer
                for layer in self._network.layers
                if name in layer.inputs and self._model.layers[layer.name] != tensor
            )
            if tensor not in self._read or not all(
                tensor in self._before(self._model.layers[layer.name]) for layer in following
            ):
                msg = (
                    f'The gradient by {name!r} cannot be read from the converted model, in which '
                    'that layer was joined with what follows.'
                )
                raise NotDifferentiableError(msg)
            self._checked.add(name)
        return tensor

    def _before(self, tensor: int) -> set[int]:
        """Return the tensors of the layers that a tensor is computed from, one step back."""
        layers = {*self._model.layers.values(), *self._file.inputs}
        found, open_ends = set(), [tensor]
        while open_ends:
            producer = self._file.producers.get(open_ends.pop())
            for source in producer.inputs if producer else ():
                if source in layers:
                    found.add(source)
                else:
                    open_ends.append(source)
        return found

    @property
    def _picture(self) -> int:
        name = self._network.inputs[0].name
        if name not in self._model.inputs:
            msg = f'Nothing is computed from the input {name!r}.'
            raise NotDifferentiableError(msg)
        return self._model.inputs[name]

    def _differentiate(
        self,
        by: int,
        score: _Score,
        inputs: Mapping[str, NDArray[np.float32]],
        values: NDArray[np.float32],
    ) -> Gradient:
        plan = self._plan(by, score.tensor)
        fed = checked_inputs(self._network, inputs)
        held = {self._model.inputs[name]: fed[name] for name in self._model.inputs}
        weights = score.weights.astype(np.float32)
        gradients, scores = [], []

        def towards(value: Array) -> Array:
            scores.append(value.reshape(len(value), -1).astype(np.float64) @ score.weights)
            return np.broadcast_to(weights.reshape(1, *value.shape[1:]), value.shape)

        for first in range(0, len(values), self._batch):
            batch = np.asarray(values[first : first + self._batch], np.float32)
            given = {t: np.repeat(held[t], len(batch), 0) for t in plan.given if t != by}
            gradients.append(plan.run({**given, by: batch}, towards)[1])
        return Gradient(np.concatenate(gradients), np.concatenate(scores), score.unit, self._notes)

    def _plan(self, by: int, of: int) -> Plan:
        """Return how to differentiate, prepared once; also what cannot be done is found once."""
        if (by, of) not in self._plans:
            try:
                self._plans[by, of] = Plan(self._file, by=by, of=of)
            except NotDifferentiableError as error:
                self._plans[by, of] = NotDifferentiableError(
                    f'The gradient cannot be computed without Keras: {error}.'
                )
        plan = self._plans[by, of]
        if isinstance(plan, NotDifferentiableError):
            raise plan
        return plan

    def _score(self, target: Target) -> _Score:
        """Return what a target is in the graph: before what squashes it, if it is one entry."""
        if target not in self._scores:
            tensor, unit = self._model.outputs[target.output], target.unit
            size = int(np.prod(self._file.shape(tensor)))
            if target.entry is None:
                weights = np.asarray(target.values, np.float64)
            else:
                squashed = self._squashed(tensor)
                if squashed is not None:
                    kind = _SQUASHING[squashed.kind]
                    tensor = squashed.inputs[0]
                    unit = 'logit' if kind == 'softmax' else f'{target.unit} before {kind}'
                weights = np.zeros(size)
                weights[target.entry] = target.sign
            self._scores[target] = _Score(tensor, weights, unit)
        return self._scores[target]

    def _squashed(self, tensor: int) -> Operator | None:
        """Return the operation that squashes an output, if one does."""
        producer = self._file.producers.get(tensor)
        while producer is not None and producer.kind in _PASSING:
            producer = self._file.producers.get(producer.inputs[0])
        return producer if producer is not None and producer.kind in _SQUASHING else None
