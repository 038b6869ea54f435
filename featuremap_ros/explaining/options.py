# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Options by name: what a function takes, and whether given values are of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import inspect
from typing import Any

from featuremap_ros.errors import UnknownNameError, UnsupportedError

_KINDS = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'a word'}


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the keyword-only parameters of a function with their defaults."""
    return {
        parameter.name: parameter.default
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def checked_options(
    owner: str, given: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Refuse options that do not exist, and values of another kind than their default.

    Args:
        owner: Whose options they are, for messages.
        given: By name.
        defaults: By name; numbers, words and pairs of whole numbers.

    Returns:
        The options; lists have become pairs.

    Raises:
        UnknownNameError: An option does not exist.
        UnsupportedError: A value is of the wrong kind.
    """
    checked = {}
    for name, value in given.items():
        if name not in defaults:
            raise UnknownNameError(f'option of {owner}', name, defaults)
        checked[name] = _checked(owner, name, value, defaults[name])
    return checked


def _checked(owner: str, name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        items = list(value) if isinstance(value, list | tuple) else []
        if len(items) == len(default) and all(type(item) is int for item in items):
            return tuple(items)
        kind = f'{len(default)} whole numbers'
    else:
        wanted = type(default)
        if type(value) is wanted or (wanted is float and type(value) is int):
            return value
        kind = _KINDS[wanted]
    msg = f'Option {name!r} of {owner} must be {kind}: got {value!r}.'
    raise UnsupportedError(msg)
