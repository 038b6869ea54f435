# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Counting."""

from __future__ import annotations

import time

from featuremap_ros.ros.statistics import Statistics


def test_counts_go_on_and_rates_begin_anew():
    """A snapshot ends one period and begins the next."""
    statistics = Statistics()
    for _ in range(5):
        statistics.count('driven')
    time.sleep(0.1)
    first = statistics.snapshot()
    statistics.count('driven')
    second = statistics.snapshot()
    assert first.recent['driven'] == 5
    assert 20 < first.rate('driven') < 50
    assert second.counts['driven'] == 6
    assert second.recent['driven'] == 1
    assert statistics.snapshot().rate('driven') == 0


def test_percentiles_are_those_of_the_period():
    """Nearest rank; nothing without samples."""
    statistics = Statistics()
    for value in range(1, 101):
        statistics.sample('drive', value)
    snapshot = statistics.snapshot()
    assert snapshot.percentile('drive', 50) in (50, 51)
    assert snapshot.percentile('drive', 95) in (95, 96)
    assert statistics.snapshot().percentile('drive', 50) is None


def test_the_last_error_is_kept():
    """It outlives its period."""
    statistics = Statistics()
    statistics.error('bad frames', 'too short')
    statistics.snapshot()
    snapshot = statistics.snapshot()
    assert snapshot.last_error == 'too short'
    assert snapshot.counts['bad frames'] == 1
