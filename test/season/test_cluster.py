# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Races on a real Dask cluster of this machine: a scheduler and two workers."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import sys
import threading
import time

import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.rendering.renderer import SUMMARY, TIMINGS
from featuremap_ros.season.cluster import run_on_cluster
from featuremap_ros.season.outcome import BEFORE, FAILED, NOT_BEGUN, RENDERED, STOPPED
from featuremap_ros.season.processes import ProcessPool
from featuremap_ros.season.season_folder import season_folder

distributed = pytest.importorskip('distributed')


@pytest.fixture(scope='module')
def cluster():
    """Return a scheduler with two workers, which a nanny begins anew when they are killed."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        cluster.wait_for_workers(2)
        yield cluster


def files_of(jobs):
    """Return the content of every file of the races, but what a summary says of the time."""
    found = {
        (job.name, path.name): path.read_bytes()
        for job in jobs
        for path in (Path(job.out) / job.name).iterdir()
    }
    for job in jobs:
        summary = json.loads(found[job.name, SUMMARY])
        found[job.name, SUMMARY] = {k: v for k, v in summary.items() if k not in TIMINGS}
    return found


class Doing:
    """Does something in another thread when a race is in the middle of its work."""

    def __init__(self, jobs, action):
        self.done = []
        self._jobs = jobs
        self._action = action
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_):
        """Wait for the end."""
        self._thread.join()

    def _watch(self):
        """Look for a video with some frames in it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self.done:
            for job in self._jobs:
                for video in Path(job.out).glob(f'.{job.name}.part-*/*.mp4'):
                    if video.stat().st_size > 20_000:
                        self.done.append(self._action(job))
                        return
            time.sleep(0.02)


def test_a_killed_worker_loses_nothing(cluster, job_for, races, long_races, tmp_path, heard):
    """Every race is there once, with the same bytes as from processes of this machine."""
    jobs = [job_for(path) for path in (*long_races, *races)]

    def kill(job):
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            (worker,) = (
                address
                for address, keys in client.processing().items()
                if any(f'-{job.name}-' in str(key) for key in keys)
            )
            process = client.run(os.getpid, workers=[worker])[worker]
        os.kill(process, signal.SIGKILL)
        return process

    with Doing(jobs, kill) as killed:
        outcomes = run_on_cluster(jobs, cluster.scheduler_address, heard)
    assert len(killed.done) == 1
    assert [outcome.name for outcome in outcomes] == [job.name for job in jobs]
    assert {outcome.state for outcome in outcomes} == {RENDERED}
    assert sorted(line[1] for line in heard.lines if line[0] == 'ended') == sorted(
        job.name for job in jobs
    )
    assert sorted(p.name for p in Path(jobs[0].out).iterdir()) == sorted(j.name for j in jobs)
    (tmp_path / 'here').mkdir()
    here = [job_for(job.source, out=str(tmp_path / 'here')) for job in jobs]
    assert {outcome.state for outcome in ProcessPool(2, heard).run(here)} == {RENDERED}
    assert files_of(jobs) == files_of(here)
    again = run_on_cluster(jobs, cluster.scheduler_address, heard)
    assert {outcome.state for outcome in again} == {BEFORE}


def test_a_race_that_fails_stops_nobody(cluster, job_for, races, tmp_path, heard):
    """Its reason comes back from the worker."""
    (tmp_path / 'bad.mcap').write_bytes(b'no bag')
    jobs = [job_for(tmp_path / 'bad.mcap'), job_for(races[0])]
    outcomes = run_on_cluster(jobs, cluster.scheduler_address, heard)
    assert [outcome.state for outcome in outcomes] == [FAILED, RENDERED]
    assert 'is no bag' in outcomes[0].reason


def test_ctrl_c_closes_the_files_on_every_worker(cluster, job_for, long_races, races, heard):
    """Those under way are stopped, those that wait are not begun."""
    jobs = [*map(job_for, long_races), *map(job_for, races)]
    with Doing(jobs[1:2], lambda _: os.kill(os.getpid(), signal.SIGINT)) as pressed:
        outcomes = run_on_cluster(jobs, cluster.scheduler_address, heard)
    assert pressed.done
    assert STOPPED in {outcome.state for outcome in outcomes}
    assert {outcome.state for outcome in outcomes} <= {STOPPED, RENDERED, NOT_BEGUN}
    for job, outcome in zip(jobs, outcomes, strict=True):
        if outcome.state == STOPPED:
            summary = season_folder(job.out).read(f'{job.name}/summary.json')
            assert not summary['finished']
            assert 0 < outcome.frames == summary['frames'] < 900


def test_nobody_there_is_explained(job_for, races, heard, monkeypatch):
    """No scheduler, and no Dask."""
    monkeypatch.setattr('featuremap_ros.season.cluster._CONNECT_SECONDS', 0.5)
    with pytest.raises(
        UnsupportedError, match=r'No Dask scheduler answers at .tcp://127\.0\.0\.1:9'
    ):
        run_on_cluster([job_for(races[0])], 'tcp://127.0.0.1:9', heard)
    monkeypatch.setitem(sys.modules, 'distributed', None)
    with pytest.raises(UnsupportedError, match=r"pip install '\.\[dask\]'"):
        run_on_cluster([job_for(races[0])], 'tcp://127.0.0.1:9', heard)
