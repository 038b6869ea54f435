# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the races of a season are: one bar on a terminal, one line a race elsewhere."""

from __future__ import annotations

import sys

from tqdm import tqdm

from featuremap_ros.season.outcome import Outcome
from featuremap_ros.season.race_job import RaceJob
from featuremap_ros.streams.closing import Closing

_NAMED = 4


class SeasonProgress(Closing):
    """Shows what a pool of processes or a cluster tells; a context manager."""

    def __init__(self, races: int) -> None:
        """Begin with no race done.

        Args:
            races: How many there are.
        """
        self._races = races
        self._ended = 0
        self._running: dict[str, tuple[int, int | None]] = {}
        self._bar = tqdm(total=races, unit='race', disable=None, bar_format=_FORMAT)

    def began(self, job: RaceJob) -> None:
        """Take a race into the line."""
        self._running[job.name] = (0, None)
        self._show()

    def frames(self, job: RaceJob, done: int, total: int | None) -> None:
        """Say how far it is."""
        self._running[job.name] = (done, total)
        self._show()

    def said(self, job: RaceJob, text: str) -> None:
        """Print a line of its log above the bar."""
        self._print(f'{job.name}: {text}')

    def ended(self, job: RaceJob, outcome: Outcome) -> None:
        """Print what became of it."""
        self._running.pop(job.name, None)
        self._ended += 1
        frames = f', {outcome.frames} frames in {outcome.seconds:.0f} s' if outcome.frames else ''
        reason = f': {outcome.reason}' if outcome.reason else ''
        self._print(f'[{self._ended}/{self._races}] {job.name} {outcome.state}{frames}{reason}')
        self._bar.update(1)
        self._show()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def _print(self, line: str) -> None:
        self._bar.write(line, file=sys.stderr)

    def _show(self) -> None:
        """Say where the races under way are."""
        parts = [
            f'{name} {done / total:.0%}' if total else f'{name} {done or "..."}'
            for name, (done, total) in list(self._running.items())[:_NAMED]
        ]
        if len(self._running) > _NAMED:
            parts.append(f'and {len(self._running) - _NAMED} more')
        self._bar.set_postfix_str(', '.join(parts))


_FORMAT = '{n_fmt}/{total_fmt} races |{bar:20}| {elapsed}{postfix}'
