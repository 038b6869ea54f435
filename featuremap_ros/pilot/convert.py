# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a Keras model to a TFLite flatbuffer from which every feature map can be read."""

from __future__ import annotations

import re
from typing import Any

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.tensorflow_engine import concrete_forward


def convert(model: Any, network: Network) -> LiteRTModel:
    """Convert a model without changing what it computes: float32, nothing quantised or pruned.

    Args:
        model: A ``keras.Model`` with a graph.
        network: Its description.

    Raises:
        UnsupportedError: LiteRT lacks an operation of the model.
    """
    tf = backends.tensorflow()
    forward = concrete_forward(model, network)

    # Signature names survive the conversion, where tensors are renamed, reordered and shared;
    # numbers because layers may be called what signatures may not.
    def numbered(*inputs: Any) -> dict[str, Any]:
        outputs, layers = forward(*inputs)
        return {
            **{f'output_{i}': outputs[tensor.name] for i, tensor in enumerate(network.outputs)},
            **{f'layer_{i}': layers[layer.name] for i, layer in enumerate(network.layers)},
        }

    concrete = tf.function(numbered, autograph=False).get_concrete_function(
        *(
            tf.TensorSpec((1, *tensor.shape), tf.float32, name=f'input_{i}')
            for i, tensor in enumerate(network.inputs)
        )
    )
    variables = tf.Module()
    variables.kept = [variable.value for variable in model.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], variables)
    try:
        content: bytes = converter.convert()
    except Exception as error:
        lacking = sorted(set(re.findall(r'\btf\.[A-Z]\w+', str(error))))
        msg = f'LiteRT lacks what the model computes: {", ".join(lacking) or error}.'
        raise UnsupportedError(msg) from error
    return _named(content, network)


def _named(content: bytes, network: Network) -> LiteRTModel:
    """Find the network's inputs, outputs and layers by the names of the signature."""
    (signature,) = backends.litert_schema().ModelT.InitFromPackedBuf(content).signatureDefs
    inputs, outputs = (
        {tensor.name.decode(): tensor.tensorIndex for tensor in tensors}
        for tensors in (signature.inputs, signature.outputs)
    )
    return LiteRTModel(
        content,
        network,
        {
            tensor.name: inputs[f'input_{i}']
            for i, tensor in enumerate(network.inputs)
            if f'input_{i}' in inputs
        },
        {tensor.name: outputs[f'output_{i}'] for i, tensor in enumerate(network.outputs)},
        {layer.name: outputs[f'layer_{i}'] for i, layer in enumerate(network.layers)},
    )
