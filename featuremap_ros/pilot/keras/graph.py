# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A Keras model as a list of named operations, and as a description of its feature maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from featuremap_ros.errors import ProfileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.places import place_of
from featuremap_ros.pilot.network import Layer, Network, TensorSpec
from featuremap_ros.pilot.places import Place
from featuremap_ros.vision.registration import Sampling


@dataclass(frozen=True, slots=True)
class Step:
    """One use of one operation of the graph.

    Attributes:
        name: Unique: ``'outer/inner'`` in a nested model; ``'name:2'`` for the second use.
        operation: The Keras layer or operation.
        value: What it returned.
    """

    name: str
    operation: Any
    value: Any


def trace(
    model: Any, inputs: Sequence[Any], call: Callable[..., Any]
) -> tuple[list[Any], list[Step]]:
    """Run a model's graph, nested models included, with any kind of values.

    Args:
        model: A Functional or Sequential ``keras.Model``.
        inputs: One value per input, in the model's order.
        call: ``call(name, operation, args, kwargs)`` computes what an operation returns.

    Returns:
        The outputs in the model's order, and every step in the order of computation.

    Raises:
        UnsupportedError: The model has no graph.
    """
    tree = backends.keras().tree
    steps: list[Step] = []
    uses: dict[str, int] = {}

    def visit(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], prefix: str) -> Any:
        inner = _graph(operation)
        if inner is not None:
            return run(inner, tree.flatten(args), f'{prefix}{operation.name}/')
        name = prefix + str(operation.name)
        uses[name] = uses.get(name, 0) + 1
        if uses[name] > 1:
            name = f'{name}:{uses[name]}'
        if 'training' in kwargs:  # A layer that was built to stay random would flicker.
            kwargs = {**kwargs, 'training': False}
        value = call(name, operation, args, kwargs)
        steps.append(Step(name, operation, value))
        return value

    def run(graph: Any, values: Sequence[Any], prefix: str) -> Any:
        return graph._run_through_graph(
            list(values), call_fn=lambda op, *args, **kwargs: visit(op, args, kwargs, prefix)
        )

    return tree.flatten(run(_graph_of(model), inputs, '')), steps


def input_names(model: Any) -> list[str]:
    """Return the names of a model's inputs, in the model's order."""
    return [str(tensor._keras_history.operation.name) for tensor in _graph(model).inputs]


def output_names(model: Any) -> list[str]:
    """Return unique names of a model's outputs, in the model's order.

    An output is called like the layer that computes it; a second one of the same layer ``:2``.
    """
    names: list[str] = []
    for tensor in _graph(model).outputs:
        name = str(tensor._keras_history.operation.name)
        count = sum(other.partition(':')[0] == name for other in names)
        names.append(f'{name}:{count + 1}' if count else name)
    return names


def describe(
    model: Any,
    origin: str,
    *,
    picture: str | None = None,
    input_size: tuple[int, int] | None = None,
) -> Network:
    """Describe a model's inputs, outputs and feature maps.

    Args:
        model: A Functional or Sequential ``keras.Model``.
        origin: Where it came from.
        picture: The input that gets the camera's picture; the first with rows, columns and
            channels if not named.
        input_size: (width, height) of the picture (pixels), for models that leave it free; others
            keep their own.

    Raises:
        ProfileError: There is no such input, or a size is free and not given.
        UnsupportedError: The model has no graph, or puts channels before rows.
    """
    keras = backends.keras()
    graph = _graph_of(model)
    names = input_names(model)
    shapes = dict(zip(names, (tuple(tensor.shape[1:]) for tensor in graph.inputs), strict=True))
    if picture is None:
        picture = next((name for name in names if len(shapes[name]) == 3), None)
    elif picture not in names:
        msg = f'The model has no input {picture!r}: expected one of {", ".join(names)}.'
        raise ProfileError(msg)
    nowhere = 'the model has no input of rows, columns and channels' if picture is None else None
    inputs = []
    for name, tensor in zip(names, graph.inputs, strict=True):
        shapes[name] = _fixed(name, shapes[name], input_size if name == picture else None)
        spec = keras.KerasTensor((1, *shapes[name]), dtype=tensor.dtype)
        place = Sampling() if name == picture else nowhere
        inputs.append(_Cells(spec, place, (), (name,)))

    outputs, steps = trace(model, inputs, _spread)
    picture_first = sorted(names, key=lambda name: name != picture)
    return Network(
        origin,
        tuple(TensorSpec(name, shapes[name]) for name in picture_first),
        tuple(
            TensorSpec(name, tuple(cells.spec.shape[1:]))
            for name, cells in zip(output_names(model), outputs, strict=True)
        ),
        tuple(_layer(step) for step in steps if is_spatial(step.value)),
    )


