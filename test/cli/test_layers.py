# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap layers``."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.pilot import backends


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


def test_a_model_without_maps_has_no_table(tmp_path, capsys):
    """A network of dense layers opens, and shows nothing."""
    keras = backends.keras()
    dense = [keras.Input((8, 9, 3)), keras.layers.Flatten(), keras.layers.Dense(1)]
    keras.Sequential(dense).save(tmp_path / 'dense.keras')
    assert main(['layers', str(tmp_path / 'dense.keras')]) == 0
    text = capsys.readouterr().out
    assert 'No layer has a map of rows and columns' in text
    assert 'receptive field' not in text


@pytest.mark.parametrize('name', ['HOME', 'XDG_CACHE_HOME'])
def test_a_home_that_cannot_be_written_costs_one_line(tiny_model, name):
    """The model is converted, and cannot be kept; no library says anything."""
    unset = ('HOME', 'XDG_CACHE_HOME', 'MPLCONFIGDIR')
    kept = {key: value for key, value in os.environ.items() if key not in unset}
    done = subprocess.run(
        [sys.executable, '-m', 'featuremap_ros.cli.main', 'layers', str(tiny_model)],
        env={**kept, 'HOME': '/proc/nobody', name: '/proc/nobody'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (said,) = done.stderr.splitlines()
    assert said.startswith('WARNING: Converted models cannot be kept in /proc/nobody/')
    assert said.endswith('Set XDG_CACHE_HOME to a folder that can be written.')


@pytest.mark.parametrize('option', ['--topic', '--driver', '--wheelbase', '--max-steering-angle'])
def test_what_is_about_a_race_needs_one(tiny_model, capsys, option):
    """Else it would change nothing, and nobody would know."""
    assert main(['layers', str(tiny_model), option, '1']) == 1
    assert f'{option} is about a race, and there is none' in capsys.readouterr().err


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


@pytest.fixture
def race(tmp_path):
    """Return a second of a race that the demo pilot was trained for."""
    return write_race(tmp_path / 'race', seconds=1.5)


def test_a_race_is_probed_for_its_colours(race, capsys):
    """With the driver that the bag holds; in words and as data."""
    with pilot_path() as model:
        command = ['layers', str(model), '--profile', 'demo', '--probe', str(race)]
        assert main(command) == 0
        assert "colours: right (distance from the driver's steering" in capsys.readouterr().out
        assert main([*command, '--driver', '/drive', '--json']) == 0
    colours = json.loads(capsys.readouterr().out)['colours']
    assert colours['verdict'] == 'right'
    assert colours['evidence'][0]['kind'] == 'error'
    assert colours['evidence'][0]['frames'] >= 20


def test_a_probe_says_what_it_lacks(race, tiny_model, tiny_profile, tmp_path, capsys):
    """A profile, the limit of the wheels, or a topic."""
    command = ['layers', str(tiny_model), '--probe', str(race)]
    assert main(command) == 1
    assert 'give --profile' in capsys.readouterr().err
    profile = tmp_path / 'tiny.yaml'
    profile.write_text(tiny_profile.read_text().replace('max_steering_angle: 0.4', ''))
    assert main([*command, '--profile', str(profile)]) == 0
    assert '(--max-steering-angle is needed for that)' in capsys.readouterr().out
    assert main([*command, '--profile', str(profile), '--driver', '/imu']) == 1
    assert "Unknown steering topic '/imu'" in capsys.readouterr().err


def test_a_probe_of_pictures_that_do_not_fit_says_so(tiny_model, tiny_profile, tmp_path, capsys):
    """Nothing was seen of the colours, whatever the model gives."""
    picture = tmp_path / 'picture.png'
    cv2.imwrite(str(picture), np.zeros((50, 64, 3), np.uint8))
    profile = tmp_path / 'camera.yaml'
    text = tiny_profile.read_text()
    profile.write_text(text.replace('input: {', 'input: {camera: [64, 48], '))
    command = ['layers', str(tiny_model), '--profile', str(profile), '--probe', str(picture)]
    assert main(command) == 1
    assert 'layers: Expected a picture of 64 x 48 pixels' in capsys.readouterr().err
