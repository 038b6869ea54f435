# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is shown, and how."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.view import named_view, View
from featuremap_ros.vision.scaling import FixedScale, FrameScale, RunningScale


def test_the_scale_policy_follows_the_settings():
    """The article's look always scales per frame."""
    assert isinstance(View(layer='a', scale='running').scale_policy(), RunningScale)
    assert isinstance(View(layer='a', scale='frame').scale_policy(), FrameScale)
    assert isinstance(View(layer='a', scale='running', mode='seed').scale_policy(), FrameScale)
    fixed = View(layer='a', scale='fixed', range=(1, 5)).scale_policy()
    assert isinstance(fixed, FixedScale)
    assert (fixed.low, fixed.high) == (1, 5)


def test_the_token_is_the_layers_topic_name():
    """Views are called by names that ROS accepts."""
    assert View(layer='block/conv-1').token == 'block_conv_1'


def test_an_explanation_is_called_by_method_layer_and_target():
    """As far as they apply; each is a part of the topic of its own."""
    view = View(method='hirescam', layer='block/conv-1', target='angle_out:7')
    assert view.name == 'hirescam/block/conv-1/angle_out:7'
    assert view.token == 'hirescam.block_conv_1.angle_out_7'
    assert view.topic == 'hirescam/block_conv_1/angle_out_7'
    assert view.map_topic == 'heatmap/hirescam/block_conv_1/angle_out_7'
    assert View(method='occlusion', target='throttle').topic == 'occlusion/throttle'
    assert View(method='visualbackprop', layer='conv').topic == 'visualbackprop/conv'
    assert View(layer='conv').topic == 'overlay/conv'


@pytest.fixture(scope='module')
def explainer(tiny_model, tiny_profile):
    """Return what looks names up in the tiny pilot."""
    return Explainer(Pilot.load(tiny_model, profile=tiny_profile))


@pytest.mark.parametrize(
    ('name', 'whole'),
    [
        ('hirescam', 'hirescam/conv_2/steering'),
        ('hirescam/conv_1', 'hirescam/conv_1/steering'),
        ('hirescam/steering', 'hirescam/conv_2/steering'),
        ('hirescam/conv_1/steering', 'hirescam/conv_1/steering'),
        ('visualbackprop', 'visualbackprop/conv_2'),
        ('occlusion', 'occlusion/steering'),
        ('activation', 'conv_2'),
    ],
)
def test_what_a_name_leaves_out_is_filled_in(explainer, name, whole):
    """The last convolution, and the steering."""
    view = named_view(name, explainer, {'opacity': 0.5})
    assert view.name == whole
    assert view.opacity == 0.5


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('hirescan', "Unknown method 'hirescan'. Did you mean 'hirescam'"),
        ('hirescam/conv_3', "Unknown layer or target 'conv_3'.*conv_1, conv_2.*steering"),
        ('hirescam/conv_1/stearing', "Unknown layer or target 'conv_1/stearing'"),
        ('occlusion/stearing', "Unknown target 'stearing'. Did you mean 'steering'"),
        ('occlusion/conv_1/steering', "names 'conv_1', and method 'occlusion' takes no layer"),
        ('visualbackprop/steering', "Unknown layer 'steering'"),
    ],
)
def test_a_name_that_means_nothing_is_refused(explainer, name, message):
    """The message lists what there is."""
    with pytest.raises(FeatureMapError, match=message):
        named_view(name, explainer, {})


@pytest.mark.parametrize(
    ('setting', 'message'),
    [
        ({'scale': 'log'}, r"Unknown scale 'log'.*Choices: frame, fixed, running"),
        ({'mode': 'multiply'}, r"Unknown mode 'multiply'.*alpha, add, seed"),
        ({'colormap': 'rainbow'}, r"Unknown colormap 'rainbow'"),
        ({'reduce': 'median'}, r"Unknown reduction 'median'"),
        ({'threshold': 1.5}, r"threshold of view 'a' must be from 0 to 1: got 1.5"),
        ({'opacity': -0.1}, r'opacity'),
        ({'opacity': float('nan')}, r'opacity'),
        ({'half_life': 0.0}, r'half_life'),
        ({'method': 'gradcan'}, r"Unknown method 'gradcan'. Did you mean 'gradcam'"),
        ({'method': 'hirescam', 'mode': 'seed'}, r"mode 'seed' is the look of an activation"),
        ({'range': (2.0, 1.0)}, r'range of view .a. must rise'),
        ({'method': 'occlusion', 'options': {'pach': 8}}, r"'pach'. Did you mean 'patch'"),
        ({'method': 'occlusion', 'options': {'patch': 0.5}}, r'must be a whole number: got 0.5'),
        ({'options': {'reduce': 'max'}}, r"Unknown option of activation 'reduce'"),
    ],
)
def test_settings_that_cannot_be_drawn_are_refused(setting, message):
    """The message names the value and the choices."""
    with pytest.raises(FeatureMapError, match=message):
        View(layer='a', **setting)
