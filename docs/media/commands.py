# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The commands of a page of the documentation, and what it says that they print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import re
import shlex

_BLOCK = re.compile(r'```(bash|text)\n(.*?)```', re.DOTALL)
PROGRAM = 'featuremap'


@dataclass(frozen=True, slots=True)
class Command:
    """A call of the program on a page.

    Attributes:
        arguments: What follows the program's name.
        printed: The lines that the page shows of its output; only the last command of a block
            has some, in the block of text after it.
    """

    arguments: tuple[str, ...]
    printed: tuple[str, ...] = ()


def commands(page: Path) -> Iterator[Command]:
    """Yield the calls of ``featuremap`` on a page, in order.

    Args:
        page: Markdown with blocks of ``bash``, and of ``text`` for what is printed.
    """
    blocks = _BLOCK.findall(page.read_text())
    after = [*blocks[1:], ('', '')]
    for (language, code), (next_language, next_code) in zip(blocks, after, strict=True):
        if language != 'bash':
            continue
        lines = code.replace('\\\n', ' ').splitlines()
        found = [words[1:] for words in map(_words, lines) if words[:1] == [PROGRAM]]
        for number, arguments in enumerate(found, 1):
            last = number == len(found) and next_language == 'text'
            printed = next_code.splitlines() if last else []
            yield Command(tuple(arguments), tuple(printed))


def _words(line: str) -> list[str]:
    return shlex.split(line, comments=True)
