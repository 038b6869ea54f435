# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap compare`` from end to end."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.pilot import backends


@pytest.fixture(scope='module')
def tub(tmp_path_factory, write_tub):
    """Return a tub of three seconds with a driver."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(60)]
    records = [{'user/angle': float(np.sin(n / 9))} for n in range(60)]
    return write_tub(tmp_path_factory.mktemp('tub') / 'data', images, records)


@pytest.fixture(scope='module')
def other(tmp_path_factory):
    """Return another pilot and its profile: another input, another crop, + is left."""
    folder = tmp_path_factory.mktemp('other')
    keras = backends.keras()
    keras.utils.set_random_seed(9)
    image = keras.Input((20, 40, 3), name='camera')
    maps = keras.layers.Conv2D(5, 3, strides=2, activation='relu', name='only')(image)
    out = keras.layers.Dense(1, name='angle')(keras.layers.Flatten()(maps))
    keras.Model(image, out).save(folder / 'other.keras')
    (folder / 'other.yaml').write_text(
        'input: {size: [40, 20], crop: {top: 20}, normalisation: /255}\n'
        'heads: {steering: {output: angle, positive: left}}\n'
        'max_steering_angle: 0.3\n'
    )
    return folder


def test_only_moments_of_some_difference_are_drawn(other, write_tub, tmp_path, capsys):
    """Where two differ once in three seconds, the next largest difference is none."""
    images = [np.zeros((48, 64, 3), np.uint8) for _ in range(60)]
    images[30][:, :40] = 255
    tub = write_tub(tmp_path / 'data', images, [{} for _ in images])
    profile = (other / 'other.yaml').read_text()
    (tmp_path / 'b.yaml').write_text(profile.replace('left}', 'left, range: [0.0, 0.001]}'))
    (tmp_path / 'a.yaml').write_text(profile.replace('left}', 'left, range: [-1.0, 1.0]}'))
    model = str(other / 'other.keras')
    arguments = ['compare', model, model, str(tub), '--profile', str(tmp_path / 'a.yaml')]
    arguments += ['--profile-b', str(tmp_path / 'b.yaml'), '--out', str(tmp_path / 'out')]
    assert main([*arguments, '--worst', '3', '--maps', 'none', '--json']) == 0
    assert [one['at'] for one in json.loads(capsys.readouterr().out)['moments']] == [1.5]
    assert [path.name for path in (tmp_path / 'out').glob('*_0*.png')] == ['difference_00.png']
    black = ['--duration', '1', '--maps', 'activation', '--overwrite']
    assert main([*arguments, *black]) == 0
    said = capsys.readouterr().out
    assert 'is not defined on any frame, as one of the two is the same everywhere' in said


def test_two_pilots_with_other_inputs(tiny_model, tiny_profile, other, tub, tmp_path, capsys):
    """Figures, a table, a chart and the moments of largest difference."""
    arguments = ['compare', str(tiny_model), str(other / 'other.keras'), str(tub)]
    arguments += ['--profile', str(tiny_profile), '--profile-b', str(other / 'other.yaml')]
    arguments += ['--out', str(tmp_path / 'out'), '--worst', '2', '--map-frames', '5', '--json']
    assert main(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads((tmp_path / 'out' / 'compare.json').read_text())
    assert (data['frames'], data['unit'], data['skipped']) == (60, 'rad', [])
    assert data['b']['max_steering_angle'] == 0.3
    assert set(data['maps']) == {'activation', 'hirescam'}
    assert data['maps']['activation']['frames'] == 5
    assert -1 <= data['maps']['hirescam']['median'] <= 1
    assert data['driver']['a']['frames'] == 60
    with (tmp_path / 'out' / 'compare.csv').open(newline='') as file:
        rows = list(csv.DictReader(file))
    differences = [float(row['difference_rad']) for row in rows]
    assert len(rows) == 60
    assert float(rows[7]['a_rad']) - float(rows[7]['b_rad']) == pytest.approx(differences[7])
    worst = data['moments'][0]
    assert abs(worst['difference']) == pytest.approx(np.abs(differences).max())
    assert rows[round(worst['at'] * 20)]['stamp_ns'] == str(worst['stamp_ns'])
    assert data['difference']['mean'] == pytest.approx(np.abs(differences).mean())
    assert len(data['moments']) == 2
    for one in data['moments']:
        assert cv2.imread(str(tmp_path / 'out' / one['picture'])).shape[1] == 1168
    assert cv2.imread(str(tmp_path / 'out' / 'steering.png')) is not None


def test_bad_frames_are_counted_though_the_race_is_read_again(
    tiny_model, tiny_profile, other, tmp_path, capsys
):
    """Looking for the largest difference ends before the damaged picture."""
    race = tmp_path / 'race'
    race.mkdir()
    rng = np.random.default_rng(1)
    for number in range(4):
        image = rng.integers(0, 255, (48, 64, 3), np.uint8)
        cv2.imwrite(str(race / f'{number}.png'), image)
    (race / '9.png').write_bytes(b'no picture')
    arguments = ['compare', str(tiny_model), str(other / 'other.keras'), str(race)]
    arguments += ['--profile', str(tiny_profile), '--profile-b', str(other / 'other.yaml')]
    arguments += ['--out', str(tmp_path / 'out'), '--worst', '1', '--maps', 'none']
    assert main(arguments) == 0
    assert '4 frames, 1 skipped' in capsys.readouterr().out
    data = json.loads((tmp_path / 'out' / 'compare.json').read_text())
    assert (data['frames_skipped'], len(data['skipped'])) == (1, 1)


def test_a_pilot_and_itself(tiny_model, tiny_profile, tub, tmp_path, capsys):
    """No difference, and maps that are the same."""
    arguments = ['compare', str(tiny_model), str(tiny_model), str(tub), '--worst', '1']
    arguments += ['--profile', str(tiny_profile), '--out', str(tmp_path / 'out')]
    assert main([*arguments, '--maps', 'activation']) == 0
    said = capsys.readouterr().out
    assert 'A minus B: difference 0.0 degrees on average' in said
    assert 'maps of activation correlate by 1.00' in said
    assert 'B and the driver: error' in said
    assert 'A and B do not differ: they steer the same on every frame, to 0.1 degrees\n' in said
    assert 'largest differences' not in said
    assert not list((tmp_path / 'out').glob('difference_*.png'))


def test_what_cannot_be_compared(tiny_model, tiny_profile, other, tub, tmp_path, capsys):
    """The error says which option is missing."""
    out = ['--out', str(tmp_path / 'out')]
    pair = ['compare', str(tiny_model), str(other / 'other.keras'), str(tub)]
    assert main([*pair, '--profile', str(tiny_profile), *out]) == 1
    assert 'Its profile is given by --profile-b' in capsys.readouterr().err
    same = ['compare', str(tiny_model), str(tiny_model), str(tub), '--profile', str(tiny_profile)]
    assert main([*same, '--maps', 'heat', *out]) == 1
    assert "Unknown method 'heat'" in capsys.readouterr().err
