# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The .keras file of Keras 3 and late Keras 2: a zip of an architecture and weights."""

from __future__ import annotations

from collections.abc import Mapping
import io
import json
from pathlib import Path
from typing import Any
import zipfile
import zlib

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot.keras import hdf5_data
from featuremap_ros.pilot.keras.architecture import parsed_architecture
from featuremap_ros.pilot.keras.build import build_model
from featuremap_ros.pilot.keras.channels import is_channels_first, to_channels_last
from featuremap_ros.pilot.keras.layers import Options
from featuremap_ros.pilot.keras.weights import load_by_structure
from featuremap_ros.pilot.limits import Budget, MAX_STORED_BYTES


def read_archive(
    path: Path,
    *,
    lambdas: Mapping[str, tuple[float, float]],
    custom_layers: Mapping[str, str],
) -> tuple[Any, str]:
    """Read a model.

    Nothing is unpacked to the disk. Members other than the three below are not read.

    Args:
        path: The file.
        lambdas: (scale, offset) by name of a Lambda layer.
        custom_layers: Import path ``'package.module:Class'`` by class name.

    Returns:
        The ``keras.Model``, and where it came from.

    Raises:
        ModelFileError: The file is damaged or hostile.
        MissingDependencyError: A library or a declared class is missing.
    """
    entry = parsed_architecture(_member(path, 'config.json').decode('utf-8', 'replace'))
    version = _version(_member(path, 'metadata.json'))
    if is_channels_first(entry):
        entry = to_channels_last(entry)
    with hdf5_data.opened(io.BytesIO(_member(path, 'model.weights.h5'))) as weights:
        options = Options(
            Budget(hdf5_data.value_count(weights)),
            lambdas=lambdas,
            custom_layers=custom_layers,
            before_keras_3=version < '3',
        )
        model = build_model(entry, options)
        load_by_structure(model, weights)
    return model.layer, f'Keras {version} .keras'


def _member(path: Path, name: str) -> bytes:
    """Return one file of the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo(name).file_size
            if size > MAX_STORED_BYTES:
                msg = f'{name!r} in {path} declares {size} bytes: more than a model has.'
                raise ModelFileError(msg)
            return archive.read(name)
    except KeyError as error:
        msg = f'{path} is a zip file without {name!r}: expected a .keras file of model.save().'
        raise ModelFileError(msg) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        msg = f'{path} is a damaged .keras file ({error}): copy or save it again.'
        raise ModelFileError(msg) from error


def _version(metadata: bytes) -> str:
    try:
        return str(json.loads(metadata)['keras_version'])
    except (ValueError, LookupError, TypeError) as error:
        msg = f'The .keras file does not say which Keras wrote it ({error}): save it again.'
        raise ModelFileError(msg) from error
