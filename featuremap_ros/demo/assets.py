# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the files shipped with the demo are."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

PILOT_NAME = 'pilot.keras'
"""File name of the trained pilot inside this package."""


def pilot_path() -> AbstractContextManager[Path]:
    """Give the shipped pilot as a file for as long as the context is open.

    Returns:
        A context manager that yields the path of the Keras 3 file.
    """
    return as_file(files('featuremap_ros.demo').joinpath(PILOT_NAME))
