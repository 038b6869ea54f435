# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap new-profile`` from end to end."""

from __future__ import annotations

import json
import os

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.pilot.profile import PilotProfile


@pytest.fixture
def tub(tmp_path, write_tub):
    """Return a tub of noise with a driver."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(24)]
    return write_tub(tmp_path / 'data', images, [{'user/angle': np.sin(n / 3)} for n in range(24)])


def test_a_profile_and_a_picture_are_written(tiny_model, tub, tmp_path, capsys):
    """The profile loads, fits the model, and says what it does not know."""
    out = tmp_path / 'mine.yaml'
    assert main(['new-profile', str(tiny_model), str(tub), '--out', str(out)]) == 0
    said = capsys.readouterr().out
    assert 'undecided:' in said
    assert 'max_steering_angle: -' in said
    assert str(out) in said
    profile = PilotProfile.load(out)
    assert profile.name == 'mine'
    assert profile.heads['steering'].output == 'steering'
    assert profile.heads['throttle'].output == 'throttle'
    assert profile.max_steering_angle is None
    picture = cv2.imread(str(tmp_path / 'mine.png'))
    assert picture.shape[1] == 960
    assert (
        main(
            ['render', str(tub), '--model', str(tiny_model), '--profile', str(out)]
            + ['--out', str(tmp_path / 'rendered')]
        )
        == 0
    )


def test_the_decisions_as_json(tiny_model, tub, tmp_path, capsys):
    """For scripts: what is undecided is a list."""
    arguments = ['new-profile', str(tiny_model), str(tub), '--json', '--frames', '24']
    arguments += ['--out', str(tmp_path / 'a.yaml'), '--max-steering-angle', '0.3']
    assert main(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert 'heads.steering.positive' in data['undecided']
    assert 'max_steering_angle' not in data['undecided']
    assert {d['verdict'] for d in data['decisions']} == {'decided', 'undecided'}
    assert PilotProfile.load(data['profile']).max_steering_angle == 0.3


def test_a_race_whose_name_is_no_text(tiny_model, tub, tmp_path):
    """It stands in a comment of the profile, which must remain YAML."""
    odd, out = tub.rename(tub.parent / os.fsdecode(b'rac\xff')), tmp_path / 'mine.yaml'
    assert main(['new-profile', str(tiny_model), str(odd), '--out', str(out)]) == 0
    assert r'rac\udcff' in out.read_text(encoding='utf-8')


def test_what_exists_is_not_replaced(tiny_model, tub, tmp_path, capsys):
    """Nor is a name taken that no loader would know."""
    out = tmp_path / 'mine.yaml'
    out.write_text('precious')
    start = ['new-profile', str(tiny_model), str(tub)]
    assert main([*start, '--out', str(out)]) == 1
    assert 'mine.yaml exists' in capsys.readouterr().err
    assert out.read_text() == 'precious'
    assert main([*start, '--out', str(tmp_path / 'mine.txt')]) == 1
    assert 'must end in .yaml' in capsys.readouterr().err


def test_a_profile_to_begin_with(tiny_model, tiny_profile, tub, tmp_path):
    """What cannot be told comes from it."""
    out = tmp_path / 'mine.yaml'
    arguments = ['--profile', str(tiny_profile), '--out', str(out)]
    assert main(['new-profile', str(tiny_model), str(tub), *arguments]) == 0
    profile = PilotProfile.load(out)
    assert profile.input.crop.top == 8
    assert profile.max_steering_angle == 0.4
    assert 'from your own profile' in out.read_text()
