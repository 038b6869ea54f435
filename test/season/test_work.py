# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One race of a season."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
import pickle

import pytest

from featuremap_ros.grid_view import GridView
from featuremap_ros.rendering.renderer import Renderer
from featuremap_ros.season.outcome import BEFORE, FAILED, RENDERED, STOPPED
from featuremap_ros.season.season_folder import season_folder
from featuremap_ros.season.work import work
from featuremap_ros.view import View
from featuremap_ros.vision.grid import GridStyle


def summary_of(job):
    """Return the summary of a job's race."""
    return json.loads((Path(job.out) / job.name / 'summary.json').read_text())


def test_a_race_is_rendered_once(job_for, races):
    """The second time it is recognised, also by a job that has travelled."""
    job = job_for(races[0])
    told = []
    first = work(job, lambda *frames: told.append(frames))
    assert (first.state, first.frames, first.reason) == (RENDERED, 10, '')
    assert told[0] == (0, 10)
    assert told[-1] == (10, 10)
    assert 'degrees' in first.driver
    second = work(pickle.loads(pickle.dumps(job)))
    assert second == replace(first, state=BEFORE)
    assert work(replace(job, restart=True)).state == RENDERED


def test_grids_travel_with_the_job(job_for, races, options):
    """A worker draws them in the looks that were asked for."""
    grid = GridView(layer='conv_2', style=GridStyle(order='energy'), fixed=True)
    job = job_for(races[0], options=replace(options, grids=(grid,)))
    assert work(pickle.loads(pickle.dumps(job))).state == RENDERED
    assert summary_of(job)['grids']['grid.conv_2']['order'] == 'energy'
    assert (Path(job.out) / job.name / 'grid.conv_2.mp4').is_file()


@pytest.mark.parametrize(
    'change',
    [
        {'views': (View(layer='conv_1', scale='fixed'),)},
        {'grids': (GridView(layer='conv_2', fixed=True),)},
        {'every': 2},
        {'prefix': '/other'},
    ],
)
def test_a_race_is_rendered_anew_if_anything_else_is_asked(job_for, races, change):
    """Views, selection, anything that the files depend on."""
    job = job_for(races[0])
    assert work(job).state == RENDERED
    other = replace(job, options=replace(job.options, **change))
    assert work(other).state == RENDERED
    assert work(other).state == BEFORE
    assert work(job).state == RENDERED


def test_a_race_that_was_recorded_again_is_rendered_anew(job_for, races, tmp_path):
    """So is one whose summary was written by another version, or is not finished."""
    race = tmp_path / 'race.mcap'
    race.write_bytes(next(races[0].glob('*.mcap')).read_bytes())
    job = job_for(race)
    assert [work(job).state for _ in range(2)] == [RENDERED, BEFORE]
    race.write_bytes(next(races[1].glob('*.mcap')).read_bytes())
    assert work(job).frames == 20
    path = Path(job.out) / job.name / 'summary.json'
    for change in ({'finished': False}, {'featuremap_ros': '0.0'}, {'season': None}):
        assert work(job).state == BEFORE
        path.write_text(json.dumps({**summary_of(job), **change}))
        assert work(job).state == RENDERED


def test_what_goes_wrong_is_the_outcome(job_for, races, tmp_path, options, monkeypatch):
    """A source, a model, a version, or this program itself; nothing is left of it."""
    (tmp_path / 'bad.mcap').write_bytes(b'no bag')
    job = job_for(races[0])
    other = replace(options, sha256={'.': '0'})
    gone = replace(options, model=str(tmp_path / 'gone.keras'))
    found = [
        work(job_for(tmp_path / 'bad.mcap')),
        work(job_for(tmp_path / 'none.mcap')),
        work(replace(job, options=other)),
        work(replace(job, options=gone)),
        work(replace(job, version='0.0')),
    ]
    monkeypatch.setattr(Renderer, 'run', lambda *_: 1 / 0)
    found.append(work(job))
    assert {outcome.state for outcome in found} == {FAILED}
    for outcome, reason in zip(
        found,
        (
            'is no bag',
            'does not exist',
            'is another model here',
            'cannot be read here: No such file',
            'install the same version',
            'ZeroDivisionError',
        ),
        strict=True,
    ):
        assert reason in outcome.reason
    assert list(Path(job.out).iterdir()) == []


def test_a_race_that_is_stopped_can_be_looked_at(job_for, races):
    """Its summary says that it is not finished, and the next run renders it anew."""
    job = job_for(races[1])

    def stop(done, _):
        if done == 7:
            raise KeyboardInterrupt

    outcome = work(job, stop)
    assert (outcome.state, outcome.frames) == (STOPPED, 7)
    assert not summary_of(job)['finished']
    assert (Path(job.out) / job.name / 'conv_2.mp4').stat().st_size > 1000
    assert work(job).state == RENDERED
    assert work(job_for(races[0]), lambda *_: 1 / 0).state == FAILED


def test_sources_results_and_models_may_be_urls(job_for, races, options, tmp_path):
    """The files are the same as those of plain paths."""
    pytest.importorskip('fsspec')
    plain = job_for(races[0])
    urls = replace(
        plain,
        source=f'file://{plain.source}',
        out=f'file://{tmp_path}/urls',
        options=replace(options, model=f'file://{options.model}'),
    )
    season_folder(urls.out).prepare(overwrite=False)
    assert [work(plain).state, work(urls).state, work(urls).state] == [RENDERED, RENDERED, BEFORE]
    for file in (Path(plain.out) / plain.name).iterdir():
        if file.name != 'summary.json':
            assert (tmp_path / 'urls' / plain.name / file.name).read_bytes() == file.read_bytes()
