# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap why``."""

from __future__ import annotations

import json

import cv2
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import write_race


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
    """The frame nearest to the time is answered."""
    out = tmp_path / 'out'
    assert main([*arguments, '--at', '1.02', '--json', '--out', str(out)]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer['at'] == pytest.approx(1.0, abs=0.026)
    assert answer['reason'] == 'asked'


def test_a_driver_topic_needs_a_bag(arguments, tmp_path, capsys):
    """A picture has no topics."""
    picture = tmp_path / 'one.png'
    cv2.imwrite(str(picture), cv2.UMat(240, 320, cv2.CV_8UC3).get())
    changed = ['why', str(picture), *arguments[2:], '--driver', '/drive']
    assert main([*changed, '--out', str(tmp_path / 'out')]) == 1
    assert 'is no bag' in capsys.readouterr().err
