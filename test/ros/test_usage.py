# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``--help`` of the nodes' programs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from featuremap_ros.ros.parameters import PARAMETERS
from featuremap_ros.ros.simulator.parameters import SIMULATOR_PARAMETERS

WITHOUT_ROS = """import sys
sys.modules['rclpy'] = None
from {module} import main
sys.exit(main({arguments!r}))
"""


@pytest.mark.parametrize('option', ['-h', '--help'])
@pytest.mark.parametrize(
    ('module', 'program', 'parameters'),
    [
        ('featuremap_ros.ros.node', 'overlay_node', PARAMETERS),
        ('featuremap_ros.ros.simulator.node', 'simulator_node', SIMULATOR_PARAMETERS),
    ],
)
def test_help_is_printed_and_nothing_starts(module, program, parameters, option, repository):
    """Not even ROS 2 is needed; every parameter is there."""
    script = WITHOUT_ROS.format(module=module, arguments=[option])
    ended = subprocess.run(
        [sys.executable, '-c', script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=repository,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f'usage: {program} [--ros-args ')
    assert f'  {program} --ros-args -p ' in ended.stdout
    for parameter in parameters:
        assert f'\n  {parameter.name}: ' in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 99


def test_help_of_the_browser_node(repository):
    """It ends, too."""
    pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')
    ended = subprocess.run(
        [sys.executable, '-m', 'featuremap_ros.ros.browser_node', '--help'],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=repository,
    )
    assert ended.returncode == 0, ended.stderr
    assert 'port: 8765' in ended.stdout
