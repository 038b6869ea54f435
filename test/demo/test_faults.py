# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong goes wrong where it should, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import math

from in_picture import project
import numpy as np
from numpy.typing import NDArray
import pytest

from featuremap_ros.demo.autopilot import as_policy, load_autopilot
from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.faults import FaultError, Faults, NO_FAULTS
from featuremap_ros.demo.laps import drive_laps
from featuremap_ros.demo.light import Light
from featuremap_ros.demo.markings import Markings
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.track import Pose
from featuremap_ros.demo.world import World
from featuremap_ros.errors import UnknownNameError

STRETCH = {'start': 2.0, 'length': 1.0}


@pytest.fixture(scope='module')
def make_faulty() -> Callable[..., World]:
    """Return a maker of plain worlds with faults on the stretch."""
    light = Light(drift=0.0, vignetting=0.0, shadow=0.0, noise=0.0)
    markings = Markings(courses=0, court_lines=0, sheets=0, wear=0.0)

    def make(**faults: object) -> World:
        return World(
            4,
            floor='concrete',
            markings=markings,
            light=light,
            faults=Faults(**{**STRETCH, **faults}),
        )

    return make


def floor_colour(world: World, place: Pose) -> NDArray[np.uint8]:
    """Return the colour of the floor at a place, seen from a metre behind it."""
    behind = replace(
        place, x=place.x - math.cos(place.heading), y=place.y - math.sin(place.heading)
    )
    column, row = np.round(project(world.camera, np.array([[1.0, 0.0, 0.0]]))[0]).astype(int)
    return world.photograph(behind, 0)[row, column]


def is_yellow(colour: NDArray[np.uint8]) -> bool:
    """Tell the yellow of the lane line from grey and white."""
    return bool(colour[0] > 150 and int(colour[0]) - int(colour[2]) > 80)


def is_white(colour: NDArray[np.uint8]) -> bool:
    """Tell the white of the lane line from grey and yellow."""
    return bool(colour.min() > 180)


@pytest.mark.parametrize(
    ('missing', 'yellow', 'white'),
    [
        ('none', True, True),
        ('yellow', False, True),
        ('white', True, False),
        ('both', False, False),
    ],
)
def test_a_missing_line_is_missing_on_its_stretch_only(make_faulty, missing, yellow, white):
    """Before and behind the stretch both lines are there."""
    world = make_faulty(missing_line=missing)
    half = world.track.lane_width / 2
    for arc in (1.8, 3.2):
        assert is_yellow(floor_colour(world, world.track.pose_at(arc, lateral=half)))
        assert is_white(floor_colour(world, world.track.pose_at(arc, lateral=-half)))
    assert is_yellow(floor_colour(world, world.track.pose_at(2.5, lateral=half))) == yellow
    assert is_white(floor_colour(world, world.track.pose_at(2.5, lateral=-half))) == white


def test_a_missing_line_can_be_missing_all_the_way(make_faulty):
    """A stretch longer than the track is the whole track."""
    world = make_faulty(missing_line='yellow', start=5.0, length=1000.0)
    for arc in (1.0, 7.0):
        assert not is_yellow(
            floor_colour(world, world.track.pose_at(arc, lateral=world.track.lane_width / 2))
        )


