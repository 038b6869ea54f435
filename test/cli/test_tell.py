# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap tell``: what is done in which order; and without ROS 2."""

from __future__ import annotations

import sys

import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.cli.tell import _requests


def test_parameters_that_follow_each_other_are_set_at_once():
    """A model may need its profile; a value may hold anything."""
    texts = ['model=a.keras', 'profile=b=c.yaml', 'why', 'explain', 'layers=[]', 'why']
    assert list(_requests(texts)) == [
        {'model': 'a.keras', 'profile': 'b=c.yaml'},
        'why',
        'explain',
        {'layers': '[]'},
        'why',
    ]


def test_without_ros_the_message_says_what_to_install(monkeypatch, capsys):
    """One line instead of a traceback."""
    monkeypatch.setitem(sys.modules, 'rclpy', None)
    assert main(['tell', '/featuremap', 'why']) == 1
    assert 'needs ROS 2, and Python found no rclpy' in capsys.readouterr().err


@pytest.mark.parametrize('timeout', ['0', '-1', 'nan', 'inf', 'soon'])
def test_an_impossible_timeout_is_refused(timeout):
    """Usage, exit code 2."""
    with pytest.raises(SystemExit, match='2'):
        main(['tell', '/featuremap', 'why', '--timeout', timeout])
