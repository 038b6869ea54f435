# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the verbs say of a model with an input that no race holds."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.pilot import backends

SAID = 'input imu_in is fed 0, 0, 9.81 with every frame, as the profile says'


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """Return a network that looks at the picture and at an IMU."""
    keras = backends.keras()
    image, imu = keras.Input((24, 32, 3), name='image'), keras.Input((3,), name='imu_in')
    seen = keras.layers.Conv2D(2, 5, strides=2, name='conv')(image)
    both = keras.layers.Concatenate()([keras.layers.Flatten()(seen), imu])
    path = tmp_path_factory.mktemp('imu') / 'imu.keras'
    keras.Model([image, imu], keras.layers.Dense(1, name='steering')(both)).save(path)
    return path


@pytest.fixture
def profile(tmp_path):
    """Return a profile that names what the IMU is."""
    path = tmp_path / 'imu.yaml'
    path.write_text(
        'input: {size: [32, 24], interpolation: area, normalisation: /255}\n'
        'heads: {steering: {output: steering, positive: right}}\n'
        'extra_inputs: {imu_in: [0, 0, 9.81]}\n',
        encoding='utf-8',
    )
    return path


@pytest.fixture
def picture(tmp_path):
    """Return a race of one frame."""
    path = tmp_path / 'frame.png'
    cv2.imwrite(str(path), np.full((24, 32, 3), 90, np.uint8))
    return path


@pytest.mark.parametrize('verb', ['render', 'explain', 'filters'])
def test_constants_are_told_of_where_a_race_is_driven(
    model, profile, picture, tmp_path, capsys, verb
):
    """Nobody takes the steering for that of the car."""
    out = tmp_path / 'out'
    asked = ['--model', str(model), '--profile', str(profile), '--out', str(out)]
    assert main([verb, str(picture), *asked]) == 0
    assert f'{model}: {SAID}' in capsys.readouterr().err
    if verb == 'render':
        summary = json.loads((out / 'summary.json').read_text())
        assert summary['extra_inputs'] == {'imu_in': [0, 0, 9.81]}


def test_layers_lists_them(model, profile, capsys):
    """Also what is needed where there is no profile yet."""
    assert main(['layers', str(model), '--profile', str(profile)]) == 0
    assert f'\n{SAID}' in capsys.readouterr().out
    assert main(['layers', str(model)]) == 0
    assert 'input imu_in (3,) is not fed from the race' in capsys.readouterr().out
    assert main(['layers', str(model), '--profile', str(profile), '--json']) == 0
    assert json.loads(capsys.readouterr().out)['extra_inputs'] == {'imu_in': [0, 0, 9.81]}


def test_a_profile_that_lacks_them_is_refused(model, profile, picture, capsys):
    """The message shows how they are written."""
    profile.write_text(profile.read_text().rpartition('extra_inputs')[0])
    assert main(['render', str(picture), '--model', str(model), '--profile', str(profile)]) == 1
    said = capsys.readouterr().err
    assert 'needs 3 constant values, as in "extra_inputs: {imu_in: [0.0, ...]}"' in said
