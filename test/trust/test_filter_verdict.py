# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Planted faults of filters are found, and healthy filters are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.filter_verdict import ENOUGH_FRAMES, judge_filters, Level
from featuremap_ros.trust.filters import FilterStatistics

DEAD, SATURATED, TWIN, OPPOSITE, RARE = 1, 2, 3, 4, 5


def planted(rng, frames, *, faults=True):
    """Return statistics of six filters, with or without planted faults, of which 0 has none."""
    statistics = FilterStatistics(6)
    for frame in range(frames):
        maps = np.maximum(rng.normal(0, 1, (6, 7, 6)), 0).astype(np.float32)
        if faults:
            maps[..., DEAD] = 0
            maps[..., SATURATED] = 5 + 0.01 * rng.random((6, 7))
            maps[..., TWIN] = 2 * maps[..., 0]
            maps[..., OPPOSITE] = 9 - 3 * maps[..., 0]
            maps[..., RARE] = 0
            maps[frame % 6, 0, RARE] = frame % 50 == 0
        statistics.add(maps)
    return statistics


def test_planted_faults_are_found(rng):
    """One of each kind, and each filter knows its like."""
    verdict = judge_filters(planted(rng, ENOUGH_FRAMES))
    filters = verdict.filters
    assert [f.index for f in filters if f.dead] == [DEAD]
    assert [f.index for f in filters if f.saturated] == [SATURATED]
    assert [f.index for f in filters if f.hardly_active] == [RARE]
    assert {f.index: f.duplicates for f in filters if f.duplicates} == {
        0: (TWIN, OPPOSITE),
        TWIN: (0, OPPOSITE),
        OPPOSITE: (0, TWIN),
    }
    assert verdict.level is Level.WARN
    assert verdict.message == '1 dead, 1 hardly active, 1 saturated, 3 alike of 6 filters'
    assert filters[0].remarks == ('same as 3, 4',)
    assert filters[RARE].sparsity == pytest.approx(1 - 1 / 2100, abs=1e-4)
    assert verdict.marks == {
        0: '= 3',
        DEAD: 'dead',
        SATURATED: 'saturated',
        TWIN: '= 0',
        OPPOSITE: '= 0',
        RARE: 'rare',
    }


def test_healthy_filters_are_left_alone(rng):
    """No remark on any of them."""
    verdict = judge_filters(planted(rng, ENOUGH_FRAMES, faults=False))
    assert verdict.level is Level.OK
    assert verdict.message == 'all filters work'
    assert [f.remarks for f in verdict.filters] == [()] * 6
    assert verdict.marks == {}


def test_before_enough_frames_nothing_is_dead(rng):
    """One frame less, and the same filter is only silent so far."""
    verdict = judge_filters(planted(rng, ENOUGH_FRAMES - 1))
    assert not any(f.dead for f in verdict.filters)
    assert verdict.filters[DEAD].silent
    assert verdict.filters[DEAD].bound is None
    assert verdict.filters[DEAD].remarks == ('silent so far',)
    assert verdict.level is Level.STALE
    assert verdict.message.startswith('not enough frames (499 of 500): 1 silent so far')


def test_a_proof_needs_no_frames(rng):
    """What no picture can wake is dead at once, and surely."""
    proved = np.zeros(6, bool)
    proved[DEAD] = True
    verdict = judge_filters(planted(rng, 3), proved)
    assert verdict.filters[DEAD].remarks == ('provably dead',)
    assert verdict.filters[DEAD].bound == 0
    assert verdict.level is Level.WARN
    assert verdict.proof
    assert '1 dead (proved)' in verdict.message


def test_a_proof_of_some_of_the_dead_is_told_apart():
    """Two were silent for long, of one of them it is proved."""
    statistics = FilterStatistics(3)
    for i in range(ENOUGH_FRAMES):
        statistics.add(np.array([[[0, 0, i % 7]]], np.float32))
    proved = np.array([False, True, False])
    assert judge_filters(statistics, proved).message == '2 dead (1 proved) of 3 filters'
    assert judge_filters(statistics).message == '2 dead of 3 filters'


def test_a_layer_without_a_living_filter_is_an_error():
    """Nothing gets through it."""
    statistics = FilterStatistics(2)
    for _ in range(ENOUGH_FRAMES):
        statistics.add(np.zeros((3, 3, 2), np.float32))
    verdict = judge_filters(statistics)
    assert verdict.level is Level.ERROR
    # Without any living filter nothing tells how alike the frames are: nothing is claimed.
    assert [f.bound for f in verdict.filters] == [1.0, 1.0]


def test_the_bound_is_as_cautious_as_the_most_persistent_filter(rng):
    """One filter jumps, one drifts: the drift counts."""
    statistics = FilterStatistics(3)
    for value in np.sin(np.arange(ENOUGH_FRAMES) / 3):
        maps = np.array([[[0, 10 + rng.normal(), 10 + value]]], np.float32)
        statistics.add(maps)
    jumping, drifting = statistics.autocorrelation[1:]
    assert abs(jumping) < 0.2 < 0.9 < drifting
    bound = judge_filters(statistics).filters[0].bound
    assert bound == pytest.approx(3 / (ENOUGH_FRAMES * (1 - drifting) / (1 + drifting)))


def test_no_frames_are_not_enough():
    """A verdict before the first frame claims nothing."""
    verdict = judge_filters(FilterStatistics(2))
    assert verdict.level is Level.STALE
    assert not any(f.dead or f.silent for f in verdict.filters)


@pytest.mark.parametrize('r', [0.0, 0.6, 0.9])
def test_the_bound_holds_for_frames_that_are_alike(r):
    """Of filters that were silent by chance, 95 % or more fire in fewer frames than the bound.

    A filter fires where a first-order process passes a threshold; the bound is compared with the
    share of the frames in which it does.
    """
    rng = np.random.default_rng(11)
    frames, trials = ENOUGH_FRAMES, 3000
    noise = rng.normal(size=(frames, trials)) * np.sqrt(1 - r**2)
    process = np.zeros((frames, trials))
    process[0] = rng.normal(size=trials)
    for i in range(1, frames):
        process[i] = r * process[i - 1] + noise[i]
    statistics = FilterStatistics(2)
    for value in process[:, 0]:
        statistics.add(np.array([[[0, 10 + value]]], np.float32))
    bound = judge_filters(statistics).filters[0].bound
    threshold = np.quantile(rng.normal(size=10**6), 1 - bound)
    # 3,000 trials tell a twentieth to half a percent.
    assert (process.max(axis=0) < threshold).mean() < 0.06
