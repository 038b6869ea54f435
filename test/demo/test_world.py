# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A world from a seed: the same again, with the lane lines where the track says."""

from __future__ import annotations

from in_picture import project
import numpy as np
import pytest

from featuremap_ros.demo.world import CAMERA_FRAME, World
from featuremap_ros.errors import UnknownNameError


def test_a_picture_is_rgb_of_the_cameras_size(world):
    """As a frame it carries stamp and coordinate frame."""
    frame = world.frame(world.track.pose_at(1.0), 50_000_000)
    assert frame.image.shape == (240, 320, 3)
    assert frame.image.dtype == np.uint8
    assert (frame.stamp_ns, frame.frame_id) == (50_000_000, CAMERA_FRAME)


def test_a_seed_decides_every_pixel(world):
    """And nothing else: not the pictures taken before."""
    pose = world.track.pose_at(2.0)
    world.photograph(world.track.pose_at(7.0), 1)
    np.testing.assert_array_equal(
        World(3).photograph(pose, 10_000_000), world.photograph(pose, 10_000_000)
    )


def test_noise_changes_with_the_stamp(world):
    """A parked car sees no two equal pictures."""
    pose = world.track.pose_at(2.0)
    first, second = (world.photograph(pose, stamp) for stamp in (0, 50_000_000))
    assert (first != second).mean() > 0.5


def colour_at(world: World, arc: float, lateral: float):
    """Return the colour of a place on the floor as seen from the start, as floats."""
    place = world.track.pose_at(arc, lateral=lateral)
    # The start is the origin and looks along x, so the world's axes are the car's.
    image = world.photograph(world.track.pose_at(0.0), 0)
    ((column, row),) = project(world.camera, np.array([[place.x, place.y, 0.0]]))
    return image[round(row), round(column)].astype(float)


def test_the_left_line_is_yellow_and_the_right_one_white(plain_world):
    """At the places where the projection puts them."""
    half = plain_world.track.lane_width / 2
    for arc in (0.85, 1.0):
        red, green, blue = colour_at(plain_world, arc, half)
        assert min(red, green) > blue + 60
        white = colour_at(plain_world, arc, -half)
        assert np.ptp(white) < 30
        assert white.min() > 1.3 * colour_at(plain_world, arc, 0.0).max()


def test_a_gap_in_a_line_shows_the_floor(make_plain_world, plain_world):
    """The white line is missing there, and the yellow one is not."""
    half = plain_world.track.lane_width / 2
    gappy = make_plain_world(right_gaps=((0.3, 1.2),))
    white = colour_at(plain_world, 0.8, -half)
    assert colour_at(gappy, 0.8, -half).max() < 0.8 * white.min()
    np.testing.assert_allclose(
        colour_at(gappy, 0.8, half), colour_at(plain_world, 0.8, half), atol=12
    )


def test_an_unknown_floor_is_refused():
    """With the floors that there are."""
    with pytest.raises(UnknownNameError, match=r"'lava'.*boards, carpet, concrete, tiles"):
        World(1, floor='lava')
