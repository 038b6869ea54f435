# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A bare TFLite pilot: its layers, and which tensor holds which map.

A converter fuses layers and leaves their names in the names of its tensors, e.g.
``model/conv2d_3/Relu;model/conv2d_3/BiasAdd;model/conv2d_5/Conv2D``: the part before the first
semicolon names the layer that the values belong to; other parts may only share constants.
"""

from __future__ import annotations

from pathlib import Path
import re

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.network import Layer, Network, TensorSpec
from featuremap_ros.pilot.places import Place
from featuremap_ros.pilot.tflite.file import TFLiteFile
from featuremap_ros.pilot.tflite.places import place_of
from featuremap_ros.vision.registration import Sampling

# They change how numbers are stored, not what they say.
_STORAGE = frozenset(('CAST', 'DEQUANTIZE', 'QUANTIZE'))
# What may stand between the layer that computes an output and the output.
_ENDINGS = _STORAGE | {'LOGISTIC', 'LOG_SOFTMAX', 'RELU', 'RESHAPE', 'SOFTMAX', 'TANH'}
# Where the output of a layer is nameless, its weights still have its name.
_WEIGHTED = frozenset(('CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'))
_SMALL = frozenset(('INT16', 'INT8', 'UINT8'))
_CALL = re.compile(r'(Stateful)?PartitionedCall(_\d+)?')
_NAMELESS = re.compile(rf'(output|Identity)(_\d+)?|{_CALL.pattern}')


def read_tflite(path: Path) -> LiteRTModel:
    """Read a TFLite file; see ``parse_tflite``.

    Raises:
        ModelFileError: It cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f'Model file {path} cannot be read ({error.strerror}): check the path.'
        raise ModelFileError(msg) from error
    return parse_tflite(content, source=f'Model file {path}', origin='TFLite')


def parse_tflite(content: bytes, *, source: str, origin: str) -> LiteRTModel:
    """Describe a TFLite flatbuffer.

    Args:
        content: The flatbuffer.
        source: Where it comes from, for messages.
        origin: Format of the model.

    Raises:
        ModelFileError: It is damaged.
        UnsupportedError: It has free sizes or more than one picture per run, or needs operations
            that LiteRT does not have.
    """
    file = TFLiteFile(content, source=source)
    for tensor, name in file.inputs.items():
        free = [axis for axis in file.free_axes(tensor) if axis > 0]
        if file.shape(tensor)[:1] != (1,) or free:
            msg = (
                f'{source} has the input {name!r} of the shape {file.shape(tensor)} with the free '
                f'axes {free}: expected a batch of 1 and fixed sizes. Convert the model with a '
                'fixed input shape.'
            )
            raise UnsupportedError(msg)
    picture = next((tensor for tensor in file.inputs if len(file.shape(tensor)) == 4), None)
    inputs = sorted(file.inputs, key=lambda tensor: tensor != picture)
    scopes = _scopes(file)
    layers = _layers(file, picture, _names(file, scopes))
    outputs = _outputs(file, scopes)
    stored = sorted({file.dtype(o) for op in file.operators for o in op.outputs} & _SMALL)
    network = Network(
        f'{origin} ({", ".join(stored).lower()})' if stored else origin,
        tuple(TensorSpec(file.inputs[tensor], file.shape(tensor)[1:]) for tensor in inputs),
        tuple(TensorSpec(name, file.shape(tensor)[1:]) for name, tensor in outputs.items()),
        tuple(layers.values()),
    )
    return LiteRTModel(
        content,
        network,
        inputs={file.inputs[tensor]: tensor for tensor in inputs},
        outputs=outputs,
        layers={layer.name: tensor for tensor, layer in layers.items()},
    )


