# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The likeness of neighbouring frames, against its definition and a process that is known."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.autocorrelation import effective_count, LagOneCorrelation


def running(series):
    """Feed a series (frames, n) value by value."""
    correlation = LagOneCorrelation()
    for values in series:
        correlation.add(values)
    return correlation.correlation


def test_it_is_the_textbook_estimate(rng):
    """Covariance of neighbours over variance, both about the mean of the whole series."""
    series = rng.normal(size=(40, 3)).cumsum(axis=0) + 1000
    centred = series - series.mean(axis=0)
    expected = (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)
    assert running(series) == pytest.approx(expected, abs=1e-9)


def test_an_autoregressive_process_shows_its_own(rng):
    """A step of 0.8 x plus noise correlates with itself by 0.8."""
    values = np.zeros((20000, 1))
    for i in range(1, len(values)):
        values[i] = 0.8 * values[i - 1] + rng.normal()
    assert running(values) == pytest.approx(0.8, abs=0.02)


def test_what_never_changes_has_none():
    """Neither a constant, however large, nor two values tell anything."""
    assert np.isnan(running(np.full((10, 2), 1e6 + 0.1))).all()
    assert np.isnan(running(np.array([[1.0], [2.0]]))).all()


def test_one_series_that_changes_is_told_from_one_that_does_not():
    """Each series has its own answer."""
    series = np.stack([np.full(6, 3.0), np.array([0, 1, 0, 1, 0, 1])], axis=1)
    constant, alternating = running(series)
    assert np.isnan(constant)
    assert alternating == pytest.approx(-5 / 6)


def test_the_mean_of_alike_frames_scatters_like_that_of_fewer(rng):
    """The effective number of frames predicts the scatter of the mean."""
    r, count = 0.7, 400
    noise = rng.normal(size=(3000, count))
    series = np.zeros_like(noise)
    series[:, 0] = noise[:, 0] / np.sqrt(1 - r**2)
    for i in range(1, count):
        series[:, i] = r * series[:, i - 1] + noise[:, i]
    scatter = series.mean(axis=1).var()
    assert series.var() / scatter == pytest.approx(effective_count(count, r), rel=0.1)


@pytest.mark.parametrize(('r', 'share'), [(0.0, 1.0), (-0.5, 1.0), (0.88, 0.0638), (1.0, 0.0005)])
def test_the_effective_number_of_frames(r, share):
    """Unlike neighbours count in full, alike ones hardly, but never as nothing."""
    assert effective_count(1000, r) == pytest.approx(1000 * share, rel=0.01)
