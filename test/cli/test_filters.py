# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap filters``."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.pilot import backends


@pytest.fixture
def race(tmp_path):
    """Return a folder of six pictures, one of them damaged."""
    folder = tmp_path / 'race'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(6):
        image = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{i}.jpg'), image)
    (folder / '3.jpg').write_bytes(b'no picture')
    return folder


@pytest.fixture
def dead_model(tiny_model, tmp_path):
    """Return the tiny network with one filter that no picture can wake."""
    model = backends.keras().models.load_model(tiny_model)
    layer = model.get_layer('conv_2')
    kernel, bias = (np.array(weights) for weights in layer.get_weights())
    kernel[..., 4], bias[4] = -abs(kernel[..., 4]), -0.1
    layer.set_weights([kernel, bias])
    path = tmp_path / 'dead.keras'
    model.save(path)
    return path


@pytest.fixture
def arguments(race, dead_model, tiny_profile):
    """Return the arguments of a survey of the race."""
    return ['filters', str(race), '--model', str(dead_model), '--profile', str(tiny_profile)]


def test_filters_that_stand_out_are_listed(arguments, capsys):
    """A dead one is proved after five frames; healthy ones are not listed."""
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert '5 frames, 1 skipped' in text
    assert 'conv_1: STALE, not enough frames (5 of 500)' in text
    assert 'conv_2: WARN, not enough frames (5 of 500): 1 dead (proved)' in text
    (row,) = [line for line in text.splitlines() if line.endswith('provably dead')]
    assert row.split()[:4] == ['4', '0', '0', '0.00']


def test_frames_that_are_left_out_are_counted_and_few_reasons_told(arguments, race, capsys):
    """A race of pictures of all sizes fills no screen."""
    for height in range(1, 8):
        cv2.imwrite(str(race / f'small_{height}.png'), np.zeros((height, 9), np.uint8))
    assert main([*arguments, '--json']) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data['frames'], data['frames_skipped'], len(data['skipped'])) == (5, 8, 8)
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert '5 frames, 8 skipped' in text
    assert text.count('  skipped: ') == 6
    assert '  skipped: and 3 other reasons' in text


def test_all_filters_can_be_listed(arguments, capsys):
    """4 of the first layer, 6 of the second."""
    assert main([*arguments, '--all']) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows if row and row[0].isdecimal()][1:] == list('0123012345')


def test_data_and_pictures_are_written(arguments, tmp_path, capsys):
    """JSON on the screen and in the folder is the same."""
    out = tmp_path / 'out'
    assert main([*arguments, '--json', '--out', str(out), '--layers', 'conv_2']) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads((out / 'filters.json').read_text())
    assert list(data['layers']) == ['conv_2']
    assert data['frames'] == 5
    assert data['layers']['conv_2']['filters'][4]['dead']
    names = {'filters.json', 'conv_2.png', 'conv_2_grid_0.png'}
    assert {path.name for path in out.iterdir()} == names
    assert cv2.imread(str(out / 'conv_2.png')).shape[1] > 800
    grid = cv2.imread(str(out / 'conv_2_grid_0.png'))[..., ::-1]
    red = (grid == (255, 70, 70)).all(axis=2)
    # Six channels in three columns; number 4 is dead, 5 is not.
    lower = red[red.shape[0] // 2 :]
    third = red.shape[1] // 3
    assert lower[:, third : 2 * third].any()
    assert not lower[:, 2 * third + 4 :].any()


def test_a_tflite_file_is_proved_too(race, tiny_profile, tmp_path, dead_model, capsys):
    """The same filter as in the Keras file."""
    tf = backends.tensorflow()
    model = backends.keras().models.load_model(dead_model)
    path = tmp_path / 'dead.tflite'
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    profile = tmp_path / 'index.yaml'
    profile.write_text(
        tiny_profile.read_text()
        .replace('output: steering', 'output: 0')
        .replace('output: throttle', 'output: 1')
    )
    command = ['filters', str(race), '--model', str(path), '--profile', str(profile)]
    capsys.readouterr()
    assert main([*command, '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert report['no_proof'] == ''
    proved = [
        [one['index'] for one in layer['filters'] if one['provably_dead']]
        for layer in report['layers'].values()
    ]
    assert proved == [[], [4]]


def test_layers_of_which_nothing_can_be_proved_are_named(race, tiny_profile, tmp_path, capsys):
    """With the operation that has no bounds; the others are proved, and all are judged."""
    keras = backends.keras()
    image = keras.Input((24, 32, 3), name='image')
    first = keras.layers.Conv2D(2, 3, name='first')(image)
    unbounded = keras.layers.Activation('log_softmax', name='between')(first)
    second = keras.layers.Conv2D(2, 3, name='second')(unbounded)
    flat = keras.layers.Flatten()(second)
    outputs = [keras.layers.Dense(1, name=name)(flat) for name in ('steering', 'throttle')]
    path = tmp_path / 'unbounded.keras'
    keras.Model(image, outputs).save(path)
    command = ['filters', str(race), '--model', str(path), '--profile', str(tiny_profile)]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert (
        'Whether filters of between, second are provably dead is unknown: what LOG_SOFTMAX '
        'returns here has no bounds.'
    ) in text
    assert 'second: STALE' in text


@pytest.mark.parametrize(
    ('extra', 'message'),
    [
        (['--layers', 'conv_9'], "Unknown layer 'conv_9'"),
        (['--topic', '/image'], 'no bag'),
    ],
)
def test_wrong_options_are_explained(arguments, extra, message, capsys):
    """Exit code 1."""
    assert main([*arguments, *extra]) == 1
    assert message in capsys.readouterr().err


def test_a_race_without_a_usable_frame_is_an_error(arguments, race, capsys):
    """The reason is given, and no statistics of nothing."""
    for path in race.iterdir():
        path.write_bytes(b'no picture')
    assert main(arguments) == 1
    assert 'could be used' in capsys.readouterr().err
