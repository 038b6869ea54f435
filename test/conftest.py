# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures that every part of the suite shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session')
def repository() -> Path:
    """Return the folder that holds setup.py."""
    return REPOSITORY


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Return the folder with the real races and models, or skip where it is not there.

    It is `shared/data` beside the repository, or wherever FEATUREMAP_SHARED_DATA points.
    """
    named = os.environ.get('FEATUREMAP_SHARED_DATA')
    folder = Path(named) if named else REPOSITORY.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip(
            f'no real races and models at {folder}: set FEATUREMAP_SHARED_DATA to their folder'
        )
    return folder


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Keep pytest from importing launch files, which are no tests."""
    return True if collection_path.name.endswith('.launch.py') else None
