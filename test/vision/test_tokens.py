# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Layer names in topics."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
import pytest

from featuremap_ros.errors import ProfileError
from featuremap_ros.vision.tokens import topic_token, unique_tokens


@pytest.mark.parametrize(
    ('name', 'token'),
    [
        ('conv2d_5', 'conv2d_5'),
        ('conv-1', 'conv_1'),
        ('1conv', 'layer_1conv'),
        ('outer/inner', 'outer_inner'),
        ('a__b', 'a_b'),
        ('_hidden_', 'hidden'),
        ('é', 'layer'),
    ],
)
def test_names_become_tokens(name, token):
    """Names that ROS would refuse are changed as little as possible."""
    assert topic_token(name) == token


@given(st.text())
def test_every_name_becomes_something_ros_accepts(name):
    """Letters, digits and single underscores, not beginning with a digit (ROS 2 topic rules)."""
    assert re.fullmatch(r'[A-Za-z](_?[A-Za-z0-9])*', topic_token(name))


def test_names_that_would_share_a_topic_are_refused():
    """The message names both layers."""
    with pytest.raises(ProfileError, match=r"'conv-1' and 'conv_1' would share.*'conv_1'"):
        unique_tokens(['conv-1', 'conv_1'])


def test_a_name_given_twice_is_one_topic():
    """Asking for the same layer twice is no collision."""
    assert unique_tokens(['a', 'b', 'a']) == {'a': 'a', 'b': 'b'}
