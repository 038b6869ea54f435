# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SavedModel folders of Keras 2: the architecture from their metadata, the weights as arrays.

The graph in the folder is not loaded, so that nothing in it can run.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.architecture import parsed_architecture
from featuremap_ros.pilot.keras.build import build_model, BuiltLayer
from featuremap_ros.pilot.keras.channels import is_channels_first, to_channels_last
from featuremap_ros.pilot.keras.layers import Options
from featuremap_ros.pilot.keras.weights import assign
from featuremap_ros.pilot.limits import Budget, MAX_STORED_BYTES


def parsed_message(path: Path, kind: Any) -> Any:
    """Read a protocol buffer.

    Args:
        path: The file.
        kind: The class of the message.

    Raises:
        ModelFileError: The file is missing, too large or damaged.
    """
    try:
        if path.stat().st_size > MAX_STORED_BYTES:
            msg = f'{path} is larger than a model: at most {MAX_STORED_BYTES} bytes are read.'
            raise ModelFileError(msg)
        return kind.FromString(path.read_bytes())
    except OSError as error:
        msg = f'{path} cannot be read ({error.strerror}): copy the whole SavedModel folder.'
        raise ModelFileError(msg) from error
    except backends.protocols().DecodeError as error:
        msg = f'{path} is damaged ({error}): copy the SavedModel folder again.'
        raise ModelFileError(msg) from error


def has_architecture(folder: Path) -> bool:
    """Return whether a SavedModel says of which Keras layers it consists.

    Raises:
        ModelFileError: A file of it is damaged.
    """
    root = _metadata(folder, _object_graph(folder)).get(0, {})
    return isinstance(root.get('config'), dict) and 'layers' in root['config']


def read_savedmodel(
    folder: Path,
    *,
    lambdas: Mapping[str, tuple[float, float]],
    custom_layers: Mapping[str, str],
) -> tuple[Any, str]:
    """Read a Keras model from a SavedModel without loading its graph.

    Args:
        folder: The folder with ``saved_model.pb``.
        lambdas: (scale, offset) by name of a Lambda layer.
        custom_layers: Import path ``'package.module:Class'`` by class name.

    Returns:
        The ``keras.Model``, and where it came from.

    Raises:
        ModelFileError: A file is damaged, hostile or missing.
        MissingDependencyError: A library or a declared class is missing.
    """
    nodes = _object_graph(folder)
    metadata = _metadata(folder, nodes)
    entry = parsed_architecture(json.dumps(metadata.get(0)))
    if is_channels_first(entry):
        entry = to_channels_last(entry)
    weights = Checkpoint(folder)
    options = Options(Budget(weights.value_count), lambdas=lambdas, custom_layers=custom_layers)
    model = build_model(entry, options)
    _load(model, 0, nodes, metadata, weights)
    version = metadata[0].get('keras_version', '2')
    return model.layer, f'SavedModel of Keras {version}'


class Checkpoint:
    """The variables of a SavedModel, as arrays."""

    def __init__(self, folder: Path) -> None:
        """Open the variables.

        Raises:
            ModelFileError: They are missing or damaged.
        """
        tensorflow = backends.tensorflow()
        parts = list((folder / 'variables').glob('variables.data-*'))
        self.value_count = sum(part.stat().st_size for part in parts)
        try:
            self._reader = tensorflow.train.load_checkpoint(
                str(folder / 'variables' / 'variables')
            )
            graph = self._reader.get_tensor('_CHECKPOINTABLE_OBJECT_GRAPH')
        except (tensorflow.errors.OpError, LookupError, ValueError, RuntimeError) as error:
            msg = f'The variables of {folder} are damaged or missing ({error}): copy them again.'
            raise ModelFileError(msg) from error
        self.nodes = backends.protocols().TrackableObjectGraph.FromString(graph).nodes
        self._shapes = self._reader.get_variable_to_shape_map()

    def array(self, key: str) -> NDArray[Any]:
        """Return one variable.

        Raises:
            ModelFileError: It is missing, or larger than the files.
        """
        shape = self._shapes.get(key)
        if shape is None or math.prod(shape) > self.value_count:
            msg = f'The SavedModel does not store the variable {key!r}, or not all of it.'
            raise ModelFileError(msg)
        try:
            return np.asarray(self._reader.get_tensor(key))
        except (backends.tensorflow().errors.OpError, LookupError, RuntimeError) as error:
            msg = f'The variables of the SavedModel are cut off ({error}): copy them again.'
            raise ModelFileError(msg) from error

    def places_of(self, nodes: Any) -> dict[int, int]:
        """Return the number that each object of the SavedModel has in the checkpoint.

        Both are graphs of objects whose edges have names; they are walked side by side.

        Args:
            nodes: The objects of the SavedModel.
        """
        places = {0: 0}
        waiting = [0]
        while waiting:
            number = waiting.pop()
            here = _children(self.nodes, places[number])
            for name, child in _children(nodes, number).items():
                if name in here and child not in places:
                    places[child] = here[name]
                    waiting.append(child)
        return places

    def weights_of(self, node: int) -> list[NDArray[Any]]:
        """Return the weights of a layer, in the order in which Keras counts them."""
        wrapper = _children(self.nodes, node).get('variables')
        listed = {} if wrapper is None else _children(self.nodes, wrapper)
        return [
            self.array(self.nodes[listed[str(n)]].attributes[0].checkpoint_key)
            for n in range(len(listed))
        ]


def _load(
    model: BuiltLayer,
    saved: int,
    nodes: Any,
    metadata: Mapping[int, Mapping[str, Any]],
    weights: Checkpoint,
) -> None:
    """Load the weights of the model that is object `saved` of the SavedModel."""
    by_name = {
        str(metadata.get(node, {}).get('name')): node
        for key, node in _children(nodes, saved).items()
        if key.startswith('layer-')
    }
    places = weights.places_of(nodes)
    for part in model.parts:
        if not part.layer.weights:
            continue
        node = by_name.get(part.stored_name, -1)
        if node not in places:
            msg = f'The SavedModel does not store weights of layer {part.stored_name!r}.'
            raise ModelFileError(msg)
        if part.parts:
            _load(part, node, nodes, metadata, weights)
        else:
            assign(part.layer.weights, weights.weights_of(places[node]), part.stored_name)


def _children(nodes: Any, number: int) -> dict[str, int]:
    if not 0 <= number < len(nodes):
        msg = f'The SavedModel is damaged: it refers to object {number} of {len(nodes)}.'
        raise ModelFileError(msg)
    return {child.local_name: child.node_id for child in nodes[number].children}


def _object_graph(folder: Path) -> Any:
    message = parsed_message(folder / 'saved_model.pb', backends.protocols().SavedModel)
    return message.meta_graphs[0].object_graph_def.nodes if message.meta_graphs else []


def _metadata(folder: Path, nodes: Any) -> dict[int, Mapping[str, Any]]:
    """Return what Keras noted about its objects, by number: in a file of its own since 2.5."""
    path = folder / 'keras_metadata.pb'
    if path.is_file():
        saved = parsed_message(path, backends.protocols().SavedMetadata).nodes
        texts = {node.node_id: node.metadata for node in saved}
    else:
        texts = {n: node.user_object.metadata for n, node in enumerate(nodes)}
    try:
        return {number: json.loads(text) for number, text in texts.items() if text}
    except (ValueError, RecursionError) as error:
        msg = f'The Keras metadata of {folder} is damaged ({error}): copy the folder again.'
        raise ModelFileError(msg) from error