def _layers(file: TFLiteFile, picture: int | None, names: dict[int, str]) -> dict[int, Layer]:
    """Describe what has rows, columns and channels, by tensor."""
    places: dict[int, Place] = {
        tensor: Sampling() if tensor == picture else None for tensor in file.inputs
    }
    layers = {}
    # By tensor that depends on an input: the spatial layers that it is, or is made of.
    feeds: dict[int, tuple[str, ...]] = {tensor: (name,) for tensor, name in file.inputs.items()}
    for operator in file.operators:
        if not feeds.keys() & set(operator.inputs):
            continue  # Unpacks weights.
        sources = tuple(dict.fromkeys(s for i in operator.inputs for s in feeds.get(i, ())))
        for tensor in operator.outputs:
            place = places[tensor] = place_of(file, operator, names[tensor], places)
            shape = file.shape(tensor)
            feeds[tensor] = sources
            if len(shape) == 4 and shape[0] == 1 and operator.kind not in _STORAGE:
                feeds[tensor] = (names[tensor],)
                reason = place if isinstance(place, str) else 'it does not depend on the picture'
                layers[tensor] = Layer(
                    names[tensor],
                    operator.kind,
                    shape[1:],
                    place if isinstance(place, Sampling) else None,
                    '' if isinstance(place, Sampling) else reason,
                    sources,
                )
    return layers


def _outputs(file: TFLiteFile, scopes: dict[int, list[str]]) -> dict[str, int]:
    """Name the outputs, those that only have a number after the layer that computes them."""
    producers = file.producers
    outputs: dict[str, int] = {}
    for tensor, name in file.outputs.items():
        source = tensor
        while (
            not scopes.get(source) and source in producers and producers[source].kind in _ENDINGS
        ):
            source = producers[source].inputs[0]
        if _NAMELESS.fullmatch(name) and scopes.get(source):
            name = '/'.join(scopes[source][:-1])
        outputs[name if name not in outputs else f'{name}:{tensor}'] = tensor
    return outputs


def _names(file: TFLiteFile, scopes: dict[int, list[str]]) -> dict[int, str]:
    """Name tensors after their layers.

    Of several tensors of one layer the last has its name; the others add the operation's. Tensors
    that tell no layer are called after their operation and number.
    """
    names: dict[int, str] = {}
    for operator in reversed(file.operators):
        for tensor in operator.outputs:
            scope = scopes[tensor]
            choices = ('/'.join(scope[:-1]), '/'.join(scope), f'{operator.kind.lower()}_{tensor}')
            taken = {'', *names.values()}
            names[tensor] = next(choice for choice in choices if choice not in taken)
    return names


def _scopes(file: TFLiteFile) -> dict[int, list[str]]:
    """Return layer, inner layers and operation by tensor; empty for those that tell no layer."""
    scopes = {}
    for operator in file.operators:
        for tensor in operator.outputs:
            scope = _scope(file, tensor)
            if not scope and operator.kind in _WEIGHTED:
                scope = _scope(file, operator.inputs[1])
            scopes[tensor] = [] if operator.kind in _STORAGE else scope
    models = {scope[0] for scope in scopes.values() if scope}
    if len(models) > 1 or not any(len(scope) > 2 for scope in scopes.values()):
        return scopes
    scopes = {tensor: scope[1:] for tensor, scope in scopes.items()}
    # Keras 3 numbers all scopes alike when a model is traced once more: conv2d_1/Relu.
    again = re.search(r'_\d+$', models.pop())
    layers = [scope[0] for scope in scopes.values() if len(scope) > 1]
    if again is None or not all(layer.endswith(again[0]) for layer in layers):
        return scopes
    return {
        tensor: [part.removesuffix(again[0]) for part in scope[:-1]] + scope[-1:]
        for tensor, scope in scopes.items()
    }


def _scope(file: TFLiteFile, tensor: int) -> list[str]:
    """Split a tensor's name into model, layers and operation; empty if it names no layer."""
    parts = file.name(tensor).partition(';')[0].split('/')
    while parts and _CALL.fullmatch(parts[0]):
        del parts[0]
    if parts[-2:-1] == ['resize']:  # tf.image.resize names itself beside its operation.
        del parts[-2]
    return parts if len(parts) > 1 else []
