# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries of a profile's YAML; what is wrong with one is said in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from featuremap_ros.errors import ProfileError, UnknownNameError
from featuremap_ros.vision.preprocess import Crop, InputSpec


def parse_input(data: Mapping[str, Any]) -> InputSpec:
    """Build what a network must be fed from a profile's ``input`` entry.

    Raises:
        ProfileError: A key is unknown, or a value makes no sense.
    """
    entry = _known('input', data, InputSpec)
    entry['size'] = _size_of('size', entry.get('size'))
    if entry.get('camera') is not None:
        entry['camera'] = _size_of('camera', entry['camera'])
    entry['crop'] = Crop(**_known('crop', entry.get('crop') or {}, Crop))
    return InputSpec(**entry)


def named_parts(
    data: Mapping[str, Any], entry: str, kind: type | tuple[type, ...], example: str
) -> Iterable[tuple[str, Any]]:
    """Return the parts of an entry that has one for every name; none without the entry.

    Args:
        data: The profile.
        entry: Name of the entry.
        kind: What each part must be.
        example: Of a part, for the message.

    Raises:
        ProfileError: The entry does not name its parts, or a part is of another kind.
    """
    parts = data.get(entry)
    if parts is None:
        return ()
    if not isinstance(parts, Mapping) or not all(isinstance(v, kind) for v in parts.values()):
        msg = f'"{entry}" must name its parts, as in {{NAME: {example}}}: got {parts!r}.'
        raise ProfileError(msg)
    return parts.items()


def _known(name: str, data: Any, kind: type) -> dict[str, Any]:
    """Return a mapping as a dictionary; refuse keys that the kind has no field for."""
    names = [f.name for f in fields(kind)]
    if not isinstance(data, Mapping):
        msg = f'"{name}" must be a mapping with any of {", ".join(names)}: got {data!r}.'
        raise ProfileError(msg)
    for key in data:
        if key not in names:
            raise ProfileError(str(UnknownNameError(f'key under "{name}"', str(key), names)))
    return dict(data)


def _size_of(name: str, value: Any) -> tuple[int, int]:
    """Read ``[width, height]``."""
    try:
        width, height = value
        return int(width), int(height)
    except (TypeError, ValueError) as error:
        msg = f'"{name}" must be [width, height] in pixels: got {value!r}.'
        raise ProfileError(msg) from error
