# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which people number files: frame2 before frame10."""

from __future__ import annotations

from pathlib import Path
import re


def natural_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which runs of digits count as numbers.

    Args:
        path: A file; only its name counts.

    Returns:
        The key. Names that differ in leading zeros or letter case alone keep a fixed order.
    """
    parts = re.split(r'(\d+)', path.name.casefold())
    key = [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]
    return (*key, (0, 0, path.name))
