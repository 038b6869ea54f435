# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Baselines from the race itself: frames near percentiles of the steering."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import SourceError, UnknownNameError
from featuremap_ros.judging.race_pictures import percentile_of, race_pictures
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot, whose positive side is right."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.fixture
def frames(rng):
    """Return 21 frames of noise of rising brightness."""
    return [
        Frame((rng.random((48, 64, 3)) * 10 * i).astype(np.uint8), 1000 + i) for i in range(21)
    ]


def test_the_nearest_frames_are_chosen(pilot, frames):
    """By the steering, + = left, sorted by hand; with what the network was fed there."""
    found = race_pictures(pilot, frames, ['blur', 'p5', 'p95', 'p100'])
    steered = {
        frame.stamp_ns: -float(pilot.forward(frame).steering.heads['steering'][0])
        for frame in frames
    }
    ranked = sorted(steered, key=steered.get)
    assert list(found) == ['p5', 'p95', 'p100']
    assert [found[name].stamp_ns for name in found] == [ranked[1], ranked[19], ranked[20]]
    assert found['p95'].steering == pytest.approx(steered[ranked[19]], abs=1e-5)
    frame = next(frame for frame in frames if frame.stamp_ns == ranked[19])
    assert (found['p95'].pixels == pilot.preprocess(frame.image).pixels).all()


def test_no_frame_is_read_where_none_is_needed(pilot):
    """Blur and mean are made from the picture itself."""

    def frames():
        pytest.fail('read')
        yield

    assert race_pictures(pilot, frames(), ['blur', 'mean']) == {}


def test_bad_frames_are_passed_over(pilot, frames):
    """Unless all are bad."""
    bad = Frame(np.zeros((4, 4, 3), np.uint8), 0)
    assert race_pictures(pilot, [bad, *frames], ['p50'])['p50'].stamp_ns >= 1000
    with pytest.raises(SourceError, match='No frame'):
        race_pictures(pilot, [bad], ['p50'])


@pytest.mark.parametrize('name', ['p101', 'p', 'black', 'p5.5', 'P5'])
def test_an_unknown_baseline_is_refused(name):
    """The choices are listed."""
    with pytest.raises(UnknownNameError, match='grey, mean, blur, p0 to p100'):
        percentile_of(name)


def test_percentiles_are_told_from_other_baselines():
    """p0 and p100 are the ends of the race."""
    names = ['p0', 'p5', 'p100', 'blur']
    assert [percentile_of(name) for name in names] == [0, 5, 100, None]
