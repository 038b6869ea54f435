# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which layers are worth looking at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.network import Layer, Network
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.vision.registration import AxisSampling, Sampling

PLACE = Sampling(AxisSampling(1.5, 4, 10), AxisSampling(0.5, 2, 5), spread=1.0)


def layer(name, kind='Conv2D', sampling=PLACE, inputs=()):
    """Return a layer of 3 x 4 cells."""
    return Layer(name, kind, (3, 4, 8), sampling, '' if sampling else 'reason', inputs)


def network(*layers):
    """Return a network of these layers."""
    return Network('test', (), (), layers)


def chain(*layers):
    """Return a network in which every layer feeds the next."""
    fed = zip(layers, ('picture', *(one.name for one in layers)), strict=False)
    return network(*(replace(one, inputs=(before,)) for one, before in fed))


def test_the_first_and_last_convolution_are_shown_when_nobody_chose():
    """Layers without a place and mere helpers are passed over."""
    whole = chain(
        layer('scale', 'Rescaling'),
        layer('a'),
        layer('b'),
        layer('c', 'CONV_2D'),
        layer('pool', 'MaxPooling2D'),
        layer('lost', 'Conv2D', None),
    )
    assert showcase(whole) == ('a', 'c')
    assert showcase(chain(layer('only'))) == ('only',)
    assert showcase(chain(layer('pool', 'MaxPooling2D'))) == ('pool',)


@pytest.mark.parametrize('activation', ['ReLU', 'Activation', 'LEAKY_RELU', 'ELU'])
def test_they_are_shown_after_an_activation_that_is_a_layer_of_its_own(activation):
    """Normalisation may lie between: before both, positive and negative values cancel."""
    whole = chain(
        layer('a'),
        layer('norm_a', 'BatchNormalization'),
        layer('act_a', activation),
        layer('drop_a', 'Dropout'),
        layer('b'),
        layer('act_b', activation),
    )
    assert showcase(whole) == ('act_a', 'act_b')


def test_an_activation_behind_another_layer_belongs_to_that_one():
    """Pooling moves the cells, a branch has two followers, a sum has two sources."""
    moved = replace(PLACE, spread=2.0)
    assert showcase(
        chain(layer('a'), layer('pool', 'MaxPooling2D', moved), layer('r', 'ReLU'))
    ) == ('a',)
    branch = network(
        layer('a'), layer('r', 'ReLU', inputs=('a',)), layer('s', 'ReLU', inputs=('a',))
    )
    assert showcase(branch) == ('a',)
    total = network(
        layer('a'),
        layer('b', inputs=('x',)),
        layer('sum', 'Add', inputs=('a', 'b')),
        layer('r', 'ReLU', inputs=('sum',)),
    )
    assert showcase(total) == ('a', 'b')


def test_a_network_without_pictures_has_nothing_to_show():
    """A purely dense network is refused with its origin."""
    with pytest.raises(UnsupportedError, match=r'\(test\) has no layer'):
        showcase(network())
