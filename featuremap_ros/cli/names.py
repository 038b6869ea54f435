# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that take several names: ``A,B``."""

from __future__ import annotations

from collections.abc import Iterable

from featuremap_ros.errors import UnsupportedError


def split_names(option: str, text: str, choices: Iterable[str]) -> list[str]:
    """Take ``A,B`` apart.

    Args:
        option: Where it was given, for the message.
        text: Names separated by commas, with or without spaces.
        choices: What there is, for the message.

    Returns:
        The names in their order, each once; whether there are such is not looked at.

    Raises:
        UnsupportedError: A name is empty.
    """
    names = [name.strip() for name in text.split(',')]
    if not all(names):
        msg = (
            f'{option} takes names with commas between them, and one of {text!r} is empty. '
            f'Choices: {", ".join(choices)}.'
        )
        raise UnsupportedError(msg)
    return list(dict.fromkeys(names))
