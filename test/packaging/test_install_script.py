# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the set-up behind `make`: what it refuses, what it repeats, what it leaves alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path
import shutil
import subprocess
import sys
from types import ModuleType

import pytest


@pytest.fixture(scope='module')
def script(repository: Path) -> ModuleType:
    """Import requirements/install.py, which is no part of the package."""
    path = repository / 'requirements' / 'install.py'
    spec = importlib.util.spec_from_file_location('install', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def environment(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create an environment as the set-up does."""
    venv = tmp_path_factory.mktemp('environment') / 'venv'
    script.create(venv)
    return venv


@pytest.fixture
def without_pip(script: ModuleType, environment: Path, tmp_path: Path) -> Path:
    """Return a copy of it whose pip fails as soon as it is asked to do something."""
    venv = shutil.copytree(environment, tmp_path / 'venv', symlinks=True)
    shutil.rmtree(venv / 'lib' / f'python{script.RUNNING}' / 'site-packages' / 'pip' / '_internal')
    return venv


@pytest.mark.parametrize(('system', 'machine'), [('Linux', 'aarch64'), ('Darwin', 'x86_64')])
def test_other_processors_are_told_what_to_do(
    script: ModuleType, system: str, machine: str
) -> None:
    """The rclpy wheels are x86_64 only; the message names the way with an installed ROS 2."""
    with pytest.raises(script.SetupError, match='-r requirements-ros'):
        script.require_platform(system, machine)


def test_x86_64_linux_is_accepted(script: ModuleType) -> None:
    """The supported machine passes."""
    script.require_platform('Linux', 'x86_64')


def test_an_old_python_is_told_what_to_do(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the running Python nor one on PATH fits."""
    monkeypatch.setattr(sys, 'version_info', (3, 9, 1))
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(script.SetupError, match='none is on PATH'):
        script.use_supported_python()


def test_a_changed_lock_is_noticed(script: ModuleType, tmp_path: Path) -> None:
    """The stamp holds for the very same files only."""
    lock, stamp = tmp_path / 'lock.txt', tmp_path / 'stamp'
    lock.write_text('numpy==2.4.0\n')
    stamp.write_text(script.digest(lock))
    assert script.up_to_date(stamp, script.digest(lock))
    lock.write_text('numpy==2.4.1\n')
    assert not script.up_to_date(stamp, script.digest(lock))


def test_a_broken_environment_is_not_taken(script: ModuleType, tmp_path: Path) -> None:
    """A folder without a Python that has pip counts as absent."""
    (tmp_path / 'bin').mkdir()
    assert script.python_of(tmp_path) is None
    (tmp_path / 'bin' / 'python').write_text('#!/bin/sh\nexit 1\n')
    (tmp_path / 'bin' / 'python').chmod(0o755)
    assert script.python_of(tmp_path) is None


def test_an_environment_gets_a_working_pip(script: ModuleType, environment: Path) -> None:
    """A new environment has this Python and pip."""
    assert script.python_of(environment) == script.RUNNING


def test_a_second_run_installs_nothing(
    script: ModuleType, repository: Path, without_pip: Path, tmp_path: Path
) -> None:
    """Where both stamps hold, pip is not started: here it could not even run."""
    needed = ('setup.py', 'setup.cfg', 'pyproject.toml')
    shutil.copytree(repository / 'requirements', tmp_path / 'requirements')
    for name in needed:
        shutil.copy(repository / name, tmp_path)
    locks = (f'python{script.RUNNING}.txt', 'jazzy.txt')
    (without_pip / 'installed-locks').write_text(
        script.digest(*(tmp_path / 'requirements' / name for name in locks))
    )
    (without_pip / 'installed-package').write_text(
        script.digest(*(tmp_path / name for name in needed))
    )
    command = [sys.executable, str(tmp_path / 'requirements' / 'install.py')]
    result = subprocess.run(
        [*command, '--venv', str(without_pip)], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, '', '')


def test_a_lock_that_cannot_be_installed_stops_the_set_up(
    repository: Path, without_pip: Path
) -> None:
    """Without a stamp pip is started, and its failure is the set-up's."""
    command = [sys.executable, str(repository / 'requirements' / 'install.py')]
    result = subprocess.run(
        [*command, '--venv', str(without_pip)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1
    assert 'run make again' in result.stderr
    assert not (without_pip / 'installed-locks').exists()
