# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node's own status on /diagnostics: its level and its words."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from diagnostic_msgs.msg import DiagnosticStatus

from featuremap_ros.ros.diagnostics import status_of
from featuremap_ros.ros.statistics import Statistics


def status(happened, *, silence='', age=0.01):
    """Return the status after events, each so many times."""
    statistics = Statistics()
    for name, times in happened.items():
        for _ in range(times):
            statistics.count(name)
    statistics.sample('age', age)
    return status_of(
        name='node', model='demo', snapshot=statistics.snapshot(), silence=silence, facts={}
    )


def driven(count, **more):
    """Return the events of images that were decided on."""
    return {'received': count, 'driven': count, 'commands': count, **more}


@pytest.mark.parametrize(
    ('happened', 'level', 'words'),
    [
        ({}, DiagnosticStatus.OK, 'Waiting for images'),
        (driven(20), DiagnosticStatus.OK, 'Driving at'),
        (driven(20, **{'too old': 2}), DiagnosticStatus.WARN, '2 images were too old'),
        (driven(20, **{'bad frames': 1}), DiagnosticStatus.WARN, '1 images skipped'),
        ({'stops': 1}, DiagnosticStatus.WARN, 'the stop command was sent'),
        (driven(9, stops=1), DiagnosticStatus.WARN, 'the stop command was sent'),
        ({'received': 3, 'bad frames': 3}, DiagnosticStatus.ERROR, 'No image could be driven on'),
    ],
)
def test_what_happened_in_part_is_a_warning_and_what_did_not_an_error(happened, level, words):
    """As diagnostic_updater judges the topics of a driver."""
    found = status(happened)
    assert found.level == level
    assert words in found.message


@pytest.mark.parametrize(
    ('age', 'words'), [(3600.0, 'too old (3600.0 s)'), (-5.0, 'stamped 5.0 s in the future')]
)
def test_a_car_that_nobody_steers_is_an_error(age, words):
    """However fast the network decides on pictures of an hour ago."""
    found = status({'received': 20, 'driven': 20, 'too old': 20}, age=age)
    assert found.level == DiagnosticStatus.ERROR
    assert found.message == f'No steering: all 20 images were {words}'


def test_a_camera_that_has_gone_is_an_error():
    """One that has never been there may just not have been started."""
    assert status({}, silence='No image').level == DiagnosticStatus.WARN
    found = status({'received': 1}, silence='No image')
    assert (found.level, found.message) == (DiagnosticStatus.ERROR, 'No image')
