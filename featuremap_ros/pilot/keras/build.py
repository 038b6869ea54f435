# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A Keras model from its stored architecture, of any generation, with zeros as weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.layers import copyable, make_layer, Options
from featuremap_ros.pilot.keras.nodes import Call, calls_of, operator_of, Reference, references_of

_MODELS = ('Sequential', 'Functional', 'Model')


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """A layer and what the file calls it.

    Attributes:
        layer: The ``keras.layers.Layer``; a ``keras.Model`` if it is nested.
        stored_name: Its name in the file; Keras 3 does not accept every name.
        stored_class: Its class in the file.
        parts: The layers of a nested model, in the order of the file.
        calls: How many layers one use of it computes.
    """

    layer: Any
    stored_name: str
    stored_class: str
    parts: tuple[BuiltLayer, ...] = ()
    calls: int = 1


_Target: TypeAlias = 'BuiltLayer | Callable[..., Any]'


def build_model(entry: Mapping[str, Any], options: Options) -> BuiltLayer:
    """Build a model from its architecture.

    Args:
        entry: ``{'class_name': ..., 'config': ...}`` in the words of Keras 2 or 3, channels last.
        options: How its layers are read.

    Returns:
        The model and its layers. Sequential models become functional ones: the same layers, and
        inputs and outputs that are always known.

    Raises:
        ModelFileError: The architecture is hostile, or not a graph of known layers.
        MissingDependencyError: A class that the user declared cannot be imported.
    """
    with backends.keras().saving.custom_object_scope(copyable(options)):
        built = _model(entry, options)
    _replace_budget_by_zeros(built.layer, options)
    return built


def _model(entry: Mapping[str, Any], options: Options) -> BuiltLayer:
    class_name, config = str(entry['class_name']), entry['config']
    if class_name == 'Sequential':  # Before Keras 2.2.3 its configuration is a list of layers.
        named = {'layers': config, 'name': entry.get('name')}
        return _sequential(named if isinstance(config, list) else config, options)
    if isinstance(config, Mapping) and 'input_layers' in config:
        return _functional(class_name, config, options)
    msg = (
        f'The model is of the class {class_name!r}, whose Python code is not in the file. '
        'Convert it where that code is: to .tflite, or with model.export() to a SavedModel.'
    )
    raise ModelFileError(msg)


def _sequential(config: Mapping[str, Any], options: Options) -> BuiltLayer:
    """Build a chain of layers."""
    entries = config['layers']
    source = tensor = _input(_first_shape(config), _input_name(entries[0]), options)
    parts = []
    for entry in entries:
        if entry['class_name'] != 'InputLayer':
            parts.append(_part(entry, options))
            (tensor,) = _applied(parts[-1], parts[-1].stored_name, (tensor,), {}, options)
    calls = sum(part.calls for part in parts)
    return _finished('Sequential', config, [source], [tensor], parts, calls)


def _first_shape(config: Mapping[str, Any]) -> Sequence[int | None]:
    """Return the shape, with the batch axis, of what a chain of layers starts with."""
    first = config['layers'][0]
    inner = first['config']
    while first['class_name'] in _MODELS and 'batch_input_shape' not in inner:
        first = (inner if isinstance(inner, list) else inner['layers'])[0]
        inner = first['config']
    shape = (
        _declared_shape(inner)
        or config.get('build_input_shape')
        or (config['layers'][0].get('build_config') or {}).get('input_shape')
    )
    if shape is None:
        msg = 'The model does not say the shape of its input: call it once and save it again.'
        raise ModelFileError(msg)
    return list(shape)


def _input_name(first: Mapping[str, Any]) -> str:
    name = str(first['config']['name']) if isinstance(first['config'], Mapping) else 'chain'
    return name if first['class_name'] == 'InputLayer' else f'{name}_input'


def _functional(class_name: str, config: Mapping[str, Any], options: Options) -> BuiltLayer:
    """Build a graph: each layer is called as soon as its inputs are there."""
    graph = _Graph(options)
    targets: dict[str, _Target] = {}
    waiting: list[tuple[str, Call]] = []
    for entry in config['layers']:
        name = str(entry.get('name') or entry['config']['name'])
        if name in graph.outputs:
            msg = f'Two layers of the model are called {name!r}.'
            raise ModelFileError(msg)
        graph.outputs[name] = []
        if entry['class_name'] == 'InputLayer':
            graph.outputs[name] = [[_input(_declared_shape(entry['config']), name, options)]]
        else:
            targets[name] = operator_of(entry) or _part(entry, options)
            waiting += [(name, call) for call in calls_of(entry)]
    inputs, outputs = (references_of(config[key]) for key in ('input_layers', 'output_layers'))
    graph.note_first_uses([*outputs, *(r for _, call in waiting for r in call.references())])
    calls = sum(_calls(targets[name]) for name, _ in waiting)
    while waiting:
        later = [(name, call) for name, call in waiting if not graph.try_call(name, targets, call)]
        if len(later) == len(waiting):
            msg = f'The layer {waiting[0][0]!r} waits for values that no layer computes.'
            raise ModelFileError(msg)
        waiting = later
    return _finished(
        class_name,
        config,
        [graph.tensor(reference) for reference in inputs],
        [graph.tensor(reference) for reference in outputs],
        [target for target in targets.values() if isinstance(target, BuiltLayer)],
        calls,
    )


