# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests that README and docs name what there is."""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
import re
import shlex

import pytest

from featuremap_ros.cli.main import import_verb, VERBS


@pytest.fixture
def documents(repository: Path) -> dict[Path, str]:
    """Return the documents with their text."""
    paths = [*repository.glob('*.md'), *repository.glob('docs/**/*.md')]
    return {path: path.read_text() for path in paths}


def commands(documents: dict[Path, str], program: str) -> list[list[str]]:
    """Return the words after a program's name in every block of shell commands."""
    blocks = re.findall(r'```(?:bash|sh|console)\n(.*?)```', '\n'.join(documents.values()), re.S)
    lines = '\n'.join(blocks).replace('\\\n', ' ').splitlines()
    found = []
    for line in lines:
        words = shlex.split(line, comments=True)
        names = (program, f'.venv/bin/{program}')
        places = [index for index, word in enumerate(words) if word in names]
        found += [words[index + 1 :] for index in places[:1]]
    return found


def test_every_link_leads_somewhere(documents: dict[Path, str]) -> None:
    """Relative links name files that are there."""
    missing = [
        f'{path.name}: {target}'
        for path, text in documents.items()
        for target in re.findall(r'\]\(([^)#\s]+)', text)
        if '://' not in target and not (path.parent / target).exists()
    ]
    assert missing == []


def test_every_verb_and_option_exists(documents: dict[Path, str]) -> None:
    """A command that is copied from the README must not be refused for its words."""
    used = commands(documents, 'featuremap')
    assert {words[0] for words in used} >= {'layers', 'render', 'play'}
    for words in used:
        assert words[0] in {*VERBS, '--version'}
        if words[0] in VERBS:
            parser = argparse.ArgumentParser()
            import_verb(words[0]).add_arguments(parser)
            known = {option for action in parser._actions for option in action.option_strings}
            assert {word for word in words if word.startswith('--')} <= known


def test_every_launch_argument_exists(documents: dict[Path, str], repository: Path) -> None:
    """`ros2 launch` ignores an argument that is misspelt."""
    declared = {
        path.name: {
            ast.literal_eval(call.args[0])
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call) and ast.unparse(call.func) == 'DeclareLaunchArgument'
        }
        for path in (repository / 'launch').iterdir()
        if path.suffix == '.py'
    }
    declared['replay.launch.py'] |= declared['overlay.launch.py']
    launched = [words for words in commands(documents, 'ros2') if words[0] == 'launch']
    # What others launch beside it is theirs.
    used = [words for words in launched if words[1] == 'featuremap_ros']
    assert {words[2] for words in used} == set(declared)
    for words in used:
        given = {word.partition(':=')[0] for word in words[3:]}
        assert given <= declared[words[2]]
