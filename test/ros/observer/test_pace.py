# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether the observer keeps up, and what is said of it."""

from __future__ import annotations

import pytest

from featuremap_ros.ros.observer.pace import Pace


def rounds(pace, *seconds):
    """Note rounds of two views, the second of which takes nearly all the time."""
    for total in seconds:
        pace.step('paint', 'quick', 0.1 * total, '')
        pace.step('paint', 'dear', 0.9 * total, '')
        pace.round()


def test_a_rate_is_missed_where_rounds_take_longer():
    """What takes the longest comes first."""
    pace = Pace()
    rounds(pace, 0.4, 0.5, 0.6)
    report = pace.report()
    assert report.seconds == pytest.approx(0.5)
    assert report.missed(1.9) == ''
    text = report.missed(4.0)
    assert text.startswith('slow_rate 4 Hz cannot be met: a round takes 0.5 s (dear 0.54 s, quick')


def test_a_round_that_does_not_end_counts_already():
    """TensorFlow's import takes longer than many rounds."""
    pace = Pace()
    rounds(pace, 0.1, 0.1)
    pace.step('paint', 'dear', 7.0, '')
    assert 'a round takes 7 s' in pace.report().missed(2.0)


def test_judgements_do_not_count_as_rounds():
    """They are rare, and have a period of their own."""
    pace = Pace()
    rounds(pace, 0.1)
    pace.step('judge', 'dear', 9.0, '')
    report = pace.report()
    assert report.missed(2.0) == ''
    assert report.judging == 9.0


def test_refusals_and_errors_last_until_they_are_over():
    """The next good step takes them away; at rest nothing is missed."""
    pace = Pace()
    pace.step('paint', 'dear', 5.0, 'no gradients')
    pace.failed('gone')
    assert pace.report().refused == {'dear': 'no gradients'}
    assert pace.report().error == 'gone'
    pace.step('paint', 'dear', 5.0, '')
    pace.round()
    assert (pace.report().refused, pace.report().error) == ({}, '')
    pace.rest()
    assert pace.report().missed(2.0) == ''
