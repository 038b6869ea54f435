# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Agreement with a driver."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.proposing.fit import Driver, fit, mirrored, not_told_apart

STEERED = np.sin(np.arange(100) / 7)


def test_a_perfect_pilot_of_either_sign():
    """The slope says to which side + is."""
    driver = Driver(STEERED, 1.0)
    assert fit(STEERED, driver).slope == 1.0
    assert fit(-STEERED, driver).slope == -1.0
    assert fit(-STEERED, driver).error == 0
    assert mirrored(-STEERED, driver, -1.0).error == pytest.approx(2 * np.abs(STEERED).mean())


def test_angles_of_unknown_wheels_are_fitted_within_what_a_car_can():
    """Half a radian is found; an output 255 times too small fits no car."""
    driver = Driver(0.5 * STEERED, None)
    assert fit(STEERED, driver).slope == pytest.approx(0.5)
    assert fit(STEERED, driver).error == pytest.approx(0, abs=1e-9)
    small = fit(STEERED / 255, driver)
    assert small.slope == 1.6
    assert small.error > 0.6
    assert fit(np.zeros(100), driver).slope in (0.1, -0.1)


def test_what_is_not_better_for_sure_is_not_told_apart():
    """A difference below the margin, noise, or few frames."""
    rng = np.random.default_rng(3)
    best = np.full(100, 0.05)
    others = {
        'worse': best + 0.05,
        'little': best + 0.005,
        'noisy': best + 0.02 + rng.normal(0, 0.3, 100),
    }
    assert not_told_apart(best, others) == ['little', 'noisy']
    few = {name: values[:19] for name, values in others.items()}
    assert not_told_apart(best[:19], few) == ['worse', 'little', 'noisy']
