# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The records of a donkeycar tub: what the car saw, and what driver and pilot did.

Two formats are in use (donkeycar's ``parts/tub_v2.py`` with ``parts/datastore_v2.py``, and
``parts/datastore.py`` before that):

- version 2, donkeycar 4 and later: ``manifest.json`` of five lines (names, types, metadata twice,
  and the catalogs with the deleted records), ``catalog_N.catalog`` with one record a line, and
  ``images/``. What is deleted goes by a record's position in all catalogs, as in donkeycar.
- version 1: ``meta.json``, one ``record_N.json`` for each record, its picture beside it, and
  ``exclude.json`` with what donkeycar's browser marked as bad.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
import json
import math
from pathlib import Path
import re
from typing import Any

from featuremap_ros.errors import SourceError
from featuremap_ros.streams.natural import natural_key

CATALOG_SUFFIX = '.catalog'
MANIFEST = 'manifest.json'
CAMERA = 'cam/image_array'
_RECORD_1 = re.compile(r'record_(\d+)\.json')


@dataclass(frozen=True, slots=True)
class TubRecord:
    """One record.

    Attributes:
        index: Its number, which names it in donkeycar's tools.
        stamp_ms: When it was written (ms; since 1970, or since the tub was begun); ``None`` where
            it does not say.
        values: All that was recorded, by name.
        problem: Why it cannot be read; empty if it can.
    """

    index: int
    stamp_ms: int | None
    values: dict[str, Any]
    problem: str = ''

    def number(self, name: str) -> float | None:
        """Return what was recorded under a name, ``None`` if that is no finite number."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return float(value) if math.isfinite(value) else None


@dataclass(slots=True)
class Tub:
    """A tub that was read.

    Attributes:
        folder: Where its files lie.
        version: 1 or 2.
        pictures: Where its pictures lie.
        records: In order, without those that are deleted.
        deleted: How many are.
        types: donkeycar's type of each value, by name; empty where that is not known.
        warnings: What is wrong with it although it can be read.
    """

    folder: Path
    version: int
    pictures: Path
    records: list[TubRecord] = field(default_factory=list)
    deleted: int = 0
    types: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def is_tub(path: Path) -> bool:
    """Whether a path is a tub, or one catalog of it."""
    if not path.is_dir():
        return path.suffix == CATALOG_SUFFIX and path.is_file()
    if any(path.glob(f'*{CATALOG_SUFFIX}')):
        return True
    return any(_RECORD_1.fullmatch(one.name) for one in path.glob('record_*.json'))


def read_tub(path: Path) -> Tub:
    """Read all records of a tub, but no picture.

    Args:
        path: The folder, or one catalog.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        if path.is_dir() and not any(path.glob(f'*{CATALOG_SUFFIX}')):
            return _read_version_1(path)
        return _read_version_2(path)
    except OSError as error:
        raise SourceError(f'{path} cannot be read: {error.strerror or error}.') from None


def _read_version_2(path: Path) -> Tub:
    folder = path if path.is_dir() else path.parent
    tub = Tub(folder, 2, folder / 'images')
    catalogs, deleted = _read_manifest(tub)
    position = 0
    if not path.is_dir():
        catalogs, position = [path], _first_position(path, tub.warnings)
    moved = False
    for catalog in catalogs:
        if not catalog.is_file():
            tub.warnings.append(f'{catalog.name} is named in {MANIFEST} and is not there.')
            continue
        for line in catalog.read_bytes().splitlines():
            record = _parse(line, position, f'Line of record {position} in {catalog.name}')
            moved = moved or record.index != position
            if position in deleted:
                tub.deleted += 1
            else:
                tub.records.append(record)
            position += 1
    if moved and deleted:
        tub.warnings.append(
            'The numbers of the records are not their positions, as after a crash: what is '
            'deleted goes by position, as in donkeycar.'
        )
    return tub


def _read_manifest(tub: Tub) -> tuple[list[Path], set[int]]:
    """Return the catalogs in order and which positions are deleted."""
    try:
        lines = (tub.folder / MANIFEST).read_text(encoding='utf-8').splitlines()
        names, types, listed = (json.loads(lines[number]) for number in (0, 1, 4))
        # Only names: a manifest must not lead out of its folder.
        catalogs = [tub.folder / Path(name).name for name in listed['paths']]
        deleted = {int(index) for index in listed['deleted_indexes']}
        tub.types = dict(zip(names, types, strict=False))
    except (OSError, ValueError, LookupError, TypeError) as error:
        tub.warnings.append(
            f'{MANIFEST} is missing or damaged ({type(error).__name__}): all catalogs are read, '
            'and what was deleted is not known.'
        )
        return sorted(tub.folder.glob(f'*{CATALOG_SUFFIX}'), key=natural_key), set()
    return catalogs, deleted


def _first_position(catalog: Path, warnings: list[str]) -> int:
    """Return how many records the catalogs before one hold."""
    manifest = catalog.with_name(f'{catalog.stem}.catalog_manifest')
    try:
        return int(json.loads(manifest.read_text(encoding='utf-8'))['start_index'])
    except (OSError, ValueError, LookupError, TypeError):
        warnings.append(
            f'{manifest.name} is missing or damaged: which records of {catalog.name} are deleted '
            'is not known.'
        )
        # No position that far is deleted.
        return 2**62


def _read_version_1(folder: Path) -> Tub:
    tub = Tub(folder, 1, folder)
    numbers = (_RECORD_1.fullmatch(one.name) for one in folder.glob('record_*.json'))
    excluded = _json(folder / 'exclude.json', tub.warnings)
    bad = {one for one in excluded if isinstance(one, int)} if isinstance(excluded, list) else ()
    meta = _json(folder / 'meta.json', tub.warnings)
    begun_ms = 0
    if isinstance(meta, dict):
        if isinstance(meta.get('inputs'), list) and isinstance(meta.get('types'), list):
            tub.types = dict(zip(meta['inputs'], meta['types'], strict=False))
        start = meta.get('start')
        begun_ms = round(1000 * start) if isinstance(start, (int, float)) else 0
    for number in sorted(int(found[1]) for found in numbers if found):
        if number in bad:
            tub.deleted += 1
            continue
        file = folder / f'record_{number}.json'
        tub.records.append(_parse(file.read_bytes(), number, file.name, begun_ms))
    return tub


def _json(path: Path, warnings: list[str]) -> Any:
    """Read a file that may be missing."""
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except ValueError:
        warnings.append(f'{path.name} is damaged and is left out.')
        return None


def _parse(text: bytes, number: int, name: str, begun_ms: int = 0) -> TubRecord:
    """Read one record; what cannot be read is a record with a problem."""
    try:
        values = json.loads(text)
    except ValueError:
        return TubRecord(number, None, {}, f'{name} is no JSON: it was cut off or overwritten.')
    if not isinstance(values, dict):
        return TubRecord(number, None, {}, f'{name} holds no record.')
    index = values.get('_index')
    record = TubRecord(index if isinstance(index, int) else number, None, values)
    stamp = record.number('_timestamp_ms')
    if stamp is None:
        since = record.number('milliseconds')
        stamp = None if since is None else since + begun_ms
    return TubRecord(record.index, None if stamp is None else round(stamp), values)


def image_names(tub: Tub) -> Iterator[str]:
    """Yield the names under which a tub keeps pictures of a camera, its main one first."""
    names = [name for name, kind in tub.types.items() if kind in ('image_array', 'image')]
    if not names and any(CAMERA in record.values for record in tub.records):
        names = [CAMERA]
    yield from sorted(names, key=lambda name: name != CAMERA)
