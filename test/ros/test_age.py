# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How old an image is, and whether it may steer."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest

from featuremap_ros.ros.age import Age, replay_warning
from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.settings import SteeringSettings

NS = 1_000_000_000


def arrival(stamp_s, clock_s, waited_s=0.0):
    """Return an image with a stamp that came in at a time, some seconds ago."""
    stamp = SimpleNamespace(sec=int(stamp_s), nanosec=round(stamp_s % 1 * NS))
    message = SimpleNamespace(header=SimpleNamespace(stamp=stamp))
    steady = time.monotonic_ns() - round(waited_s * NS)
    return Arrival(message, round(clock_s * NS), steady)


@pytest.mark.parametrize(
    ('seconds', 'fresh'), [(0.0, True), (0.19, True), (0.21, False), (-0.1, True), (-0.3, False)]
)
def test_only_an_image_within_max_age_may_steer(seconds, fresh):
    """A stamp far in the future says nothing about the age, so it does not steer either."""
    image = arrival(100.0, 100.0)
    age = Age.measure(image, clock_ns=round((100 + seconds) * NS), source='stamp')
    assert age.seconds == pytest.approx(seconds)
    assert age.may_steer(SteeringSettings(max_age=0.2)) is fresh


def test_age_from_arrival_ignores_the_stamp():
    """A camera without a clock still has images that grow old in the node."""
    stale = Age.measure(arrival(0.0, 1e9, waited_s=0.3), clock_ns=10**18, source='arrival')
    fresh = Age.measure(arrival(0.0, 1e9), clock_ns=10**18, source='arrival')
    assert 0.3 <= stale.seconds < 0.4
    assert not stale.may_steer(SteeringSettings())
    assert fresh.may_steer(SteeringSettings())


def test_an_image_that_waited_here_is_no_fault_of_the_clock():
    """It was fresh when it came in."""
    age = Age.measure(arrival(100.0, 100.05), clock_ns=101 * NS, source='stamp')
    assert age.complaint(SteeringSettings(), sim_time=False) == ''


@pytest.mark.parametrize(
    ('stamp', 'text'),
    [
        (1000.0, r'1\.00 s behind'),
        (1003.5, r'2\.50 s ahead of'),
        (1001 - 7200, r'2\.0 h behind'),
        (1001 + 3e8, r'9\.5 years ahead of'),
    ],
)
def test_a_clock_that_is_off_is_named_with_its_error(stamp, text):
    """Minutes and years need different cures."""
    age = Age.measure(arrival(stamp, 1001.0), clock_ns=1001 * NS, source='stamp')
    assert not age.may_steer(SteeringSettings())
    complaint = age.complaint(SteeringSettings(), sim_time=False)
    assert age.complaint(SteeringSettings(), sim_time=True) != complaint
    assert re.search(text, complaint)


def test_a_camera_that_sets_no_stamp_is_told_so():
    """Its clock is not 57 years behind."""
    age = Age.measure(arrival(0.0, 1.8e9), clock_ns=1_800_000_000 * NS, source='stamp')
    assert not age.may_steer(SteeringSettings())
    complaint = age.complaint(SteeringSettings(), sim_time=False)
    assert 'no time stamp (0)' in complaint
    assert 'age_from' in complaint


@pytest.mark.parametrize(
    ('stamp', 'source', 'sim_time', 'warned'),
    [
        (1000.0 - 7200, 'arrival', False, True),
        (1000.0 - 7200, 'stamp', False, False),
        (1000.0 - 7200, 'arrival', True, False),
        (999.0, 'arrival', False, False),
    ],
)
def test_a_bag_that_plays_as_if_it_were_now_is_spoken_of(stamp, source, sim_time, warned):
    """Ages from the arrival hide it; with stamps or /clock nothing is hidden."""
    settings = SteeringSettings(age_from=source)
    text = replay_warning(arrival(stamp, 1000.0), settings, sim_time=sim_time)
    assert ('2.0 h behind' in text and '--clock' in text) is warned
