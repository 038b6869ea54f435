# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Means over a race, with what was undefined counted beside them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from featuremap_ros.judging.trust_tally import FaithfulnessTally, Mean, ShiftTally, SubjectTally
from featuremap_ros.trust.faithfulness import Curves, Faithfulness, STEPS
from featuremap_ros.trust.shift import Shift


def found(score, chance=0.1):
    """Return a result with these scores and curves that hold them throughout."""
    steps = STEPS + 1
    return Faithfulness(
        Curves(np.full(steps, score), np.full(steps, -score), score),
        Curves(np.full(steps, chance), np.zeros(steps), chance),
    )


def test_frames_count_by_how_much_there_is_to_explain():
    """A frame with a change of 0.02 does not outweigh one with a change of 1."""
    tally = FaithfulnessTally()
    tally.add(found(0.6), 1.0)
    tally.add(found(50.0), 0.02)
    tally.add(None, 0.001)
    mean = (0.6 * 1 + 50 * 0.02) / 1.02
    assert tally.score.mean == pytest.approx(mean)
    assert tally.trust.mean == pytest.approx(mean - 0.1)
    assert tally.trust.undefined == 1
    assert tally.curves.deletion == pytest.approx(np.full(STEPS + 1, mean))
    assert tally.curves.insertion == pytest.approx(np.full(STEPS + 1, -mean))
    assert tally.chance_curves.deletion == pytest.approx(np.full(STEPS + 1, 0.1))


def test_what_was_undefined_throughout_has_no_mean():
    """None in Python, null in JSON, and no NaN."""
    tally = SubjectTally(['blur', 'mean'])
    tally.faithfulness['blur'].add(None, 1.0)
    tally.shift.add(None)
    tally.flicker.add(None)
    data = json.loads(json.dumps(tally.to_json(), allow_nan=False))
    assert data['faithfulness']['blur']['trust'] == {
        'frames': 0,
        'undefined': 1,
        'mean': None,
        'interval': None,
    }
    assert data['faithfulness']['blur']['curves']['deletion'] == []
    assert data['shift']['undefined'] == 1
    assert data['flicker']['mean'] is None
    assert data['seconds_per_map'] is None


def test_changes_to_both_sides_do_not_cancel():
    """The shift test reports sizes."""
    tally = ShiftTally()
    parts = np.array([[-0.4, 0.4], [-0.1, 0.1], [-0.5, 0.5]])
    tally.add(Shift(np.array([-2, 2]), *parts, 0.25))
    data = tally.to_json()
    sizes = [data[part] for part in ('salient', 'rest', 'everything', 'area')]
    assert sizes == pytest.approx([0.4, 0.1, 0.5, 0.25])


def test_two_frames_have_a_mean_and_no_interval():
    """Null in JSON."""
    mean = Mean()
    mean.add(2.2)
    mean.add(2.2)
    assert mean.interval is None
    assert json.loads(json.dumps(mean.to_json()))['interval'] is None
    assert mean.mean == pytest.approx(2.2)


def test_the_interval_is_around_the_mean(rng):
    """With weights."""
    mean = Mean()
    for value, weight in zip(rng.normal(2, 1, 100), rng.random(100) + 0.1, strict=True):
        mean.add(value, weight)
    low, high = mean.interval
    assert low < mean.mean < high
    assert high - low < 1
