# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Races on the workers of a Dask cluster that is there already."""

from __future__ import annotations

from collections.abc import Sequence
import importlib
import time
from typing import Any
import uuid

import cv2

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.season.outcome import NOT_BEGUN, Outcome
from featuremap_ros.season.processes import Listener
from featuremap_ros.season.race_job import RaceJob
from featuremap_ros.season.season_folder import season_folder
from featuremap_ros.season.work import failed, Progress, work

_CONNECT_SECONDS = 10
_LOOK_EVERY = 2.0


def distributed() -> Any:
    """Import ``dask.distributed``, which is needed by nobody else.

    Raises:
        UnsupportedError: It is not installed.
    """
    try:
        return importlib.import_module('distributed')
    except ImportError:
        msg = (
            "--dask needs dask[distributed]: run `pip install '.[dask]'` in the folder of "
            'featuremap_ros, here and on every worker, or render with --jobs.'
        )
        raise UnsupportedError(msg) from None


def connected(address: str) -> Any:
    """Return a client of a scheduler, a context manager.

    Raises:
        UnsupportedError: Dask is not installed, or there is no scheduler at the address.
    """
    try:
        return distributed().Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UnsupportedError(f'No Dask scheduler answers at {address!r}: {error}') from None


def run_on_cluster(jobs: Sequence[RaceJob], address: str, listener: Listener) -> list[Outcome]:
    """Render races on a cluster; if a worker is lost, another one renders its races anew.

    Ctrl-C ends each race after the frame under way, with every file closed.

    Args:
        jobs: Races; paths must lead to the same files on every worker.
        address: Of the scheduler, e.g. ``'tcp://10.0.0.1:8786'``.
        listener: Told what happens.

    Returns:
        What became of each, in the order of the jobs.

    Raises:
        UnsupportedError: Dask is not installed, or there is no scheduler at the address.
    """
    dask = distributed()
    with connected(address) as client, client.as_current():
        name = f'featuremap-stop-{uuid.uuid4().hex}'
        stop = dask.Event(name, client=client)
        futures = {
            client.submit(_task, job, name, key=f'featuremap-{job.name}-{name}', pure=False): job
            for job in jobs
        }
        outcomes: dict[str, Outcome] = {}
        for job in jobs:
            listener.began(job)
        left = dask.as_completed(futures)

        def collect() -> None:
            for future in left:
                job = futures[future]
                outcomes[job.name] = _result(job, future)
                listener.ended(job, outcomes[job.name])

        try:
            collect()
        except KeyboardInterrupt:
            stop.set()
            collect()
        # What killed workers left; what lost workers still write, others have written.
        for job in jobs:
            season_folder(job.out).tidy(job.name)
    return [outcomes[job.name] for job in jobs]


def _result(job: RaceJob, future: Any) -> Outcome:
    """Return what a worker said, or what happened to it."""
    try:
        outcome = future.result()
    except Exception as error:  # whatever the cluster raises
        return failed(job, f'{type(error).__name__}: {error}')
    if isinstance(outcome, Outcome):
        return outcome
    return failed(job, f'The worker returned {outcome!r}.')


def _task(job: RaceJob, stop_name: str) -> Outcome:
    """Render one race on a worker."""
    dask = distributed()
    stop = dask.Event(stop_name, client=dask.get_client())
    if stop.is_set():
        return Outcome(name=job.name, source=job.source, state=NOT_BEGUN)
    before = cv2.getNumThreads()
    cv2.setNumThreads(dask.get_worker().state.nthreads)
    try:
        return work(job, _stopped_by(stop))
    finally:
        cv2.setNumThreads(before)


def _stopped_by(stop: Any) -> Progress:
    """Return what ends the work when an event of the cluster is set."""
    looked = time.monotonic()

    def look(_: int, __: int | None) -> None:
        nonlocal looked
        now = time.monotonic()
        if now - looked > _LOOK_EVERY:
            looked = now
            if stop.is_set():
                raise KeyboardInterrupt

    return look
