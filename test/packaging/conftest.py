# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Copies of the repository that a build may write into."""

from __future__ import annotations

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest

NOT_SOURCE = (
    *('.*', '__pycache__', '*.egg-info', '*.so'),
    *('build', 'demo_out', 'dist', 'install', 'log'),
)

SETUP = Path(__file__).resolve().parents[2] / 'setup.py'


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand every command that setup.py installs, and its function, to tests that ask for them."""
    if 'executable' not in metafunc.fixturenames:
        return
    found = dict(re.findall(r"'(\w+) = (featuremap_ros[\w.]*:\w+)'", SETUP.read_text()))
    assert 'featuremap' in found
    if 'function' in metafunc.fixturenames:
        metafunc.parametrize(('executable', 'function'), found.items(), ids=found)
    else:
        metafunc.parametrize('executable', found)


@pytest.fixture(scope='session')
def source_copy(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """Return a copy of the repository without what builds and tools left in it."""
    copy = tmp_path_factory.mktemp('workspace') / 'src' / 'featuremap_ros'
    shutil.copytree(repository, copy, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    return copy


@pytest.fixture(scope='session')
def colcon_prefix(source_copy: Path) -> Path:
    """Return the install prefix of a workspace that colcon built."""
    pytest.importorskip('colcon_core')
    workspace = source_copy.parent.parent
    result = subprocess.run(
        [sys.executable, '-m', 'colcon', 'build', '--base-paths', 'src'],
        cwd=workspace,
        env={**os.environ, 'COLCON_HOME': str(workspace / 'colcon')},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return workspace / 'install' / 'featuremap_ros'
