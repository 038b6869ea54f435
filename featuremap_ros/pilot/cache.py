# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Converted models on disk, so that a known model starts without TensorFlow.

An entry is one file: a line with the checksum of the rest, a line of JSON (the description of the
network, which tensor is what), then the TFLite flatbuffer. It appears by a rename, so that any
number of processes may read and write the same entry.
"""

from __future__ import annotations

from collections.abc import Mapping
import contextlib
import hashlib
from importlib import metadata
import json
import logging
import os
from pathlib import Path
import tempfile

from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.network import Network

ENTRIES = 32
"""Converted models that are kept; the one that was not used for the longest time goes first."""

# Raised whenever an entry is laid out, or a model converted or described, in another way.
_FORMAT = 3
_PACKAGES = ('featuremap_ros', 'tensorflow', 'keras', 'ai-edge-litert')
_logger = logging.getLogger(__name__)
_unwritable: set[Path | None] = set()


def folder() -> Path:
    """Return where converted models lie: below ``XDG_CACHE_HOME``, or ``~/.cache``.

    Raises:
        RuntimeError: There is no home.
    """
    named = Path(os.environ.get('XDG_CACHE_HOME', ''))
    # Relative paths are to be ignored (XDG base directory specification).
    base = named if named.is_absolute() else Path.home() / '.cache'
    return base / 'featuremap_ros' / 'models'


def key(path: Path, declarations: Mapping[str, object]) -> str:
    """Return the name of a model's entry: a digest of all that its conversion depends on.

    Args:
        path: The model's file, or the folder of a SavedModel.
        declarations: What else the conversion depends on, as JSON can write it.

    Raises:
        OSError: The model cannot be read.
    """
    parts: list[object] = [_FORMAT, declarations]
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append([package, metadata.version(package)])
    parts.append(digests(path))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def digests(path: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a model, by its place in the model's folder.

    Args:
        path: The model's file, which is ``'.'``, or the folder of a SavedModel.

    Raises:
        OSError: The model cannot be read.
    """
    files = sorted(file for file in path.rglob('*') if file.is_file()) if path.is_dir() else [path]
    return {
        str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def load(name: str) -> LiteRTModel | None:
    """Return a converted model; ``None`` if there is no entry, or a damaged one.

    Args:
        name: What ``key`` returned.
    """
    try:
        path = folder() / f'{name}.model'
        checksum, _, rest = path.read_bytes().partition(b'\n')
    except (OSError, RuntimeError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    if checksum != _checksum(rest):
        _logger.warning('The converted model %s is damaged: converting anew.', path)
        return None
    header, _, content = rest.partition(b'\n')
    entry = json.loads(header)
    return LiteRTModel(
        content=content,
        network=Network.from_json(entry['network']),
        **{part: entry[part] for part in ('inputs', 'outputs', 'layers')},
    )


def store(name: str, model: LiteRTModel) -> None:
    """Keep a converted model, or log once that it cannot be kept.

    Args:
        name: What ``key`` returned.
        model: The converted model.
    """
    entry = {
        'inputs': dict(model.inputs),
        'outputs': dict(model.outputs),
        'layers': dict(model.layers),
        'network': model.network.to_json(),
    }
    rest = json.dumps(entry).encode() + b'\n' + model.content
    where: Path | None = None
    try:
        where = folder()
        where.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=where, suffix='.part', delete=False) as part:
            try:
                part.write(_checksum(rest) + b'\n' + rest)
                part.close()
                Path(part.name).replace(where / f'{name}.model')
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise
        _forget_oldest(where)
    except (OSError, RuntimeError) as error:
        if where not in _unwritable:
            _unwritable.add(where)
            _logger.warning(
                'Converted models cannot be kept%s (%s): every start converts anew. Set '
                'XDG_CACHE_HOME to a folder that can be written.',
                '' if where is None else f' in {where}',
                getattr(error, 'strerror', None) or error,
            )


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _forget_oldest(where: Path) -> None:
    """Remove the least recently used entries, and files that killed processes left."""
    with contextlib.suppress(OSError):  # Another process may have been faster.
        files = sorted(where.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[ENTRIES:]:
            file.unlink()