def is_spatial(value: Any) -> bool:
    """Return whether a step's value is one tensor of rows, columns and channels."""
    return len(getattr(value, 'shape', ())) == 4


@dataclass(frozen=True, slots=True)
class _Cells:
    """What a tensor looks like, where its cells lie, and between which spatial layers it is."""

    spec: Any
    place: Place
    sources: tuple[str, ...]
    feeds: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.spec.shape)

    @property
    def size(self) -> tuple[int, int]:
        return (self.shape[1], self.shape[2]) if is_spatial(self) else (0, 0)


def _spread(name: str, operation: Any, args: Any, kwargs: Any) -> Any:
    """Return what an operation makes of cells: what they look like then, and where they lie."""
    tree = backends.keras().tree
    incoming = [cells for cells in tree.flatten((args, kwargs)) if _is_cells(cells)]
    branches = [(cells.place, cells.size) for cells in incoming]
    place = place_of(operation, name, branches, args[1:])
    args, kwargs = tree.map_structure(
        lambda value: value.spec if _is_cells(value) else value, (args, kwargs)
    )
    specs = operation.compute_output_spec(*args, **kwargs)
    sources = tuple(dict.fromkeys(layer for cells in incoming for layer in cells.feeds))
    return tree.map_structure(
        lambda spec: _Cells(spec, place, sources, (name,) if is_spatial(spec) else sources),
        specs,
    )


def _is_cells(value: Any) -> bool:
    return isinstance(value, _Cells)


def _graph(operation: Any) -> Any:
    """Return the Functional model behind a Functional or Sequential one; else ``None``."""
    operation = getattr(operation, '_functional', operation)
    return operation if hasattr(operation, '_run_through_graph') else None


def _graph_of(model: Any) -> Any:
    graph = _graph(model)
    if graph is None:
        msg = (
            f'Model {model.name!r} ({type(model).__name__}) has no graph to look into: expected a '
            'built Functional or Sequential model.'
        )
        raise UnsupportedError(msg)
    return graph


def _fixed(
    name: str, shape: tuple[int | None, ...], size: tuple[int, int] | None
) -> tuple[int, ...]:
    """Fill a shape's free sizes in; sizes that are not free stay as they are."""
    wanted = shape if size is None else (size[1], size[0], *shape[2:])
    if any(side is None for side in map(_either, shape, wanted)):
        msg = f'Input {name!r} of the shape {shape} leaves sizes free: set size under input in a '
        msg += 'profile, or propose one with featuremap new-profile --input-size WIDTH HEIGHT.'
        raise ProfileError(msg)
    return tuple(side for side in map(_either, shape, wanted) if side is not None)


def _either(fixed: int | None, wanted: int | None) -> int | None:
    return wanted if fixed is None else fixed


def _layer(step: Step) -> Layer:
    if getattr(step.operation, 'data_format', None) == 'channels_first':
        msg = f'Layer {step.name!r} puts channels before rows: expected data_format channels_last.'
        raise UnsupportedError(msg)
    _, rows, columns, channels = step.value.shape
    place = step.value.place
    if place is None:
        place = 'it does not depend on the picture'
    return Layer(
        step.name,
        type(step.operation).__name__,
        (rows, columns, channels),
        place if isinstance(place, Sampling) else None,
        '' if isinstance(place, Sampling) else place,
        step.value.sources,
    )
