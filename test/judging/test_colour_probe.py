# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The probe of colours, on races whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.judging.colour_probe import probe_colours, say
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.driver_in_bag import read_driver_track
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.source import open_source
from featuremap_ros.trust.colour_order import ColourOrder, Verdict
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def race(tmp_path_factory):
    """Return three seconds of the demo race, a bag with the driver's steering."""
    return write_race(tmp_path_factory.mktemp('race') / 'race', seconds=3.0)


@pytest.fixture(scope='module')
def pilot():
    """Return the demo pilot, which follows a yellow line."""
    with pilot_path() as model:
        return Pilot.load(model, profile='demo')


def swapped(frame):
    """Return a frame as a driver of the camera that mixes colours up would send it."""
    return replace(frame, image=frame.image[..., ::-1])


@pytest.mark.parametrize(
    ('change', 'verdict'), [(lambda frame: frame, Verdict.RIGHT), (swapped, Verdict.SWAPPED)]
)
def test_a_pilot_that_needs_yellow_tells_the_order(pilot, race, change, verdict):
    """Beside the driver's steering; it gives no confidence."""
    driver = read_driver_track(race)
    with open_source(race) as source:
        order = probe_colours(pilot, map(change, source), driver=driver)
    assert [evidence.kind for evidence in order.evidence] == ['error']
    assert order.verdict is verdict
    assert ('SWAPPED' in say(order)) == (verdict is Verdict.SWAPPED)


def test_the_distance_from_the_driver_is_a_share_of_full_steering(pilot, race):
    """The same scale as in a proposed profile and in the chart of the driver."""
    track = read_driver_track(race)
    with open_source(race) as source:
        (evidence,) = probe_colours(pilot, source, driver=track, count=10).evidence
        course = [
            (pilot.forward(frame).steering.angle, track.share_of(frame, 0.42))
            for frame in islice(source, 10)
        ]
    degrees = np.abs([angle - 0.42 * share for angle, share in course]).mean()
    assert evidence.as_is == pytest.approx(degrees / 0.42, rel=1e-3)
    assert 'of full steering as they are' in say(ColourOrder((evidence,)))


def test_without_a_driver_a_regression_is_undecided(pilot, race):
    """It gives no confidence, and the sentence says what is missing."""
    with open_source(race) as source:
        order = probe_colours(pilot, source)
    assert order.verdict is Verdict.UNDECIDED
    assert order.evidence == ()
    assert 'no driver to compare with (give it)' in say(order, '(give it)')


def test_only_the_first_frames_are_driven(pilot, race):
    """And a driver who stops recording is compared as long as he did."""
    track = read_driver_track(race)
    short = DriverTrack(track.topic, track.stamps_ns[:10], track.angles[:10])
    with open_source(race) as source:
        (evidence,) = probe_colours(pilot, source, driver=track, count=25).evidence
        order = probe_colours(pilot, source, driver=short, count=25)
    (less,) = order.evidence
    assert evidence.frames == 25
    assert 10 <= less.frames < 20
    assert less.verdict is Verdict.UNDECIDED
    assert f'{less.frames} of the 20 frames that are needed' in say(order)


def test_bad_frames_are_passed_over(pilot, race):
    """A picture of another size drives nothing."""
    bad = Frame(np.zeros((10, 10, 3), np.uint8), 0)
    with open_source(race) as source:
        order = probe_colours(pilot, [bad, *source], driver=read_driver_track(race))
    assert order.verdict is Verdict.RIGHT


def test_the_axionaut_race_is_undecided(shared_data):
    """Its classifier is as sure of itself with both orders."""
    pilot = Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5')
    with open_source(shared_data / 'axionaut' / 'frames') as source:
        order = probe_colours(pilot, source)
    (evidence,) = order.evidence
    assert (evidence.as_is, evidence.swapped) == pytest.approx((0.529, 0.533), abs=5e-3)
    assert order.verdict is Verdict.UNDECIDED
    assert say(order).startswith('colours: undecided (confidence 0.5')
