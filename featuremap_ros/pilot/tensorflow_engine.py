# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The forward pass in TensorFlow: what LiteRT is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot import backends
from featuremap_ros.pilot.engine import Tensors
from featuremap_ros.pilot.feeding import checked_inputs
from featuremap_ros.pilot.keras.graph import input_names, output_names, trace
from featuremap_ros.pilot.network import Network


class TensorFlowEngine:
    """Computes a network with TensorFlow, as one compiled graph."""

    def __init__(self, model: Any, network: Network) -> None:
        """Compile the graph.

        Args:
            model: A ``keras.Model`` with a graph.
            network: Its description.
        """
        self._network = network
        self._graph = concrete_forward(model, network)

    @property
    def network(self) -> Network:
        """What the engine computes."""
        return self._network

    def run(
        self, inputs: Mapping[str, NDArray[np.float32]], taps: Sequence[str] = ()
    ) -> tuple[Tensors, Tensors]:
        """Compute one forward pass; see ``Engine.run``.

        Raises:
            ProfileError: An input is missing or has another shape than the network's.
            UnknownNameError: A tap is no spatial layer of the network.
        """
        for name in taps:
            self._network.layer(name)
        tf = backends.tensorflow()
        arrays = checked_inputs(self._network, inputs)
        outputs, layers = self._graph(*(tf.constant(array) for array in arrays.values()))
        return (
            {tensor.name: _array(outputs[tensor.name]) for tensor in self._network.outputs},
            {name: _array(layers[name]) for name in taps},
        )


def concrete_forward(model: Any, network: Network) -> Any:
    """Compile a model's forward pass for batches of one.

    Args:
        model: A ``keras.Model`` with a graph.
        network: Its description.

    Returns:
        A concrete function from the network's inputs, float32 (1, ...) in the network's order, to
        its outputs and its layers, each float32 by name.
    """
    tf = backends.tensorflow()
    order = [tensor.name for tensor in network.inputs]
    spatial = {layer.name for layer in network.layers}

    def forward(*values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        fed = dict(zip(order, values, strict=True))
        inputs = [
            tf.cast(fed[name], tensor.dtype)
            for name, tensor in zip(input_names(model), model.inputs, strict=True)
        ]
        outputs, steps = trace(model, inputs, lambda _, op, args, kwargs: op(*args, **kwargs))
        return (
            {
                name: tf.cast(value, tf.float32)
                for name, value in zip(output_names(model), outputs, strict=True)
            },
            {step.name: tf.cast(step.value, tf.float32) for step in steps if step.name in spatial},
        )

    return tf.function(forward, autograph=False).get_concrete_function(
        *(tf.TensorSpec((1, *tensor.shape), tf.float32) for tensor in network.inputs)
    )


def _array(tensor: Any) -> NDArray[np.float32]:
    """Return a tensor without its batch axis, in memory of its own."""
    return np.array(tensor.numpy()[0])
