# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap why``."""

from __future__ import annotations

from importlib import resources
import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race
from featuremap_ros.why.moments import worst_moments


@pytest.fixture(scope='module')
def arguments(tmp_path_factory):
    """Return the arguments for the demo's race of two seconds."""
    race = write_race(tmp_path_factory.mktemp('race') / 'bag', seconds=2.0)
    with pilot_path() as model:
        return ['why', str(race), '--model', str(model), '--profile', 'demo']


def test_the_worst_moments_are_answered(arguments, tmp_path, capsys):
    """A sentence each on the screen, a picture and data each in the folder."""
    out = tmp_path / 'out'
    assert main([*arguments, '--worst', '2', '--out', str(out)]) == 0
    printed = capsys.readouterr().out
    answers = json.loads((out / 'why.json').read_text())
    assert 1 <= len(answers) <= 2
    for answer in answers:
        assert answer['sentence'] in printed
        assert answer['evaluations'] > 100
        assert cv2.imread(str(out / answer['picture'])) is not None
    assert [a['size'] for a in answers] == sorted((a['size'] for a in answers), reverse=True)


def test_one_moment_can_be_asked_about(arguments, tmp_path, capsys):
    """By the time since the beginning or by the stamp; the nearest frame is answered."""
    out = tmp_path / 'out'
    assert main([*arguments, '--at', '1.02', '--json', '--out', str(out)]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer['at'] == pytest.approx(1.0, abs=0.026)
    assert answer['reason'] == 'asked'
    stamp = str(answer['stamp_ns'] + 1_000_000)
    assert main([*arguments, '--at', stamp, '--json', '--out', str(out), '--overwrite']) == 0
    (again,) = json.loads(capsys.readouterr().out)
    assert {**again, 'seconds': 0} == {**answer, 'seconds': 0}


def test_moments_can_be_closer_and_too_few_are_said(arguments, tmp_path, capsys):
    """Two seconds hold no five moments a second apart, but four that are 0.3 s apart."""
    out = tmp_path / 'out'
    assert main([*arguments, '--worst', '5', '--out', str(out)]) == 0
    assert 'moments: no other stands out 1 s apart; see --apart' in capsys.readouterr().err
    closer = ('--worst', '4', '--apart', '0.3', '--overwrite')
    assert main([*arguments, *closer, '--out', str(out)]) == 0
    assert 'no other stands out' not in capsys.readouterr().err
    assert len(json.loads((out / 'why.json').read_text())) == 4


@pytest.mark.parametrize(
    ('count', 'begins'),
    [(0, 'no moment stands out'), (1, '1 moment: no'), (2, '2 moments: no')],
)
def test_moments_are_counted_in_words_that_fit(
    arguments, tmp_path, capsys, monkeypatch, count, begins
):
    """Also where nothing stands out: that is an answer."""

    def some(race, wanted, **options):
        return worst_moments(race, wanted, **options)[:count]

    monkeypatch.setattr('featuremap_ros.cli.why.worst_moments', some)
    out = tmp_path / 'out'
    assert main([*arguments, '--worst', '5', '--out', str(out)]) == 0
    assert f'\n{begins}' in capsys.readouterr().err
    assert len(json.loads((out / 'why.json').read_text())) == count


def test_mistakes_are_explained(arguments, tmp_path, capsys):
    """In one line."""
    assert main([*arguments, '--at', 'noon', '--out', str(tmp_path / 'out')]) == 1
    assert "got 'noon'" in capsys.readouterr().err


def test_a_driver_who_cannot_be_compared_is_left_out_aloud(arguments, tmp_path, capsys):
    """The bag holds a driver, and nobody said how far the wheels turn."""
    profile = tmp_path / 'unlimited.yaml'
    shipped = resources.files('featuremap_ros') / 'profiles' / 'demo.yaml'
    lines = shipped.read_text().splitlines()
    profile.write_text('\n'.join(x for x in lines if not x.startswith('max_steering_angle')))
    changed = [*arguments[:-1], str(profile), '--worst', '1', '--out', str(tmp_path / 'out')]
    assert main(changed) == 0
    assert 'the driver is left out: to compare, --max-steering-angle' in capsys.readouterr().err


def test_a_driver_topic_needs_a_bag(arguments, tmp_path, capsys):
    """A picture has no topics."""
    picture = tmp_path / 'one.png'
    cv2.imwrite(str(picture), cv2.UMat(240, 320, cv2.CV_8UC3).get())
    changed = ['why', str(picture), *arguments[2:], '--driver', '/drive']
    assert main([*changed, '--out', str(tmp_path / 'out')]) == 1
    assert 'is no bag' in capsys.readouterr().err


def test_pictures_of_another_camera_are_said_to_be(tiny_model, tiny_profile, tmp_path, capsys):
    """There are frames, and none of them fits."""
    picture = tmp_path / 'picture.png'
    cv2.imwrite(str(picture), np.zeros((50, 64, 3), np.uint8))
    profile = tmp_path / 'camera.yaml'
    text = tiny_profile.read_text()
    profile.write_text(text.replace('input: {', 'input: {camera: [64, 48], '))
    pilot = ['--model', str(tiny_model), '--profile', str(profile)]
    assert main(['why', str(picture), *pilot, '--out', str(tmp_path / 'out')]) == 1
    said = capsys.readouterr().err
    assert 'could be used: Expected a picture of 64 x 48 pixels' in said
    assert 'holds no frames' not in said
