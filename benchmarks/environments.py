# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Environments, kept in the user's cache, for tools that do not go with this project."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys


class SetupError(Exception):
    """An environment cannot be set up; the message says what pip said."""


def python_of(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of an environment, set up on the first call.

    Args:
        name: Of the environment.
        packages: What pip installs, each as ``name==version``.

    Raises:
        SetupError: It cannot be set up.
    """
    wanted = hashlib.sha256('\n'.join([sys.version, *packages]).encode()).hexdigest()[:12]
    base = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache')
    folder = base / 'featuremap_ros' / 'benchmarks' / f'{name}-{wanted}'
    python, done = folder / 'bin' / 'python', folder / 'installed'
    if done.exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, '-m', 'venv', str(folder)],
        [str(python), '-m', 'pip', 'install', '--quiet', *packages],
    ):
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            lines = (result.stderr or result.stdout).strip().splitlines() or ['no reason given']
            raise SetupError(f'{name} cannot be installed: {lines[-1]}')
    done.touch()
    return python
