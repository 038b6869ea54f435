# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Models that Keras 1 and Keras 2 saved themselves, and files written by hand in their manner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class SavedModels:
    """Files of one generation of Keras.

    Attributes:
        folder: Where they were unpacked.
        arrays: An input ``<model>.x`` and the outputs ``<model>.y<n>`` of each.
    """

    folder: Path
    arrays: Mapping[str, NDArray[Any]]

    def outputs(self, model: str) -> list[NDArray[Any]]:
        """Return what the model computed where it was saved."""
        names = [f'{model}.y{number}' for number in range(9)]
        return [self.arrays[name] for name in names if name in self.arrays]


def unpacked(archive: Path, folder: Path) -> SavedModels:
    """Write the files in an archive of make_keras_1.py or make_keras_2.py."""
    with np.load(archive) as content:
        arrays = {name: content[name] for name in content.files}
    for name in [name for name in arrays if '/' in name or name.endswith('.h5')]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(arrays.pop(name).tobytes())
    return SavedModels(folder, arrays)


@pytest.fixture(scope='session')
def keras_1(tmp_path_factory: pytest.TempPathFactory) -> SavedModels:
    """Return what Keras 1.2.2 saved: `chain.h5`, `branches.h5` and `channels_first.h5`."""
    return unpacked(HERE / 'keras_1.npz', tmp_path_factory.mktemp('keras_1'))


@pytest.fixture(scope='session')
def keras_2(tmp_path_factory: pytest.TempPathFactory) -> SavedModels:
    """Return what Keras 2 saved: `model.h5`, `model.keras` and `saved/` of `pilot`, `history`."""
    return unpacked(HERE / 'keras_2.npz', tmp_path_factory.mktemp('keras_2'))


WriteHDF5 = Callable[..., Path]


@pytest.fixture
def write_hdf5(tmp_path: Path) -> WriteHDF5:
    """Return a function that writes a model the way Keras 1 and 2 do."""

    def write(
        entry: Mapping[str, Any],
        weights: Mapping[str, Mapping[str, NDArray[Any]]],
        version: str | None = '1.2.2',
        **attributes: str,
    ) -> Path:
        path = tmp_path / 'written.h5'
        with h5py.File(path, 'w') as file:
            file.attrs['model_config'] = json.dumps(entry).encode()
            if version is not None:
                file.attrs['keras_version'] = version.encode()
            for name, value in attributes.items():
                file.attrs[name] = value
            group = file.create_group('model_weights')
            for layer, arrays in weights.items():
                stored = group.create_group(layer)
                stored.attrs['weight_names'] = [name.encode() for name in arrays]
                for name, array in arrays.items():
                    stored.create_dataset(name, data=array)
        return path

    return write
