# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Observer, trust and filters on /diagnostics: levels and words."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from diagnostic_msgs.msg import DiagnosticStatus

from featuremap_ros.ros.observer.diagnostics import (
    colours_status,
    filter_status,
    observer_status,
    trust_status,
)
from featuremap_ros.ros.observer.messages import Judgement
from featuremap_ros.ros.observer.pace import PaceReport
from featuremap_ros.ros.settings import Settings
from featuremap_ros.trust.colour_order import ColourOrder, Evidence
from featuremap_ros.trust.filter_verdict import judge_filters
from featuremap_ros.trust.filters import FilterStatistics

OBSERVER = Settings.read({}).observer


def judgement(trust, mean, frames):
    """Return a judgement against one baseline."""
    return Judgement(
        name='hirescam/conv/steering',
        trust={'blur': trust},
        mean={'blur': mean},
        frames={'blur': frames},
        undefined={'blur': 1},
        flicker=0.25,
    )


@pytest.mark.parametrize(
    ('trust', 'mean', 'frames', 'level', 'words'),
    [
        (1.5, 1.2, 9, DiagnosticStatus.OK, 'trust blur +1.50; chance is 0'),
        (None, None, 0, DiagnosticStatus.OK, 'trust blur undefined'),
        (-0.1, -0.2, 9, DiagnosticStatus.WARN, 'no better than chance against blur'),
        (-0.1, -0.2, 8, DiagnosticStatus.OK, 'trust blur -0.10'),
    ],
)
def test_trust_is_doubted_only_after_enough_frames(trust, mean, frames, level, words):
    """Undefined is an answer and no fault."""
    status = trust_status('node', judgement(trust, mean, frames))
    assert status.level == level
    assert words in status.message
    values = {entry.key: entry.value for entry in status.values}
    assert values['undefined frames (blur)'] == '1'
    assert values['flicker'] == '0.25'
    assert values['flicker of the camera'] == 'undefined'


def test_a_view_without_a_map_says_why():
    """A model without gradients, for instance."""
    status = trust_status('node', Judgement(name='saliency/steering', refused='no gradients'))
    assert (status.level, status.message) == (DiagnosticStatus.WARN, 'no gradients')


@pytest.mark.parametrize(
    ('frames', 'values', 'level'),
    [
        (3, [1.0, 0.0], DiagnosticStatus.STALE),
        (500, [1.0, 0.0], DiagnosticStatus.WARN),
        (500, [0.0, 0.0], DiagnosticStatus.ERROR),
        (500, [1.0, 2.0], DiagnosticStatus.OK),
    ],
)
def test_filters_have_the_levels_of_their_verdict(frames, values, level):
    """A whole dead layer is an error, too few frames are stale."""
    statistics = FilterStatistics(2)
    for i in range(frames):
        statistics.add(np.array([[values], [[v * (i % 7) for v in values]]], np.float32))
    status = filter_status('node', 'conv', judge_filters(statistics))
    counts = {entry.key: entry.value for entry in status.values}
    assert status.level == level
    assert counts['frames'] == str(frames)
    assert counts['dead'] == str(values.count(0.0) if frames >= 500 else 0)
    assert counts['provably dead'] == '0'


def test_a_filter_that_is_proved_dead_is_reported_from_the_first_frame():
    """The message says how it is known."""
    statistics = FilterStatistics(2)
    statistics.add(np.array([[[1.0, 0.0]]], np.float32))
    status = filter_status('node', 'conv', judge_filters(statistics, np.array([False, True])))
    assert status.level == DiagnosticStatus.WARN
    assert '1 dead (proved)' in status.message
    counts = {entry.key: entry.value for entry in status.values}
    assert (counts['dead'], counts['provably dead']) == ('1', '1')


def report(**changes):
    """Return how an observer at work keeps up."""
    usual = {
        'resting': False,
        'rounds': 7,
        'seconds': 0.1,
        'judging': 0.5,
        'costs': {'occlusion.steering': 0.1},
        'refused': {},
        'error': '',
    }
    return PaceReport(**{**usual, **changes})


@pytest.mark.parametrize(
    ('changes', 'level', 'words'),
    [
        ({}, DiagnosticStatus.OK, 'Looking'),
        ({'resting': True}, DiagnosticStatus.OK, 'Nobody watches'),
        ({'seconds': 0.9}, DiagnosticStatus.WARN, 'slow_rate 2 Hz cannot be met'),
        ({'judging': 99.0}, DiagnosticStatus.WARN, 'trust_period 10 s cannot be met'),
        ({'refused': {'a': 'no'}}, DiagnosticStatus.WARN, 'a: no'),
        ({'waiting': 59.0}, DiagnosticStatus.OK, 'Looking'),
        ({'waiting': 75.0}, DiagnosticStatus.WARN, 'No answer for 75 s: process 42 hangs'),
        ({'error': 'gone', 'seconds': 9.0}, DiagnosticStatus.ERROR, 'gone'),
    ],
)
def test_the_worst_of_the_observer_is_said(changes, level, words):
    """Errors before a process that hangs, that before refusals, those before what is slow."""
    status = observer_status('node', report(**changes), 42, OBSERVER)
    assert status.level == level
    assert words in status.message
    values = {entry.key: entry.value for entry in status.values}
    assert values['process'] == '42'
    assert values['occlusion.steering (s)'] == '0.1'


@pytest.mark.parametrize(
    ('interval', 'level', 'words'),
    [
        ((0.2, 0.3), DiagnosticStatus.OK, 'colours: right (confidence'),
        ((-0.3, -0.2), DiagnosticStatus.WARN, 'colours: SWAPPED'),
        ((-0.01, 0.02), DiagnosticStatus.OK, 'colours: undecided (confidence'),
    ],
)
def test_swapped_colours_are_a_warning(interval, level, words):
    """All else is worth knowing, and no fault."""
    evidence = Evidence(kind='confidence', frames=200, as_is=0.5, swapped=0.5, interval=interval)
    status = colours_status('node', ColourOrder((evidence,)))
    assert (status.name, status.level) == ('node: colours', level)
    assert status.message.startswith(words)
    assert {v.key: v.value for v in status.values}['frames (confidence)'] == '200'
