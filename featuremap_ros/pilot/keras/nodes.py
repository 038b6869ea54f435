# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a stored layer is called with, in the two notations of Keras 1-2 and Keras 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.keras.functions import clip_of, KERAS_2, KERAS_3


@dataclass(frozen=True, slots=True)
class Reference:
    """A tensor, named by the layer, the use of the layer and the output that it is."""

    layer: str
    use: int
    output: int


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a layer: its arguments, with references in place of tensors."""

    arguments: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def references(self) -> Iterator[Reference]:
        """Yield every tensor that must be there first."""
        yield from _references_in([self.arguments, list(self.options.values())])


def operator_of(entry: Mapping[str, Any]) -> Callable[..., Any] | None:
    """Return the operator that a stored layer stands for; ``None`` for a real layer.

    Raises:
        ModelFileError: It stands for another function.
    """
    kind, config = str(entry['class_name']), entry['config']
    if kind in ('TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer'):
        name, known = str(config.get('function')), KERAS_2
    elif kind == 'Clip':
        return clip_of(config)
    # Without a type of its own: there are layers called Add, Subtract and Multiply, too.
    elif list(config) == ['name'] and isinstance((entry.get('inbound_nodes') or [0])[0], Mapping):
        name, known = kind, KERAS_3
    else:
        return None
    if name not in known:
        msg = (
            f'Layer {config.get("name")!r} calls the function {name!r}: of plain functions only '
            '+, -, *, /, slicing and the usual ones of single numbers (atan, tanh, clip, ...) are '
            'opened. Convert the model to .tflite where it was made, with TFLiteConverter.'
        )
        raise ModelFileError(msg)
    return known[name]


def calls_of(entry: Mapping[str, Any]) -> list[Call]:
    """Return every use of a stored layer.

    Raises:
        ModelFileError: An argument is neither a tensor nor a plain value.
    """
    return [_call(node) for node in entry.get('inbound_nodes') or []]


def references_of(value: Any) -> list[Reference]:
    """Return the tensors that a model's `input_layers` or `output_layers` name, in order."""
    return list(_references_in(_flat(value)))


def _flat(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [_flat(item) for item in value.values()]
    if _is_reference(value):
        return _reference(value)
    if isinstance(value, list):
        return [_flat(item) for item in value]
    msg = f'The architecture names a tensor as {value!r}: expected [layer, use, output].'
    raise ModelFileError(msg)


def _call(node: Any) -> Call:
    if isinstance(node, Mapping):
        options = {k: _value(v) for k, v in node.get('kwargs', {}).items()}
        return Call(tuple(_value(v) for v in node.get('args', ())), _without_defaults(options))
    flat = isinstance(node, list) and node and isinstance(node[0], str)
    items = [node] if flat else node
    arguments = [_old_argument(item) for item in items]
    options = dict(items[0][3]) if len(items[0]) > 3 else {}
    options = {k: _old_value(v) for k, v in options.items()}
    if 'slice_spec' in options:
        return Call((*arguments, tuple(_slice(s) for s in options['slice_spec'])))
    if 'y' in options:
        arguments.append(options.pop('y'))
        return Call(tuple(arguments), _without_defaults(options))
    return Call((arguments if len(arguments) > 1 else arguments[0],), _without_defaults(options))


def _old_argument(item: Any) -> Any:
    if item[0] == '_CONSTANT_VALUE':
        return _value(item[2])
    return _reference(item)


def _old_value(value: Any) -> Any:
    return _reference(value) if _is_reference(value) else value


def _slice(spec: Any) -> Any:
    if isinstance(spec, Mapping):
        return slice(*(_value(spec.get(key)) for key in ('start', 'stop', 'step')))
    return _value(spec)


def _value(value: Any) -> Any:
    """Read an argument in the notation of Keras 3."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, Mapping):
        kind, config = value.get('class_name'), value.get('config')
        if kind == '__keras_tensor__' and isinstance(config, Mapping):
            return _reference(config['keras_history'])
        if kind == '__slice__':
            return _slice(config)
        if kind == '__ellipsis__':
            return ...
    msg = f'A layer is called with {str(value)[:80]}: expected a tensor or a plain value.'
    raise ModelFileError(msg)


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str)


def _reference(value: Any) -> Reference:
    return Reference(str(value[0]), int(value[1]), int(value[2]))


def _references_in(value: Any) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _references_in(item)


def _without_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the options that mean inference without masks, as this package computes."""
    return {
        key: value
        for key, value in options.items()
        if key != 'training' and not (value is None or (key == 'name'))
    }
