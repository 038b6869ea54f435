# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients of a Keras model, with TensorFlow, compiled once per question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.feeding import checked_inputs
from featuremap_ros.pilot.gradients import Gradient
from featuremap_ros.pilot.keras.graph import input_names, output_names, trace
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.targets import Target

# Bytes of feature maps that a batch may need at once; forward and backward keep each about twice.
_BATCH_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class _Run:
    """A traced forward pass: outputs and layers by name, and what went into squashing outputs."""

    outputs: dict[str, Any]
    layers: dict[str, Any]
    squashed: dict[str, tuple[str, Any]]


class KerasGradients:
    """Differentiates a Keras model by its input or by a feature map; see ``Gradients``."""

    def __init__(self, model: Any, network: Network) -> None:
        """Compile nothing yet.

        Args:
            model: A ``keras.Model`` with a graph.
            network: Its description.
        """
        self._model = model
        self._network = network
        self._functions: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._units: dict[Target, str] = {}
        cells = sum(int(np.prod(layer.shape)) for layer in network.layers)
        self._batch = max(1, _BATCH_BYTES // (4 * max(cells, 1)))

    def by_layer(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        layer: str,
        activation: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by a feature map; see ``Gradients.by_layer``.

        Raises:
            UnknownNameError: There is no such layer.
        """
        self._network.layer(layer)
        shape = (None, *self._network.layer(layer).shape)

        def build(tf: Any) -> Callable[..., Any]:
            def compute(fed: Mapping[str, Any], feature_map: Any) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch(feature_map)
                    score = self._score(self._run(fed, {layer: feature_map}), target)
                return _gradient(tf, tape, score, feature_map), score

            return self._compiled(compute, tf.TensorSpec(shape, tf.float32))

        function = self._function(('layer', layer, target), build)
        return self._gradient(function, inputs, activation[None], target)

    def by_input(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by the network's picture; see ``Gradients.by_input``."""
        picture = self._network.inputs[0]

        def build(tf: Any) -> Callable[..., Any]:
            def compute(fed: Mapping[str, Any], pictures: Any) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch(pictures)
                    run = self._run({**fed, picture.name: pictures})
                    score = self._score(run, target)
                return _gradient(tf, tape, score, pictures), score

            return self._compiled(compute, tf.TensorSpec((None, *picture.shape), tf.float32))

        function = self._function(('input', target), build)
        return self._gradient(function, inputs, pictures, target)

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
            UnknownNameError: There is no such layer.
            UnsupportedError: There is no such channel.
        """
        rows, columns, _ = self._network.with_channel(layer, channel).shape
        picture = self._network.inputs[0]
        cells = np.s_[rows // 2, columns // 2, None] if centre else np.s_[:, :]

        def build(tf: Any) -> Callable[..., Any]:
            def compute(fed: Mapping[str, Any], pictures: Any, channel: Any) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch(pictures)
                    feature_map = self._run({**fed, picture.name: pictures}).layers[layer]
                    chosen = tf.gather(feature_map, channel, axis=3)[(slice(None), *cells)]
                    score = tf.reduce_mean(chosen, axis=range(1, len(chosen.shape)))
                return _gradient(tf, tape, score, pictures), score

            return self._compiled(
                compute,
                tf.TensorSpec((None, *picture.shape), tf.float32),
                tf.TensorSpec((), tf.int32),
            )

        function = self._function(('channel', layer, centre), build)
        return self._batched(function, inputs, pictures, 'activation', np.int32(channel))

    def first_kernels(self) -> NDArray[np.float32]:
        """Return the weights of the first convolution; see ``Gradients.first_kernels``."""
        for layer in self._network.layers:
            if 'conv' in layer.kind.lower():
                operation = self._model
                for part in layer.name.partition(':')[0].split('/'):
                    operation = operation.get_layer(part)
                kernel = backends.keras().ops.convert_to_numpy(operation.kernel)
                return np.asarray(kernel, np.float32)
        msg = 'The model has no convolution whose kernels could be drawn.'
        raise UnsupportedError(msg)

    def _gradient(
        self,
        function: Callable[..., Any],
        inputs: Mapping[str, NDArray[np.float32]],
        values: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        return self._batched(function, inputs, values, self._units[target])

    def _batched(
        self,
        function: Callable[..., Any],
        inputs: Mapping[str, NDArray[np.float32]],
        values: NDArray[np.float32],
        unit: str,
        *more: Any,
    ) -> Gradient:
        tf = backends.tensorflow()
        fed = [tf.constant(array) for array in checked_inputs(self._network, inputs).values()]
        parts = []
        for first in range(0, len(values), self._batch):
            batch = tf.constant(values[first : first + self._batch], tf.float32)
            parts.append([part.numpy() for part in function(fed, batch, *map(tf.constant, more))])
        gradients, scores = zip(*parts, strict=True)
        return Gradient(np.concatenate(gradients), np.concatenate(scores).astype(np.float64), unit)

    def _function(
        self, key: tuple[Any, ...], build: Callable[[Any], Callable[..., Any]]
    ) -> Callable[..., Any]:
        """Return a compiled function, compiled on its first use."""
        if key not in self._functions:
            self._functions[key] = build(backends.tensorflow())
        return self._functions[key]

    def _compiled(self, compute: Callable[..., Any], *specs: Any) -> Callable[..., Any]:
        """Compile for any number of pictures that share all other inputs."""
        tf = backends.tensorflow()
        names = [tensor.name for tensor in self._network.inputs]

        def repeated(fed: list[Any], batch: Any, *more: Any) -> Any:
            count = tf.shape(batch)[0]
            values = [tf.repeat(value, count, axis=0) for value in fed]
            return compute(dict(zip(names, values, strict=True)), batch, *more)

        fed = [tf.TensorSpec((1, *t.shape), tf.float32) for t in self._network.inputs]
        function = tf.function(repeated, autograph=False)
        return function.get_concrete_function(fed, *specs)  # type: ignore[no-any-return]

    def _run(self, fed: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> _Run:
        """Compute the network, with the maps of some layers given."""
        tf = backends.tensorflow()
        given = given or {}
        model = self._model
        inputs = [
            tf.cast(fed[name], tensor.dtype)
            for name, tensor in zip(input_names(model), model.inputs, strict=True)
        ]
        squashed: dict[int, tuple[str, Any]] = {}

        def call(name: str, operation: Any, args: Any, kwargs: Any) -> Any:
            if name in given:
                return given[name]
            kind = _squashes(operation)
            if kind is None:
                return operation(*args, **kwargs)
            before = _linear(operation, args[0])
            value = operation.activation(before) if _is_dense(operation) else operation(before)
            squashed[id(value)] = kind, before
            return value

        outputs, steps = trace(model, inputs, call)
        names = output_names(model)
        return _Run(
            dict(zip(names, outputs, strict=True)),
            {step.name: step.value for step in steps},
            {n: squashed[id(v)] for n, v in zip(names, outputs, strict=True) if id(v) in squashed},
        )

    def _score(self, run: _Run, target: Target) -> Any:
        """Return the target's number for every picture, and remember its unit."""
        tf = backends.tensorflow()
        value, unit = run.outputs[target.output], target.unit
        kind, before = run.squashed.get(target.output, ('', None))
        if target.entry is not None and kind:
            value, unit = before, 'logit' if kind == 'softmax' else f'{target.unit} before {kind}'
        self._units[target] = unit
        flat = tf.cast(tf.reshape(value, (tf.shape(value)[0], -1)), tf.float32)
        if target.entry is None:
            return tf.linalg.matvec(flat, tf.constant(target.values, tf.float32))
        return target.sign * flat[:, target.entry]


def _gradient(tf: Any, tape: Any, score: Any, by: Any) -> Any:
    return tape.gradient(score, by, unconnected_gradients=tf.UnconnectedGradients.ZERO)


_SQUASHING = ('sigmoid', 'softmax', 'tanh')


def _squashes(operation: Any) -> str | None:
    """Return which function flattens an operation's output, for those that can be taken apart."""
    keras = backends.keras()
    kind = type(operation).__name__
    if _is_dense(operation) or type(operation) is keras.layers.Activation:
        name = getattr(operation.activation, '__name__', '')
    elif type(operation).__module__.startswith('keras.'):
        name = kind.lower()
    else:
        return None
    return name if name in _SQUASHING else None


def _is_dense(operation: Any) -> bool:
    return type(operation) is backends.keras().layers.Dense


def _linear(operation: Any, value: Any) -> Any:
    """Return what an operation squashes."""
    if not _is_dense(operation):
        return value
    before = backends.keras().ops.matmul(value, operation.kernel)
    return before if operation.bias is None else before + operation.bias
