# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""As many races as workers, in processes and on a Dask cluster of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, ExitStack
import importlib
import os
from pathlib import Path
import resource
import shutil
import tempfile
from typing import Any

import numpy as np

from benchmarks import subjects
from benchmarks.harness import interleave, Sample
from benchmarks.render import record_race
from benchmarks.report import Result, Table
from featuremap_ros import View
from featuremap_ros.pilot.cache import digests
from featuremap_ros.season.cluster import run_on_cluster
from featuremap_ros.season.outcome import Outcome
from featuremap_ros.season.processes import cores, ProcessPool
from featuremap_ros.season.race_job import RaceJob, RenderOptions

_WORKERS = (1, 2, 4)
_PROCESSES, _DASK, _ONE_CORE = 'processes', 'Dask', 'Dask, a core each'


def run(*, quick: bool) -> Result:
    """Measure."""
    count = 24 if quick else 80
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        races = [folder / f'race_{number}' for number in range(max(_WORKERS))]
        for race in races:
            record_race(race, subjects.jpegs(count))
        options = _options(folder)
        used: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
        candidates: dict[str, Callable[[], Any]] = {}
        for workers in _WORKERS:
            candidates[f'{_PROCESSES} {workers}'] = _in_processes(
                races[:workers], folder, options, used[workers]
            )
            for how in (_DASK, _ONE_CORE) if workers <= cores() else (_DASK,):
                address = stack.enter_context(_cluster(workers, a_core_each=how == _ONE_CORE))
                candidates[f'{how} {workers}'] = _on_cluster(
                    races[:workers], folder, options, address
                )
        samples = interleave(candidates, rounds=1 if quick else 3, primed=False)
    return Result(
        tables=(
            Table(
                f'N races of {count} JPEG frames of 1920x1080 on N workers, one overlay',
                ('Workers', 'Races', 's', 'Frames/s', 'Efficiency', 'Cores alone allow'),
                [
                    _row(how, workers, count, samples, used)
                    for how in (_PROCESSES, _DASK, _ONE_CORE)
                    for workers in _WORKERS
                    if f'{how} {workers}' in samples
                ],
            ),
        ),
        remarks=(
            (
                'Efficiency: the time of one race on one worker over the time of N races on N '
                f'workers. This machine has {cores()} cores, and one race alone takes '
                f'{_busy(samples, used):.1f} of them (a thread decodes ahead, others encode), so '
                'the cores alone allow no more than the last column. On one machine, workers fill '
                'the gaps that a race leaves; more machines are what makes a season faster. What '
                'those would do show workers that are kept to a core each, which is theirs alone.'
            ),
            (
                'A process is begun for each race and counts, half a second each; the cluster is '
                'there before. All results are the same bytes, whatever the number of workers.'
            ),
            subjects.remark(),
        ),
        samples=samples,
    )


def _options(folder: Path) -> RenderOptions:
    """Return how races are rendered."""
    pilot = subjects.AXIONAUT.pilot(folder)
    model = subjects.AXIONAUT.file(folder)
    view = View(layer='dropout_2', scale='fixed', range=(0.0, 1.0), label=True, gauge=True)
    return RenderOptions(
        model=str(model), sha256=digests(model), profile=pilot.profile, views=(view,)
    )


def _in_processes(
    races: list[Path], folder: Path, options: RenderOptions, used: list[float]
) -> Callable[[], None]:
    """Return what renders races in processes, and notes the processor time that they took."""

    def work() -> None:
        before = _processor_seconds()
        jobs = _jobs(races, folder / 'processes', options)
        _check(ProcessPool(len(races), _Nobody()).run(jobs))
        used.append(_processor_seconds() - before)

    return work


def _on_cluster(
    races: list[Path], folder: Path, options: RenderOptions, address: str
) -> Callable[[], None]:
    """Return what renders races on a cluster."""

    def work() -> None:
        jobs = _jobs(races, folder / 'dask', options)
        _check(run_on_cluster(jobs, address, _Nobody()))

    return work


@contextmanager
def _cluster(workers: int, *, a_core_each: bool) -> Iterator[str]:
    """Begin a cluster, and let each worker import what it needs; yield the scheduler's address."""
    dask = importlib.import_module('distributed')
    with dask.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        cluster.wait_for_workers(workers)
        with dask.Client(cluster, set_as_default=False) as client:
            client.run(_import)
            for number, worker in enumerate(client.scheduler_info()['workers']):
                if a_core_each:
                    core = sorted(os.sched_getaffinity(0))[number]
                    client.run(_keep_to, core, workers=[worker])
        yield cluster.scheduler_address


def _import() -> None:
    """Import what every race needs."""
    importlib.import_module('featuremap_ros.season.work')


def _keep_to(core: int) -> None:
    """Keep every thread of this process to a core."""
    for thread in Path('/proc/self/task').iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def _jobs(races: list[Path], out: Path, options: RenderOptions) -> list[RaceJob]:
    """Return what is to be done, into an empty folder."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    return [
        RaceJob(name=race.name, source=str(race), out=str(out), options=options) for race in races
    ]


def _check(outcomes: list[Outcome]) -> None:
    """Refuse to time what failed."""
    for outcome in outcomes:
        if not outcome.done:
            raise RuntimeError(f'{outcome.source} {outcome.state}: {outcome.reason}')


def _processor_seconds() -> float:
    """Return what ended children took of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy(samples: dict[str, Sample], used: dict[int, list[float]]) -> float:
    """Return how many cores one race alone keeps busy."""
    return float(np.median(used[1])) / samples[f'{_PROCESSES} 1'].median


def _row(
    how: str, workers: int, count: int, samples: dict[str, Sample], used: dict[int, list[float]]
) -> tuple[str, ...]:
    """Return a line of the table."""
    sample, alone = samples[f'{how} {workers}'], samples[f'{how} 1']
    most = 1.0 if how == _ONE_CORE else min(1.0, cores() / (workers * _busy(samples, used)))
    return (
        how,
        str(workers),
        f'{sample.median:.2f}',
        f'{workers * count / sample.median:.1f}',
        '1' if workers == 1 else str(alone.over(sample)),
        f'{most:.2g}',
    )


class _Nobody:
    """Is not interested in how far it is."""

    def began(self, job: RaceJob) -> None:
        """Do nothing."""

    def frames(self, job: RaceJob, done: int, total: int | None) -> None:
        """Do nothing."""

    def said(self, job: RaceJob, text: str) -> None:
        """Do nothing."""

    def ended(self, job: RaceJob, outcome: Outcome) -> None:
        """Do nothing."""
