# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Light that drifts, a shadow that moves, noise as strong as asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.light import Light, Sensor
from featuremap_ros.demo.track import Pose

EVEN = Light(drift=0.0, vignetting=0.0, shadow=0.0, noise=0.0)
POSE = Pose(0.3, -0.2, 0.5)
GREY = np.full((240, 320, 3), 120, np.uint8)
SECOND = 1_000_000_000


def expose(light: Light, stamp_ns: int = 0, pose: Pose = POSE):
    """Return the picture of a grey scene."""
    return Sensor(light=light, camera=Camera(), seed=1).expose(GREY, pose, stamp_ns)


def test_even_light_changes_nothing():
    """And the drawn picture is not written to."""
    np.testing.assert_array_equal(expose(EVEN), GREY)
    expose(replace(EVEN, exposure=2.0, noise=5.0))
    assert (GREY == 120).all()


def test_brightness_drifts_as_a_sine():
    """A quarter period after zero it is at its largest, three quarters after at its smallest."""
    light = replace(EVEN, drift=0.2, period=8.0)
    assert expose(light, 2 * SECOND).mean() == pytest.approx(144, abs=1)
    assert expose(light, 6 * SECOND).mean() == pytest.approx(96, abs=1)


def test_tint_scales_each_colour():
    """Red, green and blue, in this order."""
    picture = expose(replace(EVEN, tint=(1.1, 1.0, 0.5)))
    assert tuple(picture[5, 5]) == (132, 120, 60)


def test_noise_has_the_asked_for_strength():
    """Its mean is zero."""
    error = expose(replace(EVEN, noise=4.0)).astype(float) - 120
    assert error.std() == pytest.approx(4.0, rel=0.05)
    assert error.mean() == pytest.approx(0.0, abs=0.1)


def test_corners_are_darker():
    """And the middle is not."""
    picture = expose(replace(EVEN, vignetting=0.3))
    assert picture[120, 160, 0] == 120
    assert picture[0, 0, 0] == pytest.approx(120 * 0.7, abs=2)


def test_a_shadow_lies_on_the_floor():
    """At its middle the floor is darker by its depth, and the wall above never."""
    light = replace(EVEN, shadow=0.5, shadow_angle=0.0, shadow_width=30.0, shadow_gap=60.0)
    picture = expose(light)
    assert picture[200, 160, 0] == 60
    assert picture[:70].min() == 120


def test_a_shadow_moves_also_long_after_1970():
    """It repeats after gap / speed, and is elsewhere in between; float32 seconds would jump."""
    light = replace(EVEN, shadow=0.5, shadow_speed=0.125, shadow_gap=5.0)
    epoch = 1_750_000_000 * SECOND
    for seconds in (0, 7, 23):
        early, late = expose(light, seconds * SECOND), expose(light, epoch + seconds * SECOND)
        np.testing.assert_allclose(late.astype(int), early, atol=1)
    assert (expose(light, epoch) != expose(light, epoch + 20 * SECOND)).any()
