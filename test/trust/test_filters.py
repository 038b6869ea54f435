# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Running statistics, against NumPy over all frames at once."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.trust import filters
from featuremap_ros.trust.filters import FilterStatistics


def running(maps):
    """Feed maps (frames, h, w, C) one by one."""
    statistics = FilterStatistics(maps.shape[3])
    for activation in maps:
        statistics.add(activation)
    return statistics


@pytest.fixture
def maps(rng):
    """Return rectified maps of a layer: 30 frames, 5 x 8 cells, 4 filters."""
    return np.maximum(rng.normal(-0.5, 1, (30, 5, 8, 4)) + 0.3, 0).astype(np.float32)


def test_they_are_those_of_all_frames_at_once(maps):
    """Mean, deviation, maximum, active share and correlation, to rounding."""
    statistics = running(maps)
    cells = maps.reshape(-1, 4).astype(np.float64)
    assert statistics.frames == 30
    assert statistics.cells == len(cells)
    assert statistics.mean == pytest.approx(cells.mean(axis=0), rel=1e-6)
    assert statistics.deviation == pytest.approx(cells.std(axis=0), rel=1e-6)
    assert statistics.maximum == pytest.approx(cells.max(axis=0))
    assert statistics.active_share == pytest.approx((cells > 0).mean(axis=0))
    assert statistics.correlation == pytest.approx(np.corrcoef(cells.T), abs=1e-6)


def test_large_maps_are_taken_in_blocks(maps, monkeypatch):
    """The size of a block changes nothing."""
    whole = running(maps)
    monkeypatch.setattr(filters, '_BLOCK', 28)
    parts = running(maps)
    assert parts.active_share == pytest.approx(whole.active_share)
    assert parts.correlation == pytest.approx(whole.correlation, abs=1e-6)


def test_a_filter_far_from_zero_keeps_its_digits(rng):
    """A deviation of a thousandth of the mean is known to three digits."""
    maps = (1000 + rng.normal(size=(50, 6, 6, 2))).astype(np.float32)
    expected = maps.reshape(-1, 2).astype(np.float64)
    statistics = running(maps)
    assert statistics.deviation == pytest.approx(expected.std(axis=0), rel=1e-3)
    assert statistics.correlation[0, 1] == pytest.approx(np.corrcoef(expected.T)[0, 1], abs=1e-3)


def test_silent_frames_are_counted(maps):
    """A filter is silent in a frame where every cell is zero."""
    maps[:7, :, :, 2] = 0
    assert running(maps).silent_frames.tolist() == [0, 0, 7, 0]


def test_negative_activation_is_activation():
    """The filters of a layer with tanh or ELU are not silent for being negative."""
    statistics = running(np.full((3, 2, 2, 1), -0.5, np.float32))
    assert statistics.active_share.tolist() == [1]
    assert statistics.silent_frames.tolist() == [0]


def test_a_constant_filter_correlates_with_nothing(maps):
    """Neither zeros nor numbers that rounding makes tremble alike."""
    maps[..., 0] = 0
    maps[..., 1] = np.where(maps[..., 3] > 0, np.float32(0.1), np.nextafter(np.float32(0.1), 1))
    maps[..., 2] = 2 * maps[..., 1]
    correlation = running(maps).correlation
    assert np.isnan(correlation[:3]).all()
    assert correlation[3, 3] == 1


def test_the_maximum_shows_how_alike_frames_are(maps):
    """The autocorrelation is that of the filter's maximum."""
    peaks = maps.max(axis=(1, 2)).astype(np.float64)
    centred = peaks - peaks.mean(axis=0)
    expected = (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)
    assert running(maps).autocorrelation == pytest.approx(expected, abs=1e-6)


def test_before_the_first_frame_nothing_is_known():
    """No division by zero, and no claim."""
    statistics = FilterStatistics(3)
    assert np.isnan(statistics.autocorrelation).all()
    assert np.isnan(statistics.correlation).all()
    assert statistics.active_share.tolist() == [0, 0, 0]


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_map_that_is_not_finite_does_not_count(maps, value):
    """It is refused as a whole, so that one bad frame spoils nothing."""
    statistics = running(maps)
    bad = maps[0].copy()
    bad[2, 3, 1] = value
    with pytest.raises(NotFiniteError, match=r'\(5, 8, 4\) holds NaN or infinity'):
        statistics.add(bad)
    assert statistics.frames == 30
    assert np.isfinite(statistics.mean).all()


def test_the_maps_are_not_written_to(maps):
    """Read-only maps can be taken."""
    maps.setflags(write=False)
    assert running(maps).frames == 30


def test_memory_does_not_grow(rng):
    """2,000 frames need what 200 need."""
    activation = rng.random((4, 6, 16), np.float32)
    statistics = FilterStatistics(16)
    for _ in range(200):
        statistics.add(activation)
    tracemalloc.start()
    for _ in range(2000):
        statistics.add(activation)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 20_000
