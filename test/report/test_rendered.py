# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A finished render becomes a recording."""

from __future__ import annotations

from dataclasses import replace
import json
import shutil

import numpy as np
import pytest

from featuremap_ros.demo.race import write_race
from featuremap_ros.errors import SourceError
from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.renderer import Renderer
from featuremap_ros.report.driving import drive
from featuremap_ros.report.rendered import Rendered
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View


@pytest.fixture(scope='module')
def race(tmp_path_factory):
    """Return a bag of one second."""
    return write_race(tmp_path_factory.mktemp('race') / 'race', seconds=1)


@pytest.fixture(scope='module')
def finished(race, tiny_pilot, tiny_model, tmp_path_factory):
    """Return a render of the race, which nobody may change."""
    folder = tmp_path_factory.mktemp('finished')
    views = [View(layer=layer, scale='fixed') for layer in ('conv_1', 'conv_2')]
    with open_source(race) as source:
        Renderer(source, Pipeline(tiny_pilot, views), folder, model=tiny_model).run()
    return folder


@pytest.fixture
def tub(tmp_path, write_tub):
    """Return a tub of four frames, on one of which nobody noted what the driver did."""
    images = np.random.default_rng(1).integers(0, 255, (4, 48, 64, 3), np.uint8)
    angles = (0.5, -0.25, None, -1.0)
    records = [{} if angle is None else {'user/angle': angle} for angle in angles]
    return write_tub(tmp_path / 'data', images, records)


@pytest.fixture
def folder(finished, tmp_path):
    """Return a copy of the render."""
    return shutil.copytree(finished, tmp_path / 'render')


def test_it_says_what_driving_the_race_says(folder, race, tiny_pilot, tmp_path):
    """The same decisions at the same times, with the same driver."""
    track = read_driver_track(race)
    with open_source(race) as source:
        driven = drive(source, Pipeline(tiny_pilot, []), tmp_path, driver=track)
    copied = read_driver_track(folder / 'overlay.mcap')
    found = Rendered.find(folder).record(tmp_path, driver=copied)
    assert found.seconds == driven.seconds
    assert [d.stamp_ns for d in found.decisions] == [d.stamp_ns for d in driven.decisions]
    for name in ('steering', 'driver'):
        theirs, ours = ([getattr(d, name) for d in r.decisions] for r in (driven, found))
        assert ours == pytest.approx(theirs, abs=1e-9)
    assert (found.profile, found.limit, found.driver) == ('tiny', 0.4, '/drive')
    assert [clip.name for clip in found.clips] == ['conv_2', 'conv_1']
    assert found.clips[0].range[0] < found.clips[0].range[1]
    assert set(found.stages) == {'drive', 'paint conv_1', 'paint conv_2'}
    assert all(0 < median <= p95 for median, p95 in found.stages.values())


@pytest.mark.parametrize('limit', [0.4, None])
def test_the_table_knows_the_driver(tub, tiny_model, tiny_profile, tmp_path, limit):
    """Also where the race was not copied, and where nobody knows the limit of the wheels."""
    profile = replace(PilotProfile.load(tiny_profile), max_steering_angle=limit)
    pipeline = Pipeline(Pilot.load(tiny_model, profile=profile), [View(layer='conv_1')])
    with open_source(tub) as source:
        track = source.driver_track(None, limit)
        Renderer(source, pipeline, tmp_path, driver=track).run()
    found = Rendered.find(tmp_path).record(tmp_path, left=-1.0)
    assert found.driver == 'user/angle'
    assert [d.driver for d in found.decisions] == pytest.approx([-0.5, 0.25, None, 1.0])


@pytest.mark.parametrize('name', ['driver', 'stages_ms', 'source'])
def test_a_summary_of_another_version_is_refused(folder, name):
    """The entry is named, and what to do."""
    path = folder / 'summary.json'
    summary = json.loads(path.read_text())
    without = {key: value for key, value in summary.items() if key != name}
    for changed in (without, {**summary, name: 7}):
        path.write_text(json.dumps(changed))
        with pytest.raises(SourceError, match=f'does not say {name!r}.*render the race again'):
            Rendered.find(folder)


