# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tree that colcon installs: what ros2 run and ros2 launch look for."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

import pytest


def test_the_ament_index_names_the_package(colcon_prefix: Path) -> None:
    """Without the marker, ROS does not know the package."""
    assert (colcon_prefix / 'share/ament_index/resource_index/packages/featuremap_ros').is_file()
    assert (colcon_prefix / 'share/featuremap_ros/package.xml').is_file()


@pytest.mark.parametrize(
    ('installed', 'source'),
    [('launch', 'launch'), ('config', 'featuremap_ros/config')],
)
def test_every_launch_and_config_file_is_installed(
    colcon_prefix: Path, repository: Path, installed: str, source: str
) -> None:
    """What lies in the source folders lies in share, with the same content."""
    there = colcon_prefix / 'share/featuremap_ros' / installed
    files = [path for path in (repository / source).iterdir() if path.is_file()]
    assert files
    assert {path.name: path.read_bytes() for path in files} == {
        path.name: path.read_bytes() for path in there.iterdir()
    }


def test_executables_are_where_ros2_run_looks(colcon_prefix: Path, executable: str) -> None:
    """`ros2 run featuremap_ros NAME` finds lib/featuremap_ros/NAME only."""
    installed = colcon_prefix / 'lib' / 'featuremap_ros' / executable
    assert os.access(installed, os.X_OK)


def test_the_installed_command_runs_in_the_sourced_workspace(colcon_prefix: Path) -> None:
    """The sourced workspace runs its own copy of the package."""
    setup = colcon_prefix.parent / 'setup.sh'
    executable = colcon_prefix / 'lib' / 'featuremap_ros' / 'featuremap'
    command = (
        f'COLCON_CURRENT_PREFIX={setup.parent} . {setup} && {executable} --version'
        f' && {sys.executable} -c "import featuremap_ros; print(featuremap_ros.__file__)"'
    )
    # The copy is another package to coverage: it would count every line a second time.
    env = {name: value for name, value in os.environ.items() if 'COVERAGE' not in name}
    result = subprocess.run(
        ['/bin/sh', '-c', command], env=env, capture_output=True, text=True, cwd='/', timeout=60
    )
    version, imported = result.stdout.splitlines()
    assert '0.1.0' in version
    assert Path(imported).is_relative_to(colcon_prefix)
