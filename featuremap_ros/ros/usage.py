# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a node's program answers to ``--help``; nothing of ROS is needed for that."""

from __future__ import annotations

from collections.abc import Iterable
import textwrap

from featuremap_ros.ros.parameter import Parameter, Value

_WIDTH = 96


def usage(program: str, about: str, example: str, parameters: Iterable[Parameter]) -> str:
    """Return the text.

    Args:
        program: Its name.
        about: What it does.
        example: What may follow ``--ros-args``.
        parameters: That it knows.
    """
    options = '[-p NAME:=VALUE ...] [-r FROM:=TO ...] [--params-file FILE]'
    lines = [
        f'usage: {program} [--ros-args {options}]',
        '',
        about,
        '',
        'example:',
        f'  {program} --ros-args {example}',
        '',
        'parameters, with their defaults:',
    ]
    for one in parameters:
        lines.append(f'  {one.name}: {_written(one.default)}')
        lines += textwrap.wrap(one.text, _WIDTH, initial_indent=' ' * 6, subsequent_indent=' ' * 6)
    return '\n'.join(lines) + '\n'


def _written(value: Value) -> str:
    """Write a value as ``-p`` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f'[{", ".join(map(_written, value))}]'
    return repr(value)