def test_a_false_line_crosses_the_lane(make_faulty):
    """From the yellow line over the middle of the stretch to beyond the white one."""
    world = make_faulty(false_line=True)
    line = world.faults.tape(world.track)
    points = line.points(world.track)
    positions = [world.track.locate(Pose(x, y, 0.0)) for x, y in points]
    half = world.track.lane_width / 2
    assert positions[0].lateral == pytest.approx(half, abs=1e-3)
    assert positions[0].arc == pytest.approx(2.0, abs=0.01)
    assert positions[-1].lateral < -half - 0.5
    middle = positions[len(positions) // 2]
    assert is_yellow(floor_colour(world, world.track.pose_at(middle.arc, lateral=middle.lateral)))
    assert not is_yellow(
        floor_colour(make_faulty(), world.track.pose_at(middle.arc, lateral=middle.lateral))
    )


def test_without_faults_nothing_changes():
    """The same seed gives the same pictures, and painted faults change nothing elsewhere."""
    plain, crossed = World(3), World(3, faults=Faults(false_line=True, start=5.0))
    far, near = plain.track.pose_at(12.0), plain.track.pose_at(4.6)
    assert plain.faults == NO_FAULTS
    np.testing.assert_array_equal(plain.photograph(far, 7), crossed.photograph(far, 7))
    assert (plain.photograph(near, 7) != crossed.photograph(near, 7)).any()


def test_a_shadow_darkens_its_stretch(make_faulty):
    """Across the lane, with an edge, and nothing else."""
    world, dark = make_faulty(), make_faulty(shadow=1.0)
    middle = world.track.pose_at(2.5)
    ahead = np.array([math.cos(middle.heading), math.sin(middle.heading)])
    aside = np.array([-ahead[1], ahead[0]])
    for along, inside in ((-0.6, False), (-0.4, True), (0.0, True), (0.4, True), (0.6, False)):
        for lateral in (-0.2, 0.1):
            x, y = np.array([middle.x, middle.y]) + along * ahead + lateral * aside
            before = floor_colour(world, Pose(x, y, middle.heading)).astype(int)
            after = floor_colour(dark, Pose(x, y, middle.heading)).astype(int)
            if inside:
                assert (after < 0.3 * before).all()
            else:
                np.testing.assert_allclose(after, before, atol=1)


def test_glare_blinds_where_the_sun_is_ahead(make_faulty):
    """Stronger with its strength; nearly nothing with the sun behind."""
    world = make_faulty()
    towards = world.track.pose_at(world.faults.middle)
    away = replace(towards, heading=towards.heading + math.pi)
    blinded = []
    for strength in (0.0, 0.4, 1.0):
        world.change_faults(Faults(glare=strength))
        blinded.append((world.photograph(towards, 0).min(axis=2) > 250).mean())
        if strength == 0.0:
            plain = world.photograph(away, 0).astype(int)
    assert blinded[0] < blinded[1] < blinded[2]
    assert blinded[2] > 0.05
    assert (world.photograph(away, 0) - plain).max() < 3


def test_glare_lies_in_the_direction_of_the_sun(make_faulty):
    """The car turns left, and the sun moves to the right in the picture."""
    world = make_faulty(glare=1.0)
    sun = world.track.pose_at(world.faults.middle)
    camera: Camera = world.camera
    for turn in (-0.3, 0.0, 0.3):
        plain = make_faulty().photograph(replace(sun, heading=sun.heading + turn), 0)
        bright = world.photograph(replace(sun, heading=sun.heading + turn), 0)
        added = (bright.astype(int) - plain)[140:].sum(axis=(0, 2))
        column = int(np.argmax(added))
        expected = (camera.width - 1) / 2 + camera.focal * math.tan(turn) / math.cos(camera.pitch)
        assert column == pytest.approx(expected, abs=15)


def test_inputs_are_not_written_to(make_faulty):
    """Light is put on copies."""
    world = make_faulty()
    sunlight = world._sunlight
    picture = np.full((240, 320, 3), 90, np.uint8)
    kept = picture.copy()
    pose = world.track.pose_at(2.0)
    assert (sunlight.shade(picture, pose, 1.0) != kept).any()
    assert (sunlight.dazzle(picture, pose, 1.0) != kept).any()
    np.testing.assert_array_equal(picture, kept)


def test_light_and_lost_frames_can_change(make_faulty):
    """What is painted cannot."""
    world = make_faulty(missing_line='yellow')
    world.change_faults(Faults(glare=0.2, shadow=0.3, dropped_frames=0.4, false_line=True))
    assert world.faults == Faults(
        glare=0.2, shadow=0.3, dropped_frames=0.4, missing_line='yellow', **STRETCH
    )


@pytest.mark.parametrize('share', [0.0, 0.3, 1.0])
def test_frames_are_dropped_by_their_share(share):
    """The same ones every time."""
    faults = Faults(dropped_frames=share)
    dropped = [faults.drops(3, stamp) for stamp in range(2000)]
    assert np.mean(dropped) == pytest.approx(share, abs=0.05)
    assert dropped == [faults.drops(3, stamp) for stamp in range(2000)]
    if share == 0.3:
        assert dropped != [faults.drops(4, stamp) for stamp in range(2000)]


@pytest.mark.parametrize(
    ('wrong', 'error', 'text'),
    [
        ({'glare': 1.5}, FaultError, 'glare must be from 0 to 1: got 1.5'),
        ({'shadow': math.nan}, FaultError, 'shadow'),
        ({'dropped_frames': -0.1}, FaultError, 'dropped_frames'),
        ({'length': 0.0}, FaultError, 'length of at least 0.1 m'),
        ({'start': math.inf}, FaultError, 'start'),
        ({'missing_line': 'blue'}, UnknownNameError, 'yellow'),
    ],
)
def test_what_cannot_be_is_refused(wrong, error, text):
    """With the value and the choices."""
    with pytest.raises(error, match=text):
        Faults(**wrong)


@pytest.mark.parametrize(('missing', 'leaves'), [('yellow', True), ('white', False)])
def test_the_pilot_drives_by_the_yellow_line(missing, leaves):
    """Without it the car is lost, and the white one is not missed."""
    world = World(31, faults=Faults(missing_line=missing))
    simulator = Simulator(world, arc=world.faults.start - 1.5)
    report = drive_laps(simulator, as_policy(load_autopilot()), laps=0.35)
    assert report.left_lane == leaves
    assert leaves or report.laps >= 0.35
