# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Several races at a time, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
import signal
import time

import av
import pytest

from featuremap_ros.season.outcome import FAILED, NOT_BEGUN, RENDERED, STOPPED
from featuremap_ros.season.processes import ProcessPool


def frames_of(job):
    """Return how many frames the video of a race shows."""
    with av.open(str(Path(job.out) / job.name / 'conv_2.mp4')) as video:
        return sum(1 for _ in video.decode(video=0))


def test_all_are_rendered_and_one_that_fails_stops_nobody(job_for, races, tmp_path, heard):
    """Outcomes come in the order of the races, news as they happen."""
    (tmp_path / 'bad.mcap').write_bytes(b'no bag')
    jobs = [job_for(path) for path in (races[0], tmp_path / 'bad.mcap', races[1], races[2])]
    outcomes = ProcessPool(2, heard).run(jobs)
    assert [outcome.name for outcome in outcomes] == [job.name for job in jobs]
    assert [outcome.state for outcome in outcomes] == [RENDERED, FAILED, RENDERED, RENDERED]
    assert [outcome.frames for outcome in outcomes] == [10, 0, 20, 30]
    assert 'is no bag' in outcomes[1].reason
    assert [line for line in heard.lines if line[0] == 'began'] == [
        ('began', j.name) for j in jobs
    ]
    assert sorted(line[1] for line in heard.lines if line[0] == 'ended') == sorted(
        job.name for job in jobs
    )
    assert ('frames', races[0].name, 0, 10) in heard.lines
    assert multiprocessing.active_children() == []


def test_the_log_of_a_race_is_heard(job_for, tmp_path, races, heard):
    """A recording that was cut off says so in its own name."""
    path = tmp_path / 'cut.mcap'
    whole = next(races[2].glob('*.mcap')).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (outcome,) = ProcessPool(1, heard).run([job_for(path)])
    assert outcome.state == RENDERED
    assert 0 < outcome.frames < 30
    assert any(line[0] == 'said' and 'cut.mcap' in line[2] for line in heard.lines)


def test_a_process_that_is_killed_fails_alone(job_for, long_races, races, heard):
    """What it left is removed; the others go on."""
    first, second = job_for(long_races[0]), job_for(races[0])
    killed = []

    def frames(job, done, _):
        if job == first and done > 20 and not killed:
            (process,) = multiprocessing.active_children()
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)

    heard.frames = frames
    outcomes = ProcessPool(1, heard).run([first, second])
    assert [outcome.state for outcome in outcomes] == [FAILED, RENDERED]
    assert 'SIGKILL: is there too little memory?' in outcomes[0].reason
    assert sorted(path.name for path in Path(first.out).iterdir()) == [second.name]


def test_ctrl_c_closes_the_files_of_every_process(job_for, long_races, races, heard):
    """Those under way play up to there, those that wait are not begun."""
    jobs = [*map(job_for, long_races), job_for(races[0])]
    far = set()

    def frames(job, done, _):
        if done > 20 and job.name not in far:
            far.add(job.name)
            if len(far) == 2:
                os.kill(os.getpid(), signal.SIGINT)

    heard.frames = frames
    before = signal.getsignal(signal.SIGINT)
    outcomes = ProcessPool(2, heard).run(jobs)
    assert [outcome.state for outcome in outcomes] == [STOPPED, STOPPED, NOT_BEGUN]
    for job, outcome in zip(jobs[:2], outcomes, strict=False):
        assert 20 < outcome.frames < 900
        assert frames_of(job) == outcome.frames
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_waits_for_nobody(job_for, long_races, heard):
    """The processes are ended at once."""
    job = job_for(long_races[0])

    def frames(_, done, __):
        if done > 20:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    heard.frames = frames
    (outcome,) = ProcessPool(1, heard).run([job])
    assert outcome.state == STOPPED


def test_nobody_is_left_when_the_listener_fails(job_for, long_races, heard):
    """The processes notice that nobody listens, and close their files."""
    job = job_for(long_races[0])
    heard.frames = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        ProcessPool(1, heard).run([job])
    assert multiprocessing.active_children() == []
    assert frames_of(job) > 0
