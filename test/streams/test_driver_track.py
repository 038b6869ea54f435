# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's steering at the time of a frame."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.vision.frame import Frame

ANGLES = DriverTrack('/drive', (1000, 2000, 4000), (0.1, 0.2, -0.4), within_ns=300)


@pytest.mark.parametrize(
    ('stamp_ns', 'angle'),
    [(1000, 0.1), (1300, 0.1), (1301, None), (1700, 0.2), (3699, None), (4300, -0.4), (0, None)],
)
def test_the_nearest_angle_counts_if_it_is_near(stamp_ns, angle):
    """Before or after, up to the distance that is allowed."""
    assert ANGLES.at(stamp_ns) == angle


def test_angles_become_shares_with_the_limit_of_the_wheels():
    """Without it they cannot."""
    assert ANGLES.share(2000, 0.4) == pytest.approx(0.5)
    assert ANGLES.share(2000, None) is None
    assert (ANGLES.comparable(0.4), ANGLES.comparable(None)) == (True, False)


def test_shares_become_angles_with_the_limit_of_the_wheels():
    """Shares are what they are in any case."""
    shares = DriverTrack('user/angle', (1000,), (0.5,), in_shares=True)
    assert (shares.at(1000), shares.share(1000, None)) == (None, 0.5)
    limited = DriverTrack('user/angle', (1000,), (0.5,), in_shares=True, limit=0.4)
    assert limited.at(1000) == pytest.approx(0.2)
    assert shares.comparable(None)


def test_a_frame_is_joined_by_its_log_time():
    """By its stamp only where there is none."""
    image = np.zeros((2, 2, 3), np.uint8)
    assert ANGLES.share_of(Frame(image, 4000, log_ns=1000), 1.0) == 0.1
    assert ANGLES.share_of(Frame(image, 4000), 1.0) == -0.4


def test_without_recorded_steering_there_is_none():
    """Nothing is near."""
    assert DriverTrack('/drive', (), ()).at(0) is None
