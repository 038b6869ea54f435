# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Options by name and kind."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.options import checked_options, defaults_of

DEFAULTS = {'patch': 16, 'noise': 0.15, 'show': 'fall', 'ids': True, 'max_size': (1920, 1080)}


def test_what_a_function_takes_are_its_keywords():
    """Not its positions."""

    def find(moment, layer, *, patch=16, show='fall'):
        return moment, layer, patch, show

    assert defaults_of(find) == {'patch': 16, 'show': 'fall'}


def test_values_of_the_right_kind_pass():
    """A whole number is a number, a list of two is a pair."""
    given = {'patch': 3, 'noise': 1, 'show': 'x', 'ids': False, 'max_size': [200, 100]}
    checked = checked_options('test', given, DEFAULTS)
    assert checked == {**given, 'max_size': (200, 100)}


@pytest.mark.parametrize(
    ('name', 'value', 'kind'),
    [
        ('patch', 'big', 'a whole number'),
        ('patch', 1.5, 'a whole number'),
        ('patch', True, 'a whole number'),
        ('noise', 'much', 'a number'),
        ('noise', None, 'a number'),
        ('show', 3, 'a word'),
        ('ids', 1, 'true or false'),
        ('max_size', 300, '2 whole numbers'),
        ('max_size', [1, 2, 3], '2 whole numbers'),
        ('max_size', ['a', 'b'], '2 whole numbers'),
    ],
)
def test_values_of_another_kind_are_refused(name, value, kind):
    """Before anything is computed with them."""
    with pytest.raises(UnsupportedError, match=rf'{name!r} of test must be {kind}: got'):
        checked_options('test', {name: value}, DEFAULTS)


def test_unknown_options_are_refused():
    """With the nearest one."""
    with pytest.raises(UnknownNameError, match=r"option of test 'pach'. Did you mean 'patch'"):
        checked_options('test', {'pach': 3}, DEFAULTS)
