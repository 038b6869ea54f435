# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a model file to an engine; without TensorFlow, if the model was opened before."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from pathlib import Path

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot import cache as kept_models
from featuremap_ros.pilot.convert import convert
from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.formats import read_keras, sniff
from featuremap_ros.pilot.graphs import graph_to_tflite
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine
from featuremap_ros.pilot.tflite.graph import parse_tflite, read_tflite
from featuremap_ros.pilot.threads import quickest_engine

_logger = logging.getLogger(__name__)


def load_engine(
    path: str | Path,
    *,
    lambdas: Mapping[str, tuple[float, float]] | None = None,
    custom_layers: Mapping[str, str] | None = None,
    input_size: tuple[int, int] | None = None,
    threads: int | None = 1,
    cache: bool = True,
) -> Engine:
    """Open a model file without running any code that it holds.

    Args:
        path: Keras 1, 2 or 3, SavedModel or TFLite.
        lambdas: (scale, offset) of Lambda layers that compute ``x * scale + offset``.
        custom_layers: Import path ``'package.module:Class'`` of layers that the file names.
        input_size: (width, height) of the picture (pixels), for models that leave it free.
        threads: Of one forward pass; ``None`` tries what is quickest here. One thread leaves the
            other cores to those who decode and encode. The results are the same bits. TensorFlow,
            where it has to step in, keeps its own number unless more than one is asked for.
        cache: Whether to keep the converted model, and use one that was kept.

    Raises:
        ModelFileError: The file is missing, damaged, of another format, or would run code.
        ProfileError: The picture's size is free and not given.
        UnsupportedError: The model has no graph, or a TFLite file needs other operations.
        MissingDependencyError: A model that is not kept needs TensorFlow, or a declared class is
            missing.
    """
    path = Path(path)
    # Only TensorFlow can tell what a SavedModel's folder holds, and it may not be needed.
    if not (path / 'saved_model.pb').is_file() and sniff(path) == 'tflite':
        return _litert(read_tflite(path), threads)
    # What a user's own layer computes may change at any time.
    keep = cache and not custom_layers
    declared = {'lambdas': dict(lambdas or {})}
    names = [_key(path, declared), _key(path, {**declared, 'size': input_size})] if keep else []
    for name in names:
        kept = kept_models.load(name)
        if kept is not None:
            return _litert(kept, threads)
    free = False
    if sniff(path) == 'graph':
        converted = parse_tflite(
            graph_to_tflite(path), source=f'SavedModel {path}', origin='SavedModel graph'
        )
    else:
        model, origin = read_keras(path, lambdas=lambdas, custom_layers=custom_layers)
        network = describe(model, origin, input_size=input_size)
        free = any(None in tensor.shape[1:] for tensor in model.inputs)
        try:
            converted = convert(model, network)
        except UnsupportedError as error:
            _logger.warning('%s Computing %s with TensorFlow, which is slower.', error, path)
            if threads is not None and threads > 1:
                backends.set_threads(threads)
            return TensorFlowEngine(model, network)
    if keep:
        # The size matters only where the model leaves it free.
        kept_models.store(names[free], converted)
    return _litert(converted, threads)


def _litert(model: LiteRTModel, threads: int | None) -> LiteRTEngine:
    return quickest_engine(model) if threads is None else LiteRTEngine(model, threads=threads)


def _key(path: Path, declarations: Mapping[str, object]) -> str:
    try:
        return kept_models.key(path, declarations)
    except OSError as error:
        msg = f'Model file {path} cannot be read ({error.strerror}): check its permissions.'
        raise ModelFileError(msg) from error
