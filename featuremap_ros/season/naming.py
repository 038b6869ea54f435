# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder for each race of a season, whatever the races are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from pathlib import Path, PurePosixPath
import re

from featuremap_ros.season.remote import is_url

_SUFFIX = re.compile(r'(\.(mcap|db3|bag|catalog|mp4|mkv|avi|mov|webm|zstd))+$', re.IGNORECASE)
_UNSAFE = re.compile(r'[^\w.-]+')


def absolute(source: str) -> str:
    """Return a source such that it can be told from every other."""
    return source.rstrip('/') if is_url(source) else os.path.normpath(Path(source).absolute())


def folder_names(sources: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Choose a folder for each source: its own name, with those above it where that is taken.

    Args:
        sources: Absolute, each once.
        known: Folders of an earlier run, by source; they stay.

    Returns:
        Folder by source, in the order of the sources; no two differ in upper and lower case only.
    """
    chosen = {source: known[source] for source in sources if source in known}
    taken = {name.casefold() for name in known.values()}
    fresh = [source for source in sources if source not in chosen]
    for depth in range(1, 4):
        names = {source: _name(source, depth) for source in fresh}
        counts = [name.casefold() for name in names.values()]
        for source, name in names.items():
            if name.casefold() not in taken and counts.count(name.casefold()) == 1:
                chosen[source] = name
                taken.add(name.casefold())
        fresh = [source for source in fresh if source not in chosen]
    for source in fresh:
        name, number = _name(source, 1), 2
        while f'{name}_{number}'.casefold() in taken:
            number += 1
        chosen[source] = f'{name}_{number}'
        taken.add(chosen[source].casefold())
    return {source: chosen[source] for source in sources}


def _name(source: str, depth: int) -> str:
    """Return the last parts of a path as the name of a folder."""
    place = source.split('://')[-1] if is_url(source) else source
    parts = [part for part in PurePosixPath(place).parts if part != '/']
    name = '_'.join([*parts[-depth:-1], _SUFFIX.sub('', parts[-1])] if parts else [])
    return _UNSAFE.sub('_', name).strip('._') or 'race'
