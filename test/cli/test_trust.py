# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap trust``."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main


@pytest.fixture
def race(tmp_path):
    """Return a folder of eight pictures, one of them damaged."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(8):
        image = (rng.random((48, 64, 3)) * 32 * (i + 1)).astype(np.uint8)
        cv2.imwrite(str(folder / f'{i}.png'), image)
    (folder / '5.png').write_bytes(b'no picture')
    return folder


@pytest.fixture
def arguments(race, tiny_model, tiny_profile):
    """Return the arguments of a quick survey of the race."""
    return [
        *('trust', str(race), '--model', str(tiny_model), '--profile', str(tiny_profile)),
        *('--methods', 'activation,hirescam', '--frames', '3'),
    ]


def test_tables_for_people(arguments, capsys):
    """Every method, layer and baseline has a row; shift, flicker and mirror follow."""
    assert main([*arguments, '--layers', 'conv_1,conv_2']) == 0
    text = capsys.readouterr().out
    assert '3 frames, 0 skipped' in text
    rows = [line.split() for line in text.splitlines()]
    judged = [tuple(row[:2]) for row in rows if len(row) > 1 and row[1] in ('blur', 'p95')]
    maps = [f'{method}/conv_{i}' for method in ('activation', 'hirescam') for i in (1, 2)]
    assert judged == [(name, baseline) for name in maps for baseline in ('blur', 'p95')]
    for part in ('shift: mean change of steering', 'flicker: 1 - correlation', 'mirror:'):
        assert part in text


@pytest.mark.parametrize('frames', ['1', '2', '3'])
def test_a_few_frames_claim_no_interval(arguments, frames, tmp_path, capsys):
    """Nor does the mirror, and the picture can be drawn."""
    out = tmp_path / 'out'
    assert main([*arguments, '--frames', frames, '--out', str(out)]) == 0
    text = capsys.readouterr().out
    assert 'too few frames' in text
    assert ' to ' not in text.split('trust: score')[1].split('shift:')[0]
    assert '(' not in text.split('mirror:')[1]
    mirror = json.loads((out / 'trust.json').read_text())['mirror']
    assert (mirror['interval'], mirror['mean'] is None) == (None, False)


def test_data_and_pictures_are_written(arguments, tmp_path, capsys):
    """JSON on the screen and in the folder is the same."""
    out = tmp_path / 'out'
    assert main([*arguments, '--json', '--out', str(out), '--baselines', 'mean,p95']) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads((out / 'trust.json').read_text())
    assert list(data['subjects']) == ['activation/conv_2', 'hirescam/conv_2']
    found = data['subjects']['hirescam/conv_2']['faithfulness']
    assert list(found) == ['mean', 'p95']
    trust = found['p95']['trust']
    assert trust['frames'] + trust['undefined'] == 3
    assert trust['undefined'] >= 1
    assert data['seconds_per_frame'] > 0
    names = {path.name for path in out.iterdir()}
    assert {'trust.json', 'trust.png', 'curves_p95.png'} <= names
    assert cv2.imread(str(out / 'curves_p95.png')).shape[1] > 800


def test_shuffled_weights_are_told_if_asked(arguments, tmp_path, capsys):
    """A table, the layers that a method is blind to, data and a picture; else nothing of it."""
    out = tmp_path / 'out'
    assert main([*arguments, '--shuffle-weights', '--out', str(out)]) == 0
    text = capsys.readouterr().out
    table = text.split('left of the map when the weights of all 4 layers')[1].split('mirror:')[0]
    rows = [line.split() for line in table.splitlines()]
    assert [row[0] for row in rows if row[-3:] == ['too', 'few', 'frames']] == [
        'activation/conv_2',
        'hirescam/conv_2',
    ]
    assert 'activation/conv_2 looks at no output' in table
    data = json.loads((out / 'trust.json').read_text())
    assert data['layers_with_weights'][2:] == ['conv_2', 'conv_1']
    found = data['subjects']['hirescam/conv_2']['weights']
    assert list(found['way']) == ['1', '2', '3', '4']
    assert found['left']['frames'] + found['left']['undefined'] == 3
    assert cv2.imread(str(out / 'weights.png')).shape[1] > 800
    plain = tmp_path / 'plain'
    assert main([*arguments, '--out', str(plain)]) == 0
    assert 'two shuffled' not in capsys.readouterr().out
    assert not (plain / 'weights.png').exists()
    data = json.loads((plain / 'trust.json').read_text())
    assert data['subjects']['hirescam/conv_2']['weights'] is None


def test_the_whole_race_is_used_where_it_is_short(arguments, capsys):
    """More frames than there are; the damaged one does not count."""
    assert main([*arguments, '--frames', '50', '--json']) == 0
    data = json.loads(capsys.readouterr().out)
    assert data['frames'] == 7
    assert data['subjects']['activation/conv_2']['flicker']['frames'] == 6


def test_methods_without_gradients_work_without_keras(race, enlarging_tflite, tmp_path, capsys):
    """A TFLite file with an operation without a derivative: others say the reason."""
    profile = tmp_path / 'index.yaml'
    profile.write_text(
        'input: {size: [32, 24], interpolation: area, normalisation: /255}\n'
        'heads: {steering: {output: 0, positive: right}}\n'
        'max_steering_angle: 0.4\n'
    )
    command = ['trust', str(race), '--model', str(enlarging_tflite), '--profile', str(profile)]
    assert main([*command, '--frames', '2', '--methods', 'activation,saliency']) == 0
    text = capsys.readouterr().out
    assert 'saliency left out: ' in text
    assert 'activation/' in text
    assert main([*command, '--frames', '2', '--methods', 'saliency']) == 1
    assert 'saliency: ' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--methods', 'salience'], "Unknown method 'salience'"),
        (['--layers', 'conv_9'], "Unknown layer 'conv_9'"),
        (['--baselines', 'blur'], 'two baselines at least'),
        (['--baselines', 'blur,black'], "Unknown baseline 'black'"),
        (['--target', 'brake'], "Unknown target 'brake'"),
        (['--target', 'decided'], 'this is a regression'),
    ],
)
def test_wrong_options_are_explained(arguments, extra, message, capsys, tmp_path):
    """Exit code 1, before anything is written."""
    out = tmp_path / 'out'
    assert main([*arguments, '--out', str(out), *extra]) == 1
    assert message in capsys.readouterr().err
    assert not out.exists()
