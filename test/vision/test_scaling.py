# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a map's own units to 0..1."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.vision.affine import Affine
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Registration, Sampling
from featuremap_ros.vision.scaling import FixedScale, FrameScale, percentiles, RunningScale

SECOND = 10**9
MAPS = hnp.arrays(
    np.float32, (5, 7), elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
)


def raw(values, *, signed=False):
    """Wrap values as a map."""
    place = Registration(Sampling(), Affine())
    return RawMap(np.asarray(values, np.float32), place, 'activation', signed)


@given(MAPS, st.booleans())
def test_heat_stays_in_its_range(values, signed):
    """No policy leaves 0..1, or -1..1 for signed maps."""
    for policy in (FrameScale(), FixedScale(-3, 5), RunningScale()):
        heat = policy(raw(values, signed=signed), 0)
        assert heat.dtype == np.float32
        assert heat.min() >= (-1 if signed else 0)
        assert heat.max() <= 1


@given(MAPS, st.floats(0.01, 100))
def test_frame_scaling_ignores_the_unit(values, factor):
    """A map in another unit looks the same."""
    scaled = FrameScale()(raw(values * np.float32(factor)), 0)
    assert scaled == pytest.approx(FrameScale()(raw(values), 0), abs=1e-3)


@pytest.mark.parametrize('policy', [FrameScale(), FixedScale(2, 2), RunningScale()])
def test_a_constant_map_is_dark(policy):
    """Nothing to see is shown as nothing, not as NaN."""
    assert not policy(raw(np.full((3, 4), 2)), 0).any()


def test_a_signed_map_keeps_its_zero():
    """Zero stays neutral and both sides share one scale."""
    heat = FrameScale()(raw([[-1, 0, 4]], signed=True), 0)
    assert heat.tolist() == [[-0.25, 0, 1]]


def test_running_scale_shows_that_nothing_fires():
    """After a bright frame a dim one stays dim, which per-frame scaling would hide."""
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    running = RunningScale(half_life=2.0)
    running(raw(100 * ramp), 0)
    dim = running(raw(ramp), SECOND // 10)
    assert dim.max() < 0.02
    assert FrameScale()(raw(ramp), 0).max() == 1


def test_running_scale_has_halved_after_its_half_life():
    """The upper end moves half way from the old frame's to the new one's."""
    ramp = np.linspace(0, 1, 1001).reshape(7, 143)
    running = RunningScale(half_life=2.0)
    running(raw(4 * ramp), 0)
    heat = running(raw(2 * ramp), 2 * SECOND)
    assert heat.max() == pytest.approx((2 - 0.03) / (2.985 - 0.03), rel=1e-3)


def test_running_scale_starts_anew_when_time_jumps_back():
    """A looping bag looks the same in every round."""
    running = RunningScale()
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    first = running(raw(ramp), 5 * SECOND)
    running(raw(50 * ramp), 6 * SECOND)
    assert np.array_equal(running(raw(ramp), 5 * SECOND), first)


def test_running_scale_can_be_reset():
    """After a reset the next frame is the first."""
    running = RunningScale()
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    first = running(raw(ramp), 0)
    running(raw(50 * ramp), 1)
    running.reset()
    assert np.array_equal(running(raw(ramp), 2), first)


def test_fixed_scale_is_not_ruined_by_one_wild_frame():
    """The range of 100 frames ignores one that is a thousand times brighter."""
    ramp = np.linspace(0, 1, 1001).reshape(7, 143)
    maps = [raw(ramp) for _ in range(99)] + [raw(1000 * ramp)]
    scale = FixedScale.fit(maps)
    assert scale.low == pytest.approx(0.01)
    assert scale.high == pytest.approx(0.995, rel=1e-3)


def test_fixed_scale_without_a_sample_is_zero_to_one():
    """An empty race needs no special case."""
    scale = FixedScale.fit([])
    assert (scale.low, scale.high) == (0, 1)


@given(MAPS)
def test_percentiles_agree_with_sorting(values):
    """The nearest-rank percentiles are entries of the sorted values."""
    ordered = np.sort(values.reshape(-1))
    assert percentiles(values) == (ordered[round(34 * 0.01)], ordered[round(34 * 0.995)])


def test_percentiles_are_counted_from_the_first_to_the_last():
    """Of 1051 values the 1st is number 10.5 from 0, the 99.5th number 1044.75."""
    values = np.random.default_rng(0).permutation(1051).astype(np.float32)
    assert percentiles(values.reshape(1, -1)) == (10, 1045)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_map_that_is_not_finite_is_refused(value):
    """No policy paints NaN, and the running scale is not poisoned by it."""
    good = np.linspace(0, 1, 100).reshape(10, 10)
    bad = good.copy()
    bad[3, 3] = value
    running = RunningScale()
    running(raw(good), 0)
    for policy in (FrameScale(), FixedScale(0, 1), running):
        with pytest.raises(NotFiniteError, match=r'10 x 10 cells is not finite'):
            policy(raw(bad), 1)
    assert running(raw(good), 2).max() == pytest.approx(1)


def test_a_signed_sample_is_fitted_to_its_usual_strength():
    """Half of the maps reach the full colour of a side, and zero stays in the middle."""
    maps = [raw([[-size, 0.0], [0.0, size / 2]], signed=True) for size in (1, 2, 3, 50, 100)]
    scale = FixedScale.fit(maps)
    assert (scale.low, scale.high) == (-3.0, 3.0)
    assert scale(maps[1], 0).min() == pytest.approx(-2 / 3)
