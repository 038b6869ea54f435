# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trust in the methods, measured for the report."""

from __future__ import annotations

from featuremap_ros.explain import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.report.trusting import BASELINES, measure_trust
from featuremap_ros.streams.source import open_source


def test_every_method_is_judged_against_every_baseline(made):
    """On as many frames as asked for."""
    data = made.findings.trust.data
    assert data['frames'] == 2
    assert set(data['subjects']) == {'activation/conv_2', 'occlusion'}
    for subject in data['subjects'].values():
        assert tuple(subject['faithfulness']) == BASELINES
    assert made.findings.trust.chart.ndim == 3


def test_nothing_is_measured_where_nothing_can_be(tiny_pilot, grey_race):
    """Without methods, without frames, or with methods that cannot be computed."""
    bare = Explainer(Pilot(tiny_pilot._engine, tiny_pilot.profile))
    with open_source(grey_race, duration=1) as source:
        assert measure_trust(bare, source, [], 2) is None
        assert measure_trust(bare, source, ['activation'], 0) is None
        assert measure_trust(bare, source, ['saliency'], 2) is None
