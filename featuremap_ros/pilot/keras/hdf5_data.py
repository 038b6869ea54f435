# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""HDF5 files as untrusted data: attributes and arrays, without links that lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import MissingDependencyError, ModelFileError
from featuremap_ros.pilot.limits import MAX_STORED_BYTES

# The best that gzip does is 1032 to 1; more was never stored.
_MAX_COMPRESSION = 1100


@contextmanager
def opened(file: Path | BinaryIO) -> Iterator[Any]:
    """Open a file for reading.

    Yields:
        The ``h5py.File``.

    Raises:
        ModelFileError: It is no HDF5 file or is cut off.
        MissingDependencyError: h5py is not installed.
    """
    h5py = _h5py()
    try:
        with h5py.File(file, 'r') as content:
            yield content
    except OSError as error:
        name = file if isinstance(file, Path) else 'the weights inside it'
        msg = f'{name} is a damaged HDF5 file ({error}): copy or save it again.'
        raise ModelFileError(msg) from error


def child(group: Any, path: str) -> Any:
    """Return a group or dataset below a group.

    Raises:
        ModelFileError: It is missing, or is a link to somewhere else.
    """
    h5py = _h5py()
    for name in path.strip('/').split('/'):
        link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            what = 'has no entry' if link is None else 'links elsewhere with'
            msg = f'The HDF5 file {what} {path!r}.'
            raise ModelFileError(msg)
        try:
            group = group[name]
        except (KeyError, RuntimeError) as error:
            msg = f'{path!r} in the HDF5 file is damaged ({error}): copy or save it again.'
            raise ModelFileError(msg) from error
    return group


def has(group: Any, name: str) -> bool:
    """Return whether a group has an entry of its own of that name."""
    return isinstance(group.get(name, getlink=True), _h5py().HardLink)


def array(group: Any, path: str) -> NDArray[Any]:
    """Return a stored array of numbers.

    Raises:
        ModelFileError: It is missing, too large, no array of numbers, or stored in another file.
    """
    dataset = child(group, path)
    if not isinstance(dataset, _h5py().Dataset) or dataset.dtype.kind not in 'fiub':
        msg = f'{path!r} in the HDF5 file is no array of numbers.'
        raise ModelFileError(msg)
    if dataset.external or dataset.is_virtual:
        msg = f'{path!r} in the HDF5 file is stored in another file: save the model again.'
        raise ModelFileError(msg)
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > min(MAX_STORED_BYTES, stored * _MAX_COMPRESSION):
        msg = f'{path!r} in the HDF5 file declares {dataset.nbytes} bytes and stores {stored}.'
        raise ModelFileError(msg)
    return np.asarray(dataset[()])


def value_count(group: Any) -> int:
    """Return how many numbers the arrays below a group can hold by their size in the file."""
    total = 0

    def visit(_: str, item: Any) -> None:
        nonlocal total
        if isinstance(item, _h5py().Dataset):
            total += min(int(item.size), item.id.get_storage_size() * _MAX_COMPRESSION)

    group.visititems(visit)
    return min(total, MAX_STORED_BYTES // 4)


def text(group: Any, name: str) -> str | None:
    """Return a text attribute, ``None`` where there is none."""
    return _text(group.attrs[name]) if name in group.attrs else None


def texts(group: Any, name: str) -> list[str]:
    """Return an attribute that lists texts; Keras splits long ones into `name0`, `name1`..."""
    numbered = takewhile(lambda key: key in group.attrs, (f'{name}{n}' for n in count()))
    keys = [name] if name in group.attrs else numbered
    return [_text(item) for key in keys for item in np.ravel(group.attrs[key])]


def _text(value: Any) -> str:
    return value.decode('utf-8', 'replace') if isinstance(value, bytes) else str(value)


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        msg = f'h5py cannot be imported ({error}): run `pip install h5py`.'
        raise MissingDependencyError(msg) from error
    return h5py
