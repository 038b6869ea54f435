# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo race and its pilot, whose right profile is known."""

from __future__ import annotations

import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source


@pytest.fixture(scope='session')
def demo_engine():
    """Return the demo's pilot: 160 x 80, RGB, /255, top 80 rows cut off, + is right."""
    with pilot_path() as path:
        return load_engine(path)


@pytest.fixture(scope='session')
def race(tmp_path_factory):
    """Return ten seconds of the demo race, with the driver's angles (rad)."""
    return write_race(tmp_path_factory.mktemp('race') / 'bag', seconds=10.0)


@pytest.fixture(scope='session')
def frames(race):
    """Return the frames of the race, and what the driver did in shares of full steering."""
    with open_source(race) as source:
        track = driver_of(source, None)
        return [(frame.image, track.share_of(frame, 0.42)) for frame in source]
