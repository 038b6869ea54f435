# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How far a pilot steers from what the driver did."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from featuremap_ros.trust.driver_error import driver_error, DriverComparison


def test_the_figures_are_those_of_the_standard_library():
    """Mean, RMS, bias and correlation, computed without NumPy."""
    rng = np.random.default_rng(3)
    driver = rng.normal(0, 0.2, 501)
    pilot = 0.8 * driver + rng.normal(0.03, 0.05, 501)
    found = driver_error(pilot, driver)
    errors = [a - b for a, b in zip(pilot.tolist(), driver.tolist(), strict=True)]
    assert found.frames == 501
    assert found.mean == pytest.approx(statistics.fmean(map(abs, errors)))
    assert found.rms == pytest.approx(math.sqrt(statistics.fmean(e * e for e in errors)))
    assert found.bias == pytest.approx(statistics.fmean(errors))
    assert found.p95 == pytest.approx(sorted(map(abs, errors))[475])
    assert found.correlation == pytest.approx(
        statistics.correlation(pilot.tolist(), driver.tolist())
    )


def test_a_pilot_that_is_always_too_far_left_has_a_bias_to_the_left():
    """The sign is that of ROS: + = left."""
    driver = np.linspace(-0.3, 0.3, 61)
    found = driver_error(driver + 0.1, driver)
    assert found.bias == pytest.approx(0.1)
    assert (found.mean, found.rms, found.p95) == pytest.approx((0.1, 0.1, 0.1))
    assert found.correlation == pytest.approx(1)


def test_sides_count_where_the_driver_steers_to_one():
    """On a straight the sign of the steering is chance."""
    driver = np.array([0.2, 0.2, -0.2, -0.2, 0.001, -0.001])
    pilot = np.array([0.1, -0.1, -0.1, 0.0, -0.1, 0.1])
    found = driver_error(pilot, driver)
    assert (found.same_side, found.sided_frames) == (0.5, 4)
    straight = driver_error(pilot[4:], driver[4:])
    assert (straight.same_side, straight.sided_frames) == (None, 0)


def test_a_correlation_with_what_never_moves_is_undefined():
    """Neither 0 nor NaN."""
    moving = np.linspace(-0.3, 0.3, 61)
    assert driver_error(moving, np.full(61, 0.1)).correlation is None
    assert driver_error(np.full(61, 0.1), moving).correlation is None


def test_the_figures_can_be_read_in_a_line():
    """In degrees, with the side of the bias; what is undefined is not mentioned."""
    found = driver_error(np.array([0.1, 0.2]), np.array([0.2, 0.3]))
    assert found.in_words() == (
        'error 5.7 degrees on average, RMS 5.7, p95 5.7, bias 5.7 to the right, '
        'correlation 1.00, same side 100%'
    )
    shares = driver_error(np.array([0.1, 0.2]), np.array([0.2, 0.3]), angular=False)
    assert shares.in_words().startswith('error 10.0 % of full steering on average, RMS 10.0')
    assert 'correlation' not in driver_error(np.zeros(2), np.zeros(2)).in_words()


def test_frames_are_collected_one_by_one():
    """What is not finite is left out; nothing at all has no statistics."""
    comparison = DriverComparison()
    assert comparison.error() is None
    for stamp, pilot, driver in ((1, 0.1, 0.2), (2, math.nan, 0.2), (3, 0.1, math.inf), (4, 0, 0)):
        comparison.add(stamp, pilot, driver)
    assert comparison.stamps_ns.tolist() == [1, 4]
    assert comparison.pilot.tolist() == [0.1, 0]
    assert comparison.driver.tolist() == [0.2, 0]
    assert comparison.error() == driver_error(np.array([0.1, 0]), np.array([0.2, 0]))