class _Graph:
    """The tensors of a functional model while it is being connected."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._first_use: dict[str, int] = {}
        self.outputs: dict[str, list[list[Any]]] = {}

    def note_first_uses(self, references: Sequence[Reference]) -> None:
        """Note where each layer's uses start: nested models count from 0 or 1."""
        for reference in references:
            known = self._first_use.get(reference.layer, reference.use)
            self._first_use[reference.layer] = min(known, reference.use)

    def tensor(self, reference: Reference) -> Any:
        """Return a tensor that was computed.

        Raises:
            LookupError: It is not there (yet).
        """
        use = reference.use - self._first_use.get(reference.layer, 0)
        if use < 0 or reference.output < 0:
            raise LookupError(reference)
        return self.outputs[reference.layer][use][reference.output]

    def try_call(self, name: str, targets: Mapping[str, _Target], call: Call) -> bool:
        """Call a layer, unless one of its inputs is missing."""
        try:
            arguments = [self._resolved(value) for value in call.arguments]
            options = {key: self._resolved(value) for key, value in call.options.items()}
        except LookupError:
            return False
        self.outputs[name].append(_applied(targets[name], name, arguments, options, self._options))
        return True

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Reference):
            return self.tensor(value)
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        return value


def _input(shape: Any, name: str, options: Options) -> Any:
    options.budget.check_tensor(shape[1:])
    return backends.keras().Input(shape[1:], name=_accepted(name), dtype='float32')


def _declared_shape(config: Mapping[str, Any]) -> Any:
    return config.get('batch_shape') or config.get('batch_input_shape')


def _part(entry: Mapping[str, Any], options: Options) -> BuiltLayer:
    """Build one layer of a model, perhaps a nested model."""
    class_name, config = str(entry['class_name']), entry['config']
    if class_name in _MODELS or 'input_layers' in config:
        built = _model(entry, options)
        return replace(built, stored_name=str(entry.get('name') or built.stored_name))
    name = str(config.get('name') or entry.get('name'))
    try:
        layer = make_layer(class_name, {**config, 'name': _accepted(name)}, options)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        msg = f'Layer {name!r} ({class_name}) cannot be built: {in_short(error)}'
        raise ModelFileError(msg) from error
    return BuiltLayer(layer, name, class_name)


def _calls(target: _Target) -> int:
    return target.calls if isinstance(target, BuiltLayer) else 1


def _applied(
    target: _Target,
    name: str,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    options: Options,
) -> list[Any]:
    """Call a layer or operator and return its outputs."""
    options.budget.take_calls(_calls(target))
    function = target.layer if isinstance(target, BuiltLayer) else target
    try:
        result = function(*arguments, **keywords)
        if function is target:
            result._keras_history.operation.name = _accepted(name)
    except (TypeError, ValueError, LookupError, AttributeError, RuntimeError) as error:
        msg = f'Layer {name!r} cannot be connected: {in_short(error)}'
        raise ModelFileError(msg) from error
    outputs = backends.keras().tree.flatten(result)
    for output in outputs:
        options.budget.check_tensor(output.shape)
    return list(outputs)


def _finished(
    class_name: str,
    config: Mapping[str, Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    parts: Sequence[BuiltLayer],
    calls: int,
) -> BuiltLayer:
    name = str(config.get('name') or class_name.lower())
    source, result = (ts[0] if len(ts) == 1 else list(ts) for ts in (inputs, outputs))
    model = backends.keras().Model(source, result, name=_accepted(name))
    return BuiltLayer(model, name, class_name, tuple(parts), calls)


def _accepted(name: str) -> str:
    """Return a name that Keras 3 accepts."""
    return name.replace('/', '.')


def _replace_budget_by_zeros(model: Any, options: Options) -> None:
    """Leave initializers that others can copy: the budget served its purpose."""
    zeros = backends.keras().initializers.Zeros()
    for layer in model._flatten_layers():
        for key, value in list(vars(layer).items()):
            if value is options.budget:
                setattr(layer, key, zeros)


def in_short(error: Exception) -> str:
    """Return one line about an error of a library."""
    return f'{type(error).__name__}: {" ".join(str(error).split())[:300]}'
