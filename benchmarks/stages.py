# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the time of one frame goes, function by function."""

from __future__ import annotations

from collections.abc import Callable
import cProfile
from pathlib import Path
import pstats
from typing import Any

from benchmarks.report import Table

_PACKAGE = str(Path(__file__).resolve().parents[1] / 'featuremap_ros')
_SHOWN = 16


def table(work: Callable[[], Any], *, frames: int) -> Table:
    """Profile a frame's way.

    The profiler makes calls dearer, so small functions look larger than they are.

    Args:
        work: Takes one frame all the way.
        frames: How many to profile.
    """
    for _ in range(3):
        work()
    profile = cProfile.Profile()
    for _ in range(frames):
        profile.runcall(work)
    timings = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in timings.values())
    rows = []
    for (file, _, function), (_, calls, own, inside, _) in timings.items():
        rows.append((own, inside, calls, _name(file, function)))
    rows.sort(reverse=True)
    return Table(
        'One frame by function, from the profiler (ms)',
        ('Function', 'Calls', 'Own time', 'With what it calls', 'Share'),
        [
            (
                name,
                f'{calls / frames:.3g}',
                f'{1e3 * own / frames:.3f}',
                f'{1e3 * inside / frames:.3f}',
                f'{own / total:.0%}',
            )
            for own, inside, calls, name in rows[:_SHOWN]
        ],
    )


def _name(file: str, function: str) -> str:
    """Return a function's name with its module, without anything of this machine."""
    if file == '~':  # Compiled code: the profiler has only a description.
        return function.strip('<>').replace('built-in method ', '').split(' of ')[0]
    path = Path(file)
    if file.startswith(_PACKAGE):
        path = path.relative_to(Path(_PACKAGE).parent)
        return f'{".".join(path.with_suffix("").parts[1:])}.{function}'
    return f'{path.stem}.{function}'
