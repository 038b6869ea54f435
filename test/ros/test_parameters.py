# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Table, shipped YAML and documentation say the same."""

from __future__ import annotations

import re

import pytest
import yaml

from featuremap_ros.ros.parameters import OVERLAY_PARAMETERS, PARAMETERS
from featuremap_ros.ros.settings import Settings
from featuremap_ros.view import View

ROW = re.compile(r'^\| `([\w.<>]+)` \| ([\w ]+) \| `(.*?)` \| (.*?) \| (yes|no) \| (.+) \|$')
KINDS = {
    'bool': bool,
    'integer': int,
    'double': float,
    'string': str,
    'string list': tuple,
    'double list': tuple,
}


def flat(tree, prefix=''):
    """Return a nested mapping with dotted names."""
    found = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found.update(flat(value, f'{prefix}{name}.'))
        else:
            found[f'{prefix}{name}'] = value
    return found


@pytest.fixture(scope='module')
def shipped(repository):
    """Return the parameters of the shipped file."""
    text = (repository / 'featuremap_ros/config/overlay.param.yaml').read_text()
    return flat(yaml.safe_load(text)['/**']['ros__parameters'])


def expected(prefix):
    """Return name and default of every parameter, those of views with a prefix."""
    table = {p.name: p for p in PARAMETERS}
    table.update({f'{prefix}.{p.name}': p for p in OVERLAY_PARAMETERS})
    return table


def test_the_shipped_file_holds_every_default(shipped):
    """Names, values and types, in the order of the table."""
    table = expected('overlay.default')
    assert list(shipped) == list(table)
    for name, parameter in table.items():
        value = shipped[name]
        value = tuple(value) if isinstance(value, list) else value
        assert value == parameter.default, name
        assert type(value) is type(parameter.default), name


def test_the_shipped_file_changes_nothing(shipped):
    """Its settings are those of a node without parameters."""
    read, default = Settings.read(shipped), Settings.read({})
    assert read.shown(View(layer='any')) == View(layer='any', range=(0.0, 1.0))
    assert (read.steering, read.observer, read.grid) == (
        default.steering,
        default.observer,
        default.grid,
    )


def test_every_parameter_is_documented(repository):
    """With its type, default, range, and whether it may change."""
    text = (repository / 'docs/parameters.md').read_text()
    rows = {match[1]: match for match in map(ROW.match, text.splitlines()) if match}
    table = expected('overlay.<token>')
    assert list(rows) == list(table)
    for name, parameter in table.items():
        _, kind, default, limits, changes, about = rows[name].groups()
        assert KINDS[kind] is type(parameter.default), name
        value = yaml.safe_load(default)
        assert (tuple(value) if isinstance(value, list) else value) == parameter.default, name
        low, high = parameter.low, parameter.high
        assert limits == ('' if low is None else f'{low:g} to {high:g}'), name
        assert changes == ('no' if parameter.read_only else 'yes'), name
        assert about.startswith(parameter.text), name
        assert all(f'`{choice}`' in about for choice in parameter.choices), name


def test_defaults_are_within_their_own_limits():
    """And every number has limits."""
    for parameter in (*PARAMETERS, *OVERLAY_PARAMETERS):
        number = type(parameter.default) in (int, float)
        assert number == (parameter.low is not None and parameter.high is not None)
        assert not number or parameter.low <= parameter.default <= parameter.high
        assert not parameter.choices or parameter.default in parameter.choices
