# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which files a rosbag2 folder consists of, and how they are compressed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import yaml

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.natural import natural_key

METADATA = 'metadata.yaml'
STORAGES = ('.mcap', '.db3')
FILE_SUFFIXES = (*STORAGES, *(f'{storage}.zstd' for storage in STORAGES))


@dataclass(frozen=True, slots=True)
class BagFolder:
    """The files of a rosbag2 folder.

    Attributes:
        files: In the order of recording; names ending in ``.zstd`` are compressed as a whole.
        zstd_messages: Whether each message has been compressed by itself.
        info: What metadata.yaml says (``rosbag2_bagfile_information``); empty without it.
        warnings: What is wrong with the folder although it can be read.
    """

    files: tuple[Path, ...]
    zstd_messages: bool
    info: dict[str, Any]
    warnings: tuple[str, ...] = ()


def is_bag_folder(folder: Path) -> bool:
    """Whether a folder is a rosbag2 recording, also one that a crash left without metadata."""
    return (folder / METADATA).is_file() or any(_storage_files(folder))


def read_bag_folder(folder: Path) -> BagFolder:
    """Find the files of a rosbag2 folder.

    Args:
        folder: A folder with metadata.yaml, or, after a crash, with storage files only.

    Returns:
        What belongs to the bag.

    Raises:
        SourceError: metadata.yaml cannot be read, names files that are not there, or a
            compression that rosbag2 does not ship.
    """
    path = folder / METADATA
    if not path.is_file():
        files = tuple(sorted(_storage_files(folder), key=natural_key))
        warning = f'{folder} has no {METADATA}, as after a crash: its {len(files)} files are read.'
        return BagFolder(files, False, {}, (warning,))
    try:
        info = yaml.safe_load(path.read_text())['rosbag2_bagfile_information']
        files = tuple(folder / PurePath(name).name for name in info['relative_file_paths'])
        mode = str(info.get('compression_mode') or '').lower()
        compression = info.get('compression_format') or ''
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        # What is wrong with YAML is told in several lines.
        reason = ' '.join(f'{type(error).__name__}: {error}'.split())
        raise SourceError(
            f'{path} cannot be understood ({reason}). '
            f'Run "ros2 bag reindex {folder}", or name a storage file in it.'
        ) from None
    if mode not in {'', 'none'} and compression != 'zstd':
        raise SourceError(f'{folder} is compressed with {compression!r}; zstd can be read.')
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise SourceError(
            f'{folder} lacks {", ".join(missing)}, named in {METADATA}. Copy the whole folder.'
        )
    return BagFolder(files, mode == 'message', info)


def _storage_files(folder: Path) -> list[Path]:
    return [
        path for path in folder.iterdir() if path.name.endswith(FILE_SUFFIXES) and path.is_file()
    ]
