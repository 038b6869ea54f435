# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is taken of ways to feed a network that are nearly alike, and what is known of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.proposing import search as searching
from featuremap_ros.proposing.candidates import COLOURS, crops, name_of, SCALES
from featuremap_ros.proposing.course import Course
from featuremap_ros.proposing.propose import propose
from featuremap_ros.proposing.search import (
    Choices,
    close,
    COLOUR,
    CROP,
    SCALE,
    search,
    simplest,
    slack,
    without_slivers,
)
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source
from featuremap_ros.vision.preprocess import Crop, InputSpec

SPEC = InputSpec(size=(160, 80), camera=(160, 120))
SLIVERS = Crop(top=5, bottom=2, left=8, right=10)


def chosen(best, errors):
    """Return the crop that is chosen, given distances from the driver by crop."""
    keys = {crop: (name_of(crop), 'rgb', '/255') for crop in errors}
    specs = {key: replace(SPEC, crop=crop) for crop, key in keys.items()}
    other = (keys[best][0], 'bgr', '/255')
    specs[other] = replace(specs[keys[best]], color='bgr')
    told = {keys[crop]: error for crop, error in errors.items()} | {other: 0.0}
    return specs[simplest(keys[best], told, specs)].crop


def test_slivers_are_nothing():
    """Four sides of ten pixels at most, where crops are known to ten: there is no crop."""
    assert slack(SLIVERS, SPEC) == 10
    assert without_slivers(SLIVERS, SPEC) == Crop()
    assert without_slivers(Crop(top=40, left=3), SPEC) == Crop(top=40)
    errors = {SLIVERS: 0.127, Crop(): 0.141, Crop(top=30): 0.21, Crop(top=40, bottom=18): 0.3}
    assert chosen(SLIVERS, errors) == Crop()


def test_a_crop_that_makes_the_difference_stays():
    """Without it the network drives as unlike as with another crop."""
    errors = {SLIVERS: 0.05, Crop(): 0.19, Crop(top=30): 0.2}
    assert chosen(SLIVERS, errors) == SLIVERS


def test_the_best_stays_where_a_crop_far_from_it_drives_as_well():
    """Nothing is better known then."""
    assert chosen(Crop(), {Crop(): 0.1, Crop(top=30): 0.09, SLIVERS: 0.1}) == Crop()


@pytest.mark.parametrize(
    ('other', 'expected'),
    [
        (Crop(), True),
        (Crop(top=15), True),
        (Crop(top=16), False),
        (Crop(top=5, mode='mask'), False),
    ],
)
def test_crops_are_close_on_every_side(other, expected):
    """A mask is another crop, unless nothing is cut."""
    assert close(other, SLIVERS, SPEC) is expected


NETWORK = Network(
    'made up', (TensorSpec('image', (12, 16, 3)),), (TensorSpec('steering', (1,)),), ()
)


class RedOrGreen:
    """A network that knows red from green, at every scale and in every part of a picture."""

    network = NETWORK

    def run(self, inputs, taps=()):  # noqa: ARG002
        """Steer to one side where the first channel is the stronger, else to the other."""
        more = (inputs['image'][..., 0] - inputs['image'][..., 1]).mean()
        return {'steering': np.array([np.sign(more)], np.float32)}, {}


@pytest.mark.parametrize('moves', [1, 3])
def test_the_neighbours_of_the_best_are_known_however_often_it_moves(
    write_tub, tmp_path, monkeypatch, moves
):
    """Else a proposal would say that nothing is known of an entry that is as plain as red."""
    monkeypatch.setattr(searching, '_MOVES', moves)
    red, green = (
        np.full((24, 32, 3), color, np.uint8) for color in ((200, 9, 250), (9, 200, 250))
    )
    pictures = [(red, green)[n % 3 == 0] for n in range(45)]
    angles = [(1.0, -1.0)[n % 3 == 0] for n in range(45)]
    tub = write_tub(tmp_path / 'tub', pictures, [{'user/angle': angle} for angle in angles])
    start = InputSpec(size=(16, 12), camera=(32, 24))
    choices = Choices(crops((32, 24), (16, 12)), COLOURS, SCALES)
    with open_source(tub) as source:
        course = Course(RedOrGreen(), source, driver_of(source, None), None, lambda _: None)
        found = search(course, start=start, choices=choices, count=40)
    assert found.best[COLOUR] == 'rgb'
    assert {entry: set(found.errors[entry]) for entry in (COLOUR, SCALE)} == {
        COLOUR: set(COLOURS),
        SCALE: set(SCALES),
    }
    assert set(found.errors[CROP]) == set(found.crops)


class MoreRed:
    """A network that steers by how much more red than green there is, of a picture from 0 to 1."""

    network = NETWORK

    def __init__(self, full):
        """Steer so much at full steering."""
        self._full = full

    def run(self, inputs, taps=()):  # noqa: ARG002
        """Return the steering."""
        more = (inputs['image'][..., 0] - inputs['image'][..., 1]).mean()
        return {'steering': np.array([self._full * more], np.float32)}, {}


@pytest.mark.parametrize(
    ('full', 'unit', 'divisor'),
    [
        (1.0, None, None),
        (0.6, None, None),
        (0.35, 'radians', '0.35'),
        (20.0535, 'degrees', '20.05'),
    ],
)
def test_a_network_that_steers_in_radians_is_known_for_it(
    write_tub, tmp_path, full, unit, divisor
):
    """Everything else is then right, too, and not bent until radians look like shares."""
    rng = np.random.default_rng(3)
    angles = rng.uniform(-0.9, 0.9, 60)
    pictures = [
        np.full((24, 32, 3), (127 + 127 * angle, 127 - 127 * angle, 250), np.uint8)
        for angle in angles
    ]
    records = [{'user/angle': float(angle + rng.normal(0, 0.02))} for angle in angles]
    tub = write_tub(tmp_path / 'tub', pictures, records)
    with open_source(tub) as source:
        track = driver_of(source, None)
        proposal = propose(MoreRed(full), source, track=track, limit=0.35, count=60)
    steering = proposal.decision('heads.steering')
    assert steering.decided == (unit is None)
    if unit is None:
        assert proposal.notes == []
    else:
        assert f'if its numbers are {unit}' in steering.reason
        assert f'in {unit}, and a profile' in proposal.notes[0]
        assert f'last layer divide by {divisor},' in proposal.notes[0]
    if full != 0.6:
        assert proposal.input.normalisation == '/255'
        assert proposal.heads['steering'].positive == 'right'


def test_few_frames_are_too_few_and_nothing_is_said_against_the_model(write_tub, tmp_path):
    """On five frames it drives like the driver, which may be chance."""
    angles = [-0.8, 0.7, -0.3, 0.5, 0.1]
    pictures = [
        np.full((24, 32, 3), (127 + 127 * angle, 127 - 127 * angle, 250), np.uint8)
        for angle in angles
    ]
    tub = write_tub(tmp_path / 'tub', pictures, [{'user/angle': angle} for angle in angles])
    with open_source(tub) as source:
        proposal = propose(MoreRed(1.0), source, track=driver_of(source, None), limit=0.35)
    assert 'The 5 frames that were looked at are too few to be sure' in proposal.notes[0]
    assert not any('right model' in note for note in proposal.notes)
    assert not proposal.decision('heads.steering.positive').decided
