# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameter values become immutable settings, or are refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.ros.settings import Settings, SettingsError
from featuremap_ros.view import View


def test_without_values_everything_has_its_default():
    """Nothing is required, and nothing about the car is assumed."""
    settings = Settings.read({})
    assert settings.layers == ()
    assert settings.threads is None
    assert settings.steering.max_age == 0.2
    assert settings.steering.max_steering_angle is None
    assert settings.steering.wheelbase is None
    assert settings.steering.speed == 0
    assert settings.shown(View(layer='conv')) == View(layer='conv')


def test_a_view_falls_back_to_the_common_default():
    """What is set for the layer wins over what is set for all."""
    settings = Settings.read(
        {
            'overlay.default.opacity': 0.5,
            'overlay.default.colormap': 'viridis',
            'overlay.conv_1.colormap': 'hot',
            'overlay.conv_1.opacity': None,
        }
    )
    assert settings.shown(View(layer='conv-1')).colormap == 'hot'
    assert settings.shown(View(layer='conv-1')).opacity == 0.5
    assert settings.shown(View(layer='other')).colormap == 'viridis'


def test_the_settings_of_an_explanation_stand_under_its_parts():
    """Method, layer and target; the article's look is for activations and is left out."""
    view = View(method='hirescam', layer='conv-1')
    settings = Settings.read(
        {
            'overlay.default.mode': 'seed',
            'overlay.default.opacity': 0.5,
            'overlay.hirescam.conv_1.steering.threshold': 0.1,
        }
    )
    shown = settings.shown(view)
    assert (shown.mode, shown.opacity, shown.threshold) == ('alpha', 0.5, 0.1)
    assert settings.shown(View(layer='conv-1')).mode == 'seed'


def test_empty_and_repeated_names_are_left_out():
    """ROS cannot write an empty list down, so an empty name stands for it."""
    settings = Settings.read({'layers': ['', 'a', 'b', 'a'], 'methods': ['', 'c', 'c']})
    assert settings.layers == ('a', 'b')
    assert settings.methods == ('c',)


def test_services_write_where_ros_keeps_its_files(monkeypatch, tmp_path):
    """Unless a folder is named."""
    monkeypatch.setenv('ROS_HOME', str(tmp_path))
    assert Settings.read({}).observer.folder == tmp_path / 'featuremap'
    assert Settings.read({'folder': '/data/seen'}).observer.folder == Path('/data/seen')


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ({'speed': 1.0, 'speed_scale': 2.0}, 'both set'),
        ({'max_age': math.nan}, 'max_age must be from 0.01'),
        ({'speed': math.inf}, 'speed must be from 0'),
        ({'overlay.default.range': [1.0, 0.0]}, 'smaller first'),
        ({'overlay.default.range': [0.0, math.nan]}, 'finite'),
        ({'overlay.default.range': [1.0]}, 'two finite numbers'),
        ({'folder': '~no-such-user/maps'}, 'home directory of .*~no-such-user'),
    ],
)
def test_values_that_cannot_be_used_are_refused(values, text):
    """NaN passes ROS's own ranges; here it does not."""
    with pytest.raises(SettingsError, match=text):
        Settings.read(values)


@pytest.mark.parametrize(
    ('name', 'value', 'near'),
    [
        ('image_transport', 'compresed', 'compressed'),
        ('steering.message', 'twist_stampd', 'twist_stamped'),
        ('overlay.default.colormap', 'viridi', 'viridis'),
    ],
)
def test_a_misspelt_choice_is_refused_with_the_nearest(name, value, near):
    """The message names the parameter and what was probably meant."""
    with pytest.raises(UnknownNameError, match=f'{name}.*Did you mean.*{near}'):
        Settings.read({name: value})


def test_a_reduction_that_does_not_exist_is_refused():
    """The view checks what no list of choices can hold."""
    with pytest.raises(UnsupportedError, match='median'):
        Settings.read({'overlay.default.reduce': 'median'}).shown(View(layer='conv'))
