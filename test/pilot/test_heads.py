# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Outputs read as steering and throttle."""

from __future__ import annotations

import json

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError, ProfileError
from featuremap_ros.pilot.heads import decode, Head, parse_head
from featuremap_ros.pilot.profile import PilotProfile


def array(*values):
    """Return a raw output."""
    return np.array(values, np.float32)


def test_a_regression_is_clamped_to_its_range():
    """Unbounded linear outputs do not turn the wheels beyond their stop."""
    head = Head('out', range=(-1, 1))
    assert head.decide(array(0.25)) == (0.25, None)
    assert head.decide(array(3)) == (1, None)
    assert head.decide(array(-3)) == (-1, None)


def test_bins_give_the_likeliest_value_and_its_probability():
    """The decision is the argmax, the expectation weighs all bins."""
    head = Head('out', kind='bins', values=(-1, 0, 1))
    value, confidence = head.decide(array(0.5, 0.3, 0.2))
    assert (value, confidence) == (-1, pytest.approx(0.5))
    assert head.expectation(array(0.5, 0.3, 0.2)) == pytest.approx(-0.3)


def test_the_angle_is_in_radians_with_left_positive():
    """+1 for right becomes a negative angle, +1 for left a positive one."""
    right = decode({'steering': Head('a', positive='right')}, {'a': array(0.5)}, 0.4)
    left = decode({'steering': Head('a', positive='left')}, {'a': array(0.5)}, 0.4)
    assert (right.value, right.angle) == (0.5, pytest.approx(-0.2))
    assert (left.value, left.angle) == (0.5, pytest.approx(0.2))


def test_without_a_limit_of_the_wheels_there_is_no_angle():
    """Nothing is invented for a car whose steering limit is not known."""
    assert decode({'steering': Head('a')}, {'a': array(0.5)}, None).angle is None


def test_heads_are_read_by_name_by_index_and_by_component():
    """Two numbers in one tensor are two heads."""
    heads = {'steering': Head(0, component=0), 'throttle': Head('both', component=1)}
    steering = decode(heads, {'both': array(0.1, 0.7)}, None)
    assert (steering.value, steering.throttle) == (pytest.approx(0.1), pytest.approx(0.7))


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_a_network_that_returns_no_number_is_refused(value):
    """NaN never becomes a steering angle."""
    with pytest.raises(NotFiniteError, match=r"not finite on output 'a'"):
        decode({'steering': Head('a')}, {'a': array(value)}, 0.4)


def test_the_golden_donkeycar_outputs_decode_as_donkeycar_does(shared_data):
    """The angle is argmax * 2 / 14 - 1, the throttle argmax * 0.8 / 20."""
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())
    heads = PilotProfile.load('donkeycar_categorical').heads
    for outputs in golden['donkeycar/pilot_21-08-12_8.h5'].values():
        raw = {name: array(*outputs[name]) for name in ('angle_out', 'throttle_out')}
        steering = decode(heads, raw, None)
        assert steering.value == pytest.approx(raw['angle_out'].argmax() * 2 / 14 - 1)
        assert steering.throttle == pytest.approx(raw['throttle_out'].argmax() * 0.8 / 20)


def test_evenly_spaced_values_have_a_short_form():
    """A table of bins need not be typed out."""
    head = parse_head(
        'steering', {'output': 'a', 'kind': 'bins', 'values': {'low': -1, 'step': 0.5, 'count': 5}}
    )
    assert head.values == (-1, -0.5, 0, 0.5, 1)


@pytest.mark.parametrize(
    ('entry', 'message'),
    [
        ('angle', 'must be a mapping'),
        ({'kind': 'bins'}, 'must be a mapping with "output"'),
        ({'output': 'a', 'sign': 1}, 'any of'),
        ({'output': 'a', 'kind': 'softmax'}, "Unknown head kind 'softmax'"),
        ({'output': 'a', 'kind': 'bins'}, 'needs "values"'),
        ({'output': 'a', 'positive': 'up'}, "got 'up'. Expected left or right"),
        ({'output': 'a', 'range': 'wide'}, 'must be numbers'),
    ],
)
def test_a_malformed_head_is_refused(entry, message):
    """The message names the entry and what was expected."""
    with pytest.raises(ProfileError, match=message):
        parse_head('steering', entry)
