# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network as data."""

from __future__ import annotations

from dataclasses import replace
import json

import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.pilot.network import Layer, Network, TensorSpec
from featuremap_ros.vision.registration import AxisSampling, Sampling

PLACE = Sampling(AxisSampling(1.5, 4, 10), AxisSampling(0.5, 2, 5), spread=1.0)


def layer(name, kind='Conv2D', sampling=PLACE, unregistered=''):
    """Return a layer of 3 x 4 cells."""
    return Layer(name, kind, (3, 4, 8), sampling, unregistered)


def network(*layers):
    """Return a network of these layers."""
    inputs = (TensorSpec('img', (12, None, 3)),)
    return Network('test', inputs, (TensorSpec('angle', (1,)),), layers)


def test_it_survives_json():
    """What is read back is equal, also where something is not known."""
    fed = replace(layer('fed'), inputs=('conv', 'attention'))
    lost = layer('attention', 'Attention', None, 'it looks everywhere')
    whole = network(layer('conv'), lost, fed)
    assert Network.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_an_unknown_layer_is_refused_with_the_nearest_name():
    """The message also lists all layers."""
    with pytest.raises(UnknownNameError, match=r"'conv2d5'. Did you mean 'conv2d_5'.*conv2d_1"):
        network(layer('conv2d_1'), layer('conv2d_5')).layer('conv2d5')


def test_a_layer_without_a_place_is_refused_with_the_reason():
    """The reason comes from the walk through the graph."""
    unplaced = layer('mix', 'Reshape', None, 'its cells are rearranged')
    with pytest.raises(UnsupportedError, match=r"'mix' cannot be placed.*cells are rearranged"):
        network(unplaced).registered('mix')
