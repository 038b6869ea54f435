# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Table and documentation of the simulator say the same."""

from __future__ import annotations

import math
import re

import pytest
import yaml

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from featuremap_ros.demo.crash import CRASH_FAULTS, CRASH_SEED
from featuremap_ros.demo.faults import NO_FAULTS
from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.simulator.parameters import SIMULATOR_PARAMETERS
from featuremap_ros.ros.simulator.settings import SimulatorSettings

ROW = re.compile(r'^\| `([\w.]+)` \| (\w+) \| `(.*?)` \| (.*?) \| (yes|no) \| (.+) \|$')
KINDS = {'bool': bool, 'integer': int, 'double': float, 'string': str}
DEFAULTS = {parameter.name: parameter.default for parameter in SIMULATOR_PARAMETERS}


def test_every_parameter_is_documented(repository):
    """With its type, default, range, and whether it may change."""
    text = (repository / 'docs/closed_loop.md').read_text()
    rows = {match[1]: match for match in map(ROW.match, text.splitlines()) if match}
    assert list(rows) == list(DEFAULTS)
    for parameter in SIMULATOR_PARAMETERS:
        _, kind, default, limits, changes, about = rows[parameter.name].groups()
        assert KINDS[kind] is type(parameter.default), parameter.name
        assert yaml.safe_load(default) == parameter.default, parameter.name
        low, high = parameter.low, parameter.high
        assert limits == ('' if low is None else f'{low:g} to {high:g}'), parameter.name
        assert changes == ('no' if parameter.read_only else 'yes'), parameter.name
        assert about.startswith(parameter.text), parameter.name
        assert all(f'`{choice}`' in about for choice in parameter.choices), parameter.name


def test_the_defaults_are_a_drive_without_faults():
    """In real time, without end."""
    settings = SimulatorSettings.read(DEFAULTS)
    assert settings.faults == NO_FAULTS
    assert not settings.lockstep
    assert not settings.clock
    assert settings.laps is None


def test_lock_step_brings_its_clock():
    """Nobody could know the time otherwise."""
    assert SimulatorSettings.read(DEFAULTS | {'lockstep': True}).clock


def test_the_crash_has_its_world_and_keeps_the_light():
    """Seed and paint are the scenario's, glare, shadow and lost frames the parameters'."""
    given = {'scenario': 'crash', 'seed': 9, 'faults.start': 1.0, 'faults.glare': 0.5}
    settings = SimulatorSettings.read(DEFAULTS | given)
    assert settings.seed == CRASH_SEED
    assert settings.faults.glare == 0.5
    assert settings.faults.false_line
    assert settings.faults.start == CRASH_FAULTS.start


@pytest.mark.parametrize(
    'wrong',
    [
        {'timeout': math.nan},
        {'speed': math.inf},
        {'faults.glare': -0.1},
        {'faults.length': 0.0},
        {'image_transport': 'png'},
        {'steering.message': 'twist'},
        {'lockstep': True, 'steering.message': 'angle'},
    ],
)
def test_what_cannot_be_used_is_refused(wrong):
    """ROS itself lets some of it pass."""
    with pytest.raises(FeatureMapError, match=next(reversed(wrong)).rpartition('.')[2]):
        SimulatorSettings.read(DEFAULTS | wrong)
