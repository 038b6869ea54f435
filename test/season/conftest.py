# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A small season: some races, a pilot, and what is to be done with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from featuremap_ros.demo.race import write_race
from featuremap_ros.pilot.cache import digests
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.season.race_job import RaceJob, RenderOptions
from featuremap_ros.streams.video_sink import VideoSink
from featuremap_ros.view import View


@pytest.fixture(scope='session')
def races(tmp_path_factory):
    """Return three bags of half a second to one and a half."""
    folder = tmp_path_factory.mktemp('races')
    return [write_race(folder / f'race_{n}', seconds=0.5 * n) for n in (1, 2, 3)]


@pytest.fixture(scope='session')
def long_races(tmp_path_factory):
    """Return two videos that take some seconds each."""
    folder = tmp_path_factory.mktemp('long')
    paths = [folder / f'long_{n}.mp4' for n in (1, 2)]
    for path in paths:
        with VideoSink(path, size=(320, 240)) as video:
            for i in range(900):
                video.write(np.full((240, 320, 3), i % 250, np.uint8), i * 33_333_333)
    return paths


@pytest.fixture(scope='session')
def options(tiny_model, tiny_profile):
    """Return how everything is rendered: the tiny pilot, one layer."""
    pilot = Pilot.load(tiny_model, profile=tiny_profile)
    return RenderOptions(
        model=str(tiny_model),
        sha256=digests(tiny_model),
        profile=pilot.profile,
        views=(View(layer='conv_2', scale='fixed'),),
    )


@pytest.fixture
def job_for(options, tmp_path):
    """Return what makes a job of a race, into a folder `out`."""
    out = tmp_path / 'out'
    out.mkdir()

    def make(source, **changes):
        named = {'name': Path(source).stem, 'source': str(source), 'out': str(out)}
        return RaceJob(**{**named, 'options': options, **changes})

    return make


@pytest.fixture(params=['plain', 'url'])
def prefix(request):
    """Return what makes a place of an absolute path: nothing, or what makes it a URL."""
    if request.param == 'plain':
        return ''
    pytest.importorskip('fsspec')
    return 'file://'


class Heard:
    """Keeps what a listener is told."""

    def __init__(self):
        self.lines = []

    def began(self, job):
        """Note it."""
        self.lines.append(('began', job.name))

    def frames(self, job, done, total):
        """Note it."""
        self.lines.append(('frames', job.name, done, total))

    def said(self, job, text):
        """Note it."""
        self.lines.append(('said', job.name, text))

    def ended(self, job, outcome):
        """Note it."""
        self.lines.append(('ended', job.name, outcome.state))


@pytest.fixture
def heard():
    """Return a listener that keeps what it is told."""
    return Heard()
