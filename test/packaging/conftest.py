# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Copies of the repository that a build may write into."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

NOT_SOURCE = ('.*', '__pycache__', '*.egg-info', 'build', 'demo_out', 'dist', 'install', 'log')


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
