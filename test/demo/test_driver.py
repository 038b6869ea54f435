# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pure pursuit against the geometry of a circle, and a hand that shakes."""

from __future__ import annotations

from itertools import pairwise
import math

import pytest

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.driver import HumanDriver, PurePursuit
from featuremap_ros.demo.track import Track

CAR = Car()
PURSUIT = PurePursuit(Track.circle(2.0), CAR)


def test_on_a_circle_it_steers_along_the_circle():
    """By atan(wheelbase / radius): the goal lies on the same circle."""
    pose = PURSUIT.track.pose_at(3.0)
    assert PURSUIT.steer(pose) == pytest.approx(math.atan(CAR.wheelbase / 2.0), rel=1e-2)


@pytest.mark.parametrize(('lateral', 'heading_error'), [(0.2, 0.0), (0.0, 0.3), (0.1, 0.1)])
def test_off_the_line_it_steers_back(lateral, heading_error):
    """Left of the line, or askew to the left, to the right, and the other way round."""
    straight = PURSUIT.steer(PURSUIT.track.pose_at(3.0))
    for sign in (1, -1):
        pose = PURSUIT.track.pose_at(
            3.0, lateral=sign * lateral, heading_error=sign * heading_error
        )
        assert sign * (PURSUIT.steer(pose) - straight) < -0.05


def test_it_asks_for_no_more_than_the_car_can():
    """Facing the wrong way, full lock."""
    pose = PURSUIT.track.pose_at(3.0, heading_error=2.0)
    assert PURSUIT.steer(pose) == -CAR.max_steering


def test_a_hand_shakes_by_the_asked_for_amount_and_repeatably():
    """Round what is meant, the same for the same seed."""
    pose = PURSUIT.track.pose_at(3.0)
    meant = PURSUIT.steer(pose)

    def errors(seed: int) -> list[float]:
        driver = HumanDriver(pursuit=PURSUIT, seed=seed, shake=0.03, memory=0.4)
        return [driver.steer(CarState(k * 50_000_000, pose)) - meant for k in range(4000)]

    first = errors(1)
    assert first == errors(1)
    assert first != errors(2)
    assert abs(sum(first) / 4000) < 0.006
    assert math.sqrt(sum(e * e for e in first) / 4000) == pytest.approx(0.03, rel=0.12)
    # Neighbouring errors are alike: exp(-0.05 / 0.4) of the last one is kept.
    alike = sum(a * b for a, b in pairwise(first)) / sum(e * e for e in first)
    assert alike == pytest.approx(math.exp(-0.125), abs=0.03)
