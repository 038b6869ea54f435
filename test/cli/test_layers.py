# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap layers``."""

from __future__ import annotations

import json

from featuremap_ros.cli.main import main


def test_the_table_says_everything_one_needs_to_choose_a_layer(tiny_model, tiny_profile, capsys):
    """Name, kind, map, channels, stride, receptive field and topic of each layer."""
    assert main(['layers', str(tiny_model), '--profile', str(tiny_profile)]) == 0
    text = capsys.readouterr().out
    assert 'inputs:  image (24, 32, 3)' in text
    assert 'outputs: steering (1,), throttle (1,)' in text
    line = next(line for line in text.splitlines() if line.startswith('conv_2'))
    assert line.split() == [
        *('conv_2', 'Conv2D', '12', 'x', '8', '6', '2', 'x', '2', '9', 'x', '9'),
        '~/overlay/conv_2',
    ]


def test_a_profile_that_cannot_be_guessed_is_no_error(tiny_model, capsys):
    """The layers are listed, and the choices are named."""
    assert main(['layers', str(tiny_model)]) == 0
    assert 'Name one: axionaut' in capsys.readouterr().out


def test_json_for_scripts(tiny_model, tiny_profile, capsys):
    """The same as data."""
    assert main(['layers', str(tiny_model), '--profile', str(tiny_profile), '--json']) == 0
    data = json.loads(capsys.readouterr().out)
    assert [layer['topic'] for layer in data['layers']] == [
        '~/overlay/conv_1',
        '~/overlay/conv_2',
    ]
    assert data['profile'] == 'tiny'


def test_a_profile_that_does_not_fit_is_an_error(tiny_model, capsys):
    """Expected and received shapes are printed."""
    assert main(['layers', str(tiny_model), '--profile', 'donkeycar']) == 1
    assert 'does not fit the model' in capsys.readouterr().err


def test_the_real_models_are_recognised(shared_data, capsys):
    """The Axionaut and donkeycar files name their own profile."""
    for path, profile in (
        ('axionaut/autopilot.hdf5', 'axionaut'),
        ('donkeycar/pilot_21-08-12_8.h5', 'donkeycar_categorical'),
    ):
        assert main(['layers', str(shared_data / path)]) == 0
        assert f'profile: {profile} (guessed' in capsys.readouterr().out