def test_it_knows_its_camera_and_its_model(folder, tiny_model):
    """The camera's topic is the one that is no overlay; the model must be the same file."""
    rendered = Rendered.find(folder)
    assert rendered.camera_topic() == '/camera/image_raw'
    assert rendered.model() == tiny_model
    changed = {**rendered.summary['model'], 'sha256': {'.': 'another'}}
    rendered.summary['model'] = changed
    assert rendered.model() is None
    rendered.summary['model'] = {**changed, 'path': str(folder / 'missing.keras')}
    assert rendered.model() is None


def test_grids_are_not_taken_for_the_camera(race, tiny_pilot, tmp_path):
    """They are pictures in the bag as well; alone they make no report."""
    for views in ([View(layer='conv_1')], []):
        with open_source(race) as source:
            Renderer(source, Pipeline(tiny_pilot, views, [GridView()]), tmp_path).run()
        if views:
            assert Rendered.find(tmp_path).camera_topic() == '/camera/image_raw'
    with pytest.raises(SourceError, match='--method activation,grid'):
        Rendered.find(tmp_path)


def test_a_render_of_pictures_holds_no_camera(grey_race, tiny_pilot, tmp_path):
    """Only what a bag recorded is copied."""
    with open_source(grey_race, duration=0.2) as source:
        Renderer(source, Pipeline(tiny_pilot, [View(layer='conv_1')]), tmp_path).run()
    assert Rendered.find(tmp_path).camera_topic() is None
    (tmp_path / 'overlay.mcap').unlink()
    assert Rendered.find(tmp_path).camera_topic() is None


def test_without_the_limit_of_the_wheels_the_side_must_be_known(folder, tmp_path):
    """The table then holds the model's own numbers, whose sign only the profile knows."""
    summary = json.loads((folder / 'summary.json').read_text())
    (folder / 'summary.json').write_text(json.dumps({**summary, 'max_steering_angle': None}))
    rendered = Rendered.find(folder)
    with pytest.raises(SourceError, match='which side'):
        rendered.record(tmp_path)
    right = rendered.record(tmp_path, left=-1.0)
    left = rendered.record(tmp_path, left=1.0)
    steered = [[d.steering for d in recording.decisions] for recording in (right, left)]
    assert np.abs(steered[0]).max() > 0
    assert steered[0] == pytest.approx(-np.array(steered[1]))


def test_a_render_that_was_stopped_is_read_to_its_end(folder, tmp_path):
    """Rows without a picture, or the other way round, are left out; the page says so."""
    table = folder / 'steering.csv'
    table.write_text('\n'.join(table.read_text().splitlines()[:11]) + '\n')
    with pytest.raises(SourceError, match='10 rows, the videos have 20 pictures'):
        Rendered.find(folder).record(tmp_path)
    summary = json.loads((folder / 'summary.json').read_text())
    (folder / 'summary.json').write_text(json.dumps({**summary, 'finished': False}))
    found = Rendered.find(folder).record(tmp_path)
    assert len(found.decisions) == len(found.seconds) == 10
    assert 'stopped before its end' in found.warnings[-1]


def test_folders_that_are_no_render(folder, tmp_path):
    """Others are not taken for one; damaged ones are refused with what is wrong."""
    assert Rendered.find(tmp_path) is None
    table = folder / 'steering.csv'
    good = table.read_text()
    for content in (good.replace('steering_angle', 'angle'), good + 'x,y,z\n', 'stamp_ns\n'):
        table.write_text(content)
        with pytest.raises(SourceError, match=r'steering\.csv'):
            Rendered.find(folder).record(tmp_path)
    (folder / 'conv_2.mp4').unlink()
    with pytest.raises(SourceError, match=r'lacks conv_2\.mp4'):
        Rendered.find(folder)
    (folder / 'summary.json').write_text('{}')
    with pytest.raises(SourceError, match=r'summary\.json cannot be read'):
        Rendered.find(folder)
