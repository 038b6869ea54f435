# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What maps can be asked about."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import UnknownNameError
from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.pilot.targets import find_target

NETWORK = Network(
    'test',
    (TensorSpec('image', (4, 5, 3)),),
    (TensorSpec('angle', (3,)), TensorSpec('speed', (1,)), TensorSpec('odd:name', (2,))),
    (),
)
OUTPUTS = {
    'angle': np.array([0.2, 0.5, 0.3], np.float32),
    'speed': np.array([1.7], np.float32),
    'odd:name': np.array([4, 9], np.float32),
}
BINS = Head('angle', kind='bins', values=(-1.0, 0.0, 1.0))


def target(name, **heads):
    """Look a target up among these heads."""
    return find_target(name, heads, NETWORK)


def test_steering_from_bins_is_the_mean_and_left_is_positive():
    """The model says + = right, the target the opposite."""
    found = target('steering', steering=BINS)
    assert found.value(OUTPUTS) == pytest.approx(-(0.3 - 0.2))
    assert found.sides == ('right', 'left')
    assert found.unit == 'steering'
    assert found.full_scale == 2


def test_a_model_whose_positive_side_is_left_is_not_turned_round():
    """The profile says which side is which."""
    head = Head('angle', kind='bins', values=(-1.0, 0.0, 1.0), positive='left')
    assert target('steering', steering=head).value(OUTPUTS) == pytest.approx(0.3 - 0.2)


def test_a_regression_is_read_unclamped():
    """By name or by index, one component of it."""
    head = Head(1, range=(-1.0, 1.0))
    assert target('steering', steering=head).value(OUTPUTS) == pytest.approx(-1.7)
    head = Head('odd:name', component=1)
    assert target('steering', steering=head).value(OUTPUTS) == -9


def test_the_throttle_keeps_its_sign():
    """More is faster, whatever the steering's sides are."""
    found = target('throttle', steering=BINS, throttle=Head('speed', range=(0.0, 0.5)))
    assert found.value(OUTPUTS) == pytest.approx(1.7)
    assert found.sides == ('slower', 'faster')
    assert found.full_scale == 0.5


def test_one_entry_of_any_output():
    """A class is a probability; other outputs are just numbers; names may hold colons."""
    found = target('angle:1', steering=BINS)
    assert found.value(OUTPUTS) == 0.5
    assert (found.unit, found.sides) == ('probability', ('against', 'for'))
    assert target('speed:0', steering=BINS).unit == 'output'
    assert target('odd:name:1', steering=BINS).value(OUTPUTS) == 9


@pytest.mark.parametrize(
    'name', ['throttle', 'angle', 'angle:3', 'angle:-1', 'angle:x', 'speed:1', 'nothing:0', '']
)
def test_what_is_not_there_is_refused_with_all_that_is(name):
    """Heads first, then the entries of every output in short."""
    listed = r'Choices: steering, angle:0 to angle:2, speed:0, odd:name:0 to odd:name:1'
    with pytest.raises(UnknownNameError, match=listed):
        target(name, steering=BINS)
