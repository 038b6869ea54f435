# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The linters, and the house rules that no linter knows."""

from __future__ import annotations

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest

HEADER = """\
# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""

# Package registries and home folders: each machine has its own.
FOREIGN = re.compile(
    r'pypi[.]org|pythonhosted[.]org|registry[.]npmjs|deb[.]debian[.]org|archive[.]ubuntu[.]com'
    r'|(?<![\w.~/])/(?:root|home/\w+|Users/\w+)/'
)
BINARY = {'.gif', '.jpg', '.keras', '.mcap', '.mp4', '.npz', '.png', '.tflite', '.webp'}


@pytest.fixture(scope='module')
def tracked(repository: Path) -> list[Path]:
    """Return the files under version control."""
    if shutil.which('git') is None or not (repository / '.git').exists():
        pytest.skip('not a git checkout, so it is not known which files are tracked')
    command = ['git', 'ls-files', '-z']
    listed = subprocess.run(command, cwd=repository, capture_output=True, check=True, text=True)
    paths = (repository / name for name in listed.stdout.split('\0') if name)
    return [path for path in paths if path.is_file()]


def run(repository: Path, *command: str) -> None:
    """Run a linter; its findings are the message of the failure."""
    pytest.importorskip(command[0])
    result = subprocess.run(
        [sys.executable, '-m', *command],
        cwd=repository,
        # A linter in this process's coverage would only be slow.
        env={name: value for name, value in os.environ.items() if 'COVERAGE' not in name},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_ruff_finds_nothing(repository: Path) -> None:
    """The rules are in pyproject.toml."""
    run(repository, 'ruff', 'check', '--quiet')


def test_the_code_is_formatted(repository: Path) -> None:
    """`make format` does it."""
    run(repository, 'ruff', 'format', '--check')


def test_mypy_finds_nothing(repository: Path) -> None:
    """Strict outside `ros/`, whose messages carry no types."""
    run(repository, 'mypy')


def test_every_source_file_states_its_licence(tracked: list[Path]) -> None:
    """Two lines, then the docstring that says what the file is for."""
    sources = [path for path in tracked if path.suffix == '.py']
    assert sources
    without = [str(path) for path in sources if not path.read_text().startswith(HEADER + '"""')]
    assert without == []


def test_no_file_names_a_machine_or_a_registry(tracked: list[Path], repository: Path) -> None:
    """A path of one machine or the host of a registry is wrong on every other."""
    parent = str(repository.parent)
    found = []
    for path in tracked:
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if FOREIGN.search(line) or (len(parent) > 1 and f'{parent}/' in line):
                found.append(f'{path.relative_to(repository)}:{number}: {line.strip()[:80]}')
    assert found == []
