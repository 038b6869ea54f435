# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Intervals hold what they promise, also for frames that are alike."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.bootstrap import FEWEST, mean_interval


def processes(r, races, frames):
    """Return races of a first-order process with mean 0 and deviation 1."""
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(races, frames)) * np.sqrt(1 - r**2)
    values = np.zeros((races, frames))
    values[:, 0] = rng.normal(size=races)
    for i in range(1, frames):
        values[:, i] = r * values[:, i - 1] + noise[:, i]
    return values


@pytest.mark.parametrize('r', [0.0, 0.6])
def test_the_true_mean_is_within(r):
    """In about 95 of 100 races; an interval for independent frames holds it in 69 at r = 0.6."""
    races = processes(r, 200, 250)
    held = [low <= 0 <= high for low, high in map(mean_interval, races)]
    assert np.mean(held) > 0.86


def test_independent_values_agree_with_the_normal_interval():
    """1.96 standard errors on either side."""
    values = np.random.default_rng(4).normal(3, 2, 2500)
    low, high = mean_interval(values)
    error = values.std() / 50
    assert (low, high) == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.3 * error
    )


def test_it_is_the_same_every_time():
    """The draws are seeded."""
    values = np.random.default_rng(4).normal(size=50)
    assert mean_interval(values) == mean_interval(values)


@pytest.mark.parametrize('count', [0, 1, 2, 3, FEWEST - 1])
def test_a_few_values_have_no_interval(count):
    """Not one of no width, which would claim the more the less is known."""
    assert mean_interval(np.linspace(0.1, 0.9, count)) is None


@pytest.mark.parametrize(('frames', 'share'), [(FEWEST, 0.88), (12, 0.93), (13, 0.93), (21, 0.93)])
def test_few_independent_frames_are_not_oversold(frames, share):
    """95 of 100 from 12 on, whether blocks divide them or not, and 90 of the fewest."""
    held = [low <= 0 <= high for low, high in map(mean_interval, processes(0.0, 1000, frames))]
    assert np.mean(held) > share
