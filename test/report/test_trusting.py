# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trust in the methods, measured for the report."""

from __future__ import annotations

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Method
from featuremap_ros.report.sections import trust
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


def test_two_frames_have_no_interval_on_the_page(made):
    """A word stands where it would be."""
    page = trust(made.findings.trust)
    assert '<small>too few frames</small>' in page
    assert '<small>0' not in page
    assert '<small>-' not in page


def test_nothing_is_measured_where_nothing_can_be(tiny_pilot, grey_race):
    """Without methods, without frames, or with methods that cannot be computed."""

    def refuse(_moment):
        raise UnsupportedError('Needs a Keras model.')

    refusing = Method(name='refusing', question='Why not?', find=refuse)
    explainer = Explainer(tiny_pilot, (refusing,))
    with open_source(grey_race, duration=1) as source:
        assert measure_trust(explainer, source, [], 2) is None
        assert measure_trust(explainer, source, ['activation'], 0) is None
        assert measure_trust(explainer, source, ['refusing'], 2) is None
