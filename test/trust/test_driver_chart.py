# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pilot and driver over a race."""

from __future__ import annotations

import numpy as np

from featuremap_ros.trust.driver_chart import draw_driver_chart
from featuremap_ros.trust.plot import PALETTE

STEERING, ERROR = slice(88, 348), slice(420, 550)
INSIDE = slice(66, 968)
NS = 10**9


def columns(image, rows, color):
    """Return in which columns of the axes a colour is seen."""
    found = (np.abs(image[rows, INSIDE].astype(int) - color) < 60).all(axis=2)
    return np.nonzero(found.any(axis=0))[0]


def test_one_outlier_in_many_frames_is_seen():
    """A stretch of the error shows its lowest and highest value, not only the mean."""
    stamps = np.arange(50_000) * NS // 30
    driver = np.zeros(50_000)
    pilot = np.zeros(50_000)
    pilot[25_000] = -0.6
    image = draw_driver_chart(stamps, pilot, driver)
    low = columns(image, slice(500, 545), PALETTE[1])
    assert 1 <= len(low) <= 12
    assert abs(low.mean() - 451) < 6


def test_a_gap_in_the_recording_is_a_gap_in_the_curves():
    """No line leads from one end to the other."""
    seconds = np.concatenate([np.arange(0, 40, 0.05), np.arange(60, 100, 0.05)])
    values = 0.2 * np.sin(seconds)
    image = draw_driver_chart((seconds * NS).astype(np.int64), values, values + 0.1)
    for rows, color in ((STEERING, PALETTE[0]), (STEERING, PALETTE[2]), (ERROR, PALETTE[1])):
        seen = columns(image, rows, color)
        assert not ((seen > 380) & (seen < 520)).any()
        assert (seen < 360).sum() > 300
        assert (seen > 545).sum() > 300


def test_left_is_up():
    """A pilot that steers left lies above a driver who steers right."""
    stamps = np.arange(100) * NS
    image = draw_driver_chart(stamps, np.full(100, 0.3), np.full(100, -0.3))
    places = [
        np.nonzero(
            (np.abs(image[STEERING, INSIDE].astype(int) - color) < 60).all(axis=2).any(axis=1)
        )[0].mean()
        for color in (PALETTE[0], PALETTE[2])
    ]
    assert places[0] < places[1] - 100


def test_where_both_agree_both_are_seen():
    """The driver is seen on both sides of the pilot."""
    stamps = np.arange(100) * NS
    values = np.linspace(-0.3, 0.3, 100)
    image = draw_driver_chart(stamps, values, values)
    for color in (PALETTE[0], PALETTE[2]):
        assert len(columns(image, STEERING, color)) > 850


def test_a_single_frame_is_no_error():
    """Nor are stamps that do not ascend."""
    assert draw_driver_chart(np.array([5]), np.array([0.1]), np.array([0.0])).shape[2] == 3
    jumping = draw_driver_chart(np.array([5, 3, 9]), np.zeros(3), np.zeros(3))
    assert jumping.shape[2] == 3
