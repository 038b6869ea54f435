# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Stored weights into a rebuilt Keras model: by layer name (HDF5) or by structure (.keras)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import re
from typing import Any, TypeAlias

from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras import hdf5_data
from featuremap_ros.pilot.keras.build import BuiltLayer

Translate: TypeAlias = Callable[[str, Sequence[NDArray[Any]]], Sequence[NDArray[Any]]]
"""From a layer's class in the file and its stored arrays to arrays as Keras 3 wants them."""


def load_by_name(model: BuiltLayer, group: Any, translate: Translate) -> None:
    """Load the weights of an HDF5 model of Keras 1, 2 or 3.

    Args:
        model: The model, rebuilt from the same file.
        group: The group ``model_weights``: one group per layer, with ``weight_names``.
        translate: Applied to each layer's arrays.

    Raises:
        ModelFileError: Weights are missing or have another shape.
    """
    for part in model.parts:
        # A nested model stores what is trained in all of its layers before what is not.
        leaves = _leaves(part, 'trainable_weights') + _leaves(part, 'non_trainable_weights')
        if not leaves:
            continue
        stored = hdf5_data.child(group, part.stored_name)
        arrays = [
            hdf5_data.array(stored, name) for name in hdf5_data.texts(stored, 'weight_names')
        ]
        for leaf, variables in leaves:
            own, arrays = arrays[: len(variables)], arrays[len(variables) :]
            assign(variables, translate(leaf.stored_class, own), leaf.stored_name)
        if arrays:
            msg = f'The file stores {len(arrays)} weights too many for layer {part.stored_name!r}.'
            raise ModelFileError(msg)


def load_by_structure(model: BuiltLayer, group: Any) -> None:
    """Load ``model.weights.h5`` of a .keras file.

    Groups are called after classes, numbered in the order of the file: ``layers/conv2d_1/vars/0``.

    Raises:
        ModelFileError: Weights are missing or have another shape.
    """
    used: dict[str, int] = {}
    for part in model.parts:
        name = _snake_case(part.stored_class)
        used[name] = used.get(name, -1) + 1
        path = f'layers/{name}_{used[name]}' if used[name] else f'layers/{name}'
        if not part.layer.weights:
            continue
        stored = hdf5_data.child(group, path)
        if part.parts:
            load_by_structure(part, stored)
        elif _load_layer(part.layer, stored, part.stored_name) != len(part.layer.weights):
            msg = f'The file does not store all weights of layer {part.stored_name!r}.'
            raise ModelFileError(msg)


def assign(variables: Sequence[Any], arrays: Sequence[NDArray[Any]], name: str) -> None:
    """Give the variables of one layer their values.

    Raises:
        ModelFileError: The number of arrays or a shape is not the layer's.
    """
    expected = [tuple(variable.shape) for variable in variables]
    received = [array.shape for array in arrays]
    if expected != received:
        msg = f'Layer {name!r} expects weights of the shapes {expected}; the file has {received}.'
        raise ModelFileError(msg)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def inner_layers(layer: Any) -> dict[str, Any]:
    """Return the layers that a layer keeps as attributes, e.g. the cell of an LSTM."""
    base = backends.keras().layers.Layer
    found: dict[int, tuple[str, Any]] = {}
    for key, value in vars(layer).items():
        if isinstance(value, base) and value.weights:
            found.setdefault(id(value), (key, value))
    return dict(found.values())


def own_variables(layer: Any) -> list[Any]:
    """Return the weights of a layer that are not those of its inner layers."""
    inner = {id(w) for value in inner_layers(layer).values() for w in value.weights}
    return [weight for weight in layer.weights if id(weight) not in inner]


def _load_layer(layer: Any, group: Any, name: str) -> int:
    """Load a layer and its inner layers; return how many weights were in the file."""
    own = own_variables(layer)
    assign(own, [hdf5_data.array(group, f'vars/{number}') for number in range(len(own))], name)
    loaded = len(own)
    for key, inner in inner_layers(layer).items():
        # Where a layer shows a hidden attribute, the file calls it as it is shown.
        stored = key if hdf5_data.has(group, key) else key.lstrip('_')
        if hdf5_data.has(group, stored):
            loaded += _load_layer(inner, hdf5_data.child(group, stored), name)
    return loaded


def _leaves(part: BuiltLayer, which: str) -> list[tuple[BuiltLayer, list[Any]]]:
    """Return the layers that are no models below a part, each with some of its weights."""
    if part.parts:
        return [leaf for inner in part.parts for leaf in _leaves(inner, which)]
    weights = list(getattr(part.layer, which))
    return [(part, weights)] if weights else []


def _snake_case(class_name: str) -> str:
    """Write a class name as Keras does in .keras files: ``PReLU`` is ``p_re_lu``."""
    name = re.sub(r'\W+', '', class_name)
    name = re.sub('(.)([A-Z][a-z]+)', r'\1_\2', name)
    return re.sub('([a-z])([A-Z])', r'\1_\2', name).lower()
