# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Model files: which format a file has, by its content, and a Keras model from any that holds one.

No code from a file runs: no marshalled function, no pickle, no class that the file names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
import zipfile

from featuremap_ros.errors import FeatureMapError, ModelFileError
from featuremap_ros.pilot.keras.archive import read_archive
from featuremap_ros.pilot.keras.build import in_short
from featuremap_ros.pilot.keras.hdf5 import read_hdf5
from featuremap_ros.pilot.savedmodel import has_architecture, read_savedmodel

Format: TypeAlias = Literal['hdf5', 'keras', 'savedmodel', 'graph', 'tflite']
"""``'savedmodel'`` holds a Keras architecture; ``'graph'`` is a SavedModel that does not."""

_HDF5 = b'\x89HDF\r\n\x1a\n'
_READERS = {'hdf5': read_hdf5, 'keras': read_archive, 'savedmodel': read_savedmodel}
_KNOWN = 'expected .h5, .hdf5, .keras, .tflite or a SavedModel folder'
_TO_TFLITE = 'convert it to .tflite or to a SavedModel'


def sniff(path: str | Path) -> Format:
    """Return the format of a model file or folder, whatever it is called.

    Args:
        path: The file or folder.

    Raises:
        ModelFileError: It is missing, empty, or of a format that is not opened; the message says
            how to convert it.
    """
    path = Path(path)
    if path.is_dir():
        return _sniff_folder(path)
    try:
        with path.open('rb') as file:
            head = file.read(1 << 16)
    except OSError as error:
        msg = f'Model file {path} cannot be read ({error.strerror}): check the path.'
        raise ModelFileError(msg) from error
    if not head:
        msg = f'Model file {path} is empty: copy it again.'
        raise ModelFileError(msg)
    if head.startswith(_HDF5):
        return 'hdf5'
    if head[4:8] == b'TFL3':
        return 'tflite'
    if head.startswith(b'PK'):
        return _sniff_zip(path)
    raise ModelFileError(f'Model file {path} {_foreign(head)}')


def read_keras(
    path: str | Path,
    *,
    lambdas: Mapping[str, tuple[float, float]] | None = None,
    custom_layers: Mapping[str, str] | None = None,
) -> tuple[Any, str]:
    """Read a Keras model of any generation.

    Args:
        path: Keras 1, 2 or 3 in HDF5, a .keras file, or a SavedModel with an architecture.
        lambdas: (scale, offset) by name of a Lambda layer that computes ``x * scale + offset``
            and is not recognised.
        custom_layers: Import path ``'package.module:Class'`` by class name of layers that are not
            built in.

    Returns:
        A functional ``keras.Model`` in float32, channels last, with the layer names of the file,
        and its origin, e.g. ``'Keras 1.2.1 HDF5'``.

    Raises:
        ModelFileError: The file is missing, damaged, of another format, or would run code.
        MissingDependencyError: A library or a declared class is missing.
    """
    path = Path(path)
    kind = sniff(path)
    if kind not in _READERS:
        msg = f'{path} is a computation graph without a Keras model ({kind}).'
        raise ModelFileError(msg)
    try:
        return _READERS[kind](path, lambdas=lambdas or {}, custom_layers=custom_layers or {})
    except FeatureMapError:
        raise
    except Exception as error:  # A damaged architecture can make nearly everything raise.
        msg = f'The architecture in {path} is damaged: {in_short(error)}'
        raise ModelFileError(msg) from error


def _sniff_folder(path: Path) -> Format:
    if (path / 'saved_model.pb').is_file():
        return 'savedmodel' if has_architecture(path) else 'graph'
    if (path / 'saved_model.pbtxt').is_file():
        msg = f'SavedModel {path} is in text form: load and save it with TensorFlow.'
        raise ModelFileError(msg)
    msg = f'Folder {path} has no saved_model.pb: {_KNOWN}.'
    raise ModelFileError(msg)


def _sniff_zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        msg = f'Model file {path} is a damaged zip ({error}): copy it again.'
        raise ModelFileError(msg) from error
    if 'config.json' in names:
        return 'keras'
    if any(name.endswith(('data.pkl', 'constants.pkl')) for name in names):
        msg = f'Model file {path} is a PyTorch file: export it with litert-torch, or {_TO_TFLITE}.'
        raise ModelFileError(msg)
    if any(name.endswith('saved_model.pb') for name in names):
        msg = f'Model file {path} is a zipped SavedModel: unpack it and give the folder.'
        raise ModelFileError(msg)
    msg = f'Model file {path} is a zip without a Keras model: {_KNOWN}.'
    raise ModelFileError(msg)


def _foreign(head: bytes) -> str:
    """Describe a file that is not opened by its first bytes, and say what to do."""
    if head.startswith((b'\x80', b'\x93NUMPY')):
        return f'is a pickle or NumPy file, which is not opened: {_KNOWN}.'
    if head[:1] == b'\x08' and (b'onnx' in head or b'pytorch' in head or b'\x12' in head[:4]):
        return f'looks like an ONNX file: {_TO_TFLITE} with onnx2tf.'
    if head[:1] == b'\x0a' and any(op in head for op in (b'Placeholder', b'Const', b'Conv2D')):
        return (
            f'looks like a frozen TensorFlow graph: {_TO_TFLITE} with '
            'tf.compat.v1.lite.TFLiteConverter.from_frozen_graph.'
        )
    if head.lstrip()[:1] in (b'{', b'<', b'#', b'['):
        return f'is a text: {_KNOWN}.'
    return f'is of an unknown format (it starts with {head[:8].hex(" ")}): {_KNOWN}.'
