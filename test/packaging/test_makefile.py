# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of what `make` would run."""

from __future__ import annotations

import os
from pathlib import Path
import re
import shutil
import subprocess

import pytest


def plan(repository: Path, *arguments: str, **environment: str) -> str:
    """Return the commands that `make` would run.

    Args:
        repository: Where the Makefile is.
        *arguments: Of make.
        **environment: Added to this process's, less what would choose a Python.
    """
    if shutil.which('make') is None:
        pytest.skip('make is not installed')
    # These tests may themselves be run by make, which hands on what it was given.
    choosing = ('PYTHON', 'ROS_WHEELS', 'VENV', 'MAKEFLAGS', 'MAKELEVEL', 'MFLAGS')
    kept = {name: value for name, value in os.environ.items() if name not in choosing}
    result = subprocess.run(
        ['make', '--dry-run', *arguments],
        cwd=repository,
        env={**kept, **environment},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize('target', ['demo', 'test', 'bench', 'lint', 'format'])
def test_everything_sets_up_first(repository: Path, target: str) -> None:
    """No target needs another to have been run."""
    first, *rest = plan(repository, target).replace('\\\n', ' ').splitlines()
    assert first.split()[:2] == ['python3', 'requirements/install.py']
    assert all('.venv/bin/' in command for command in rest)


def test_kilted_has_an_environment_of_its_own(repository: Path) -> None:
    """The wheels of two distributions cannot be in one."""
    for commands in (
        plan(repository, 'test', ROS_WHEELS='kilted'),
        plan(repository, 'test', 'ROS_WHEELS=kilted'),
    ):
        assert '--ros-wheels kilted' in commands
        assert '.venv-kilted/bin/python -m pytest' in commands
        assert '.venv/' not in commands


def test_a_named_python_is_insisted_on(repository: Path) -> None:
    """Without one, an environment of any supported Python is good."""
    assert '--keep-python' in plan(repository, 'test')
    for commands in (
        plan(repository, 'test', PYTHON='python3.12'),
        plan(repository, 'test', 'PYTHON=python3.12'),
    ):
        assert commands.startswith('python3.12 requirements/install.py')
        assert '--keep-python' not in commands


def test_every_make_command_of_the_documents_exists(repository: Path) -> None:
    """README and CONTRIBUTING name targets that are there."""
    documents = [repository / 'README.md', repository / 'CONTRIBUTING.md']
    named = {
        target
        for document in documents
        for target in re.findall(r'^(?:\w+=\S+ )*make (\w+)', document.read_text(), re.MULTILINE)
    }
    assert {'demo', 'test'} <= named
    for target in named:
        plan(repository, target)
