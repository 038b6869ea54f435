# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How one layer is shown."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.view import View
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
        ({'range': (2.0, 1.0)}, r'range of view .a. must rise'),
    ],
)
def test_settings_that_cannot_be_drawn_are_refused(setting, message):
    """The message names the value and the choices."""
    with pytest.raises(FeatureMapError, match=message):
        View(layer='a', **setting)
