# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every answer to why is true: the network is asked again, from the written data alone.

Nothing of the package takes part but the command itself: pictures are read, cut, hidden and
normalised here, Keras computes the outputs, and the sentence is put together once more.
"""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from featuremap_ros.cli.main import main
from featuremap_ros.pilot import backends

keras = backends.keras()
L = keras.layers

HEIGHT, WIDTH = 36, 52
LIMIT = 0.4
BINS = [-1.0, -0.5, 0.0, 0.5, 1.0]
FPS = 30

PROFILES = {
    'regression': (
        'input: {size: [52, 30], crop: {top: 6}, normalisation: /255}\n'
        'heads: {steering: {output: steering, positive: right}}\n'
        f'max_steering_angle: {LIMIT}\n'
    ),
    'bins': (
        'input: {size: [52, 36], crop: {top: 7, left: 3, mode: mask}, normalisation: /127.5-1}\n'
        'heads: {steering: {output: steering, kind: bins, values: [-1, -0.5, 0, 0.5, 1], '
        'positive: left}}\n'
    ),
}
HIDES_WITH = ('grey', 'mean', 'blur')


def network(kind):
    """Return a network of random weights, strong enough to steer to both sides."""
    keras.utils.set_random_seed(11)
    x = keras.Input((30 if kind == 'regression' else HEIGHT, WIDTH, 3), name='image')
    y = L.Conv2D(6, 5, strides=2, activation='relu')(x)
    y = L.Flatten()(L.Conv2D(8, 3, strides=2, activation='relu')(y))
    if kind == 'bins':
        scale = keras.initializers.VarianceScaling(60.0)
        out = L.Dense(5, activation='softmax', kernel_initializer=scale, name='steering')(y)
    else:
        scale = keras.initializers.VarianceScaling(12.0)
        out = L.Dense(1, kernel_initializer=scale, name='steering')(y)
    return keras.Model(x, out)


@pytest.fixture(scope='module')
def race(tmp_path_factory):
    """Return a folder of pictures of blocks, so that some evidence is in one place."""
    folder = tmp_path_factory.mktemp('race')
    rng = np.random.default_rng(5)
    for number in range(8):
        image = np.full((HEIGHT, WIDTH, 3), rng.integers(60, 190), np.uint8)
        for _ in range(6):
            row, column = rng.integers(0, HEIGHT - 8), rng.integers(0, WIDTH - 8)
            image[row : row + 8, column : column + 8] = rng.integers(0, 256, 3)
        cv2.imwrite(str(folder / f'{number}.png'), image)
    return folder


@pytest.fixture(scope='module', params=PROFILES)
def subject(request, tmp_path_factory):
    """Return a kind of steering, a model's file, the model, and its profile's file."""
    folder = tmp_path_factory.mktemp(request.param)
    model = network(request.param)
    model.save(folder / 'pilot.keras')
    (folder / 'profile.yaml').write_text(PROFILES[request.param])
    return request.param, folder / 'pilot.keras', model, folder / 'profile.yaml'


def fed(folder, stamp_ns, kind):
    """Read and cut the picture of a stamp, as the profile says; return it and what is seen."""
    picture = cv2.imread(str(folder / f'{round(stamp_ns * FPS / 1e9)}.png'))[..., ::-1]
    if kind == 'regression':
        return picture[6:].copy(), np.s_[:, :]
    masked = picture.copy()
    masked[:7], masked[:, :3] = 0, 0
    return masked, np.s_[7:, 3:]


def filling(baseline, pixels):
    """Return what hides, by the definitions in the documentation."""
    if baseline == 'grey':
        return np.full(pixels.shape, 128, np.uint8)
    if baseline == 'mean':
        flat = pixels.reshape(-1, 3)
        return np.full(pixels.shape, np.rint(flat.sum(axis=0) / len(flat)).astype(np.uint8))
    return cv2.GaussianBlur(pixels, (0, 0), 12)


def decided(model, kind, pixels):
    """Return what the car does with the network's picture: + = left, and in words."""
    scaled = pixels / 255 if kind == 'regression' else pixels / 127.5 - 1
    (output,) = np.array(model(scaled[None].astype(np.float32)))
    if kind == 'bins':
        left = BINS[int(output.argmax())]
        side = 'left' if left > 0 else 'right'
        return left, f'{abs(left):.2f} {side}' if left else 'straight on', output
    left = -float(np.clip(output[0], -1, 1))
    degrees = round(abs(math.degrees(left * LIMIT)))
    side = 'left' if left > 0 else 'right'
    words = f'{degrees} degree{"" if degrees == 1 else "s"} {side}' if degrees else 'straight on'
    return left, words, output


def apart(a, b):
    """Return whether two boxes have nothing in common."""
    rows = min(a['bottom'], b['bottom']) > max(a['top'], b['top'])
    return not (rows and min(a['right'], b['right']) > max(a['left'], b['left']))


@pytest.mark.parametrize('baseline', HIDES_WITH)
def test_the_network_says_what_is_stated(subject, race, tmp_path, baseline, capsys):
    """Before and after, number and words, for every moment of a race."""
    kind, path, model, profile = subject
    arguments = ['why', str(race), '--model', str(path), '--profile', str(profile)]
    more = ['--worst', '8', '--apart', '0', '--hide-with', baseline, '--out', str(tmp_path / 'o')]
    assert main([*arguments, *more]) == 0
    answers = json.loads((tmp_path / 'o' / 'why.json').read_text())
    assert len(answers) >= 6
    printed = capsys.readouterr().out
    claims = 0
    for answer in answers:
        pixels, seen = fed(race, answer['stamp_ns'], kind)
        region = np.ascontiguousarray(pixels[seen])
        hides = filling(answer['baseline'], region)
        changed = pixels.copy()
        visible, inside = changed[seen], np.zeros(pixels.shape[:2], bool)
        cover = np.zeros_like(pixels)
        cover[seen] = hides
        assert 1 <= len(answer['network_boxes']) <= 2
        if len(answer['network_boxes']) == 2:
            assert apart(*answer['network_boxes'])
        for box in answer['network_boxes']:
            rows, columns = slice(box['top'], box['bottom']), slice(box['left'], box['right'])
            assert box['top'] < box['bottom']
            assert box['left'] < box['right']
            changed[rows, columns] = cover[rows, columns]
            inside[rows, columns] = True
        outside = inside.copy()
        outside[seen] = False
        assert not outside.any()
        assert visible.shape == region.shape
        before, now, raw_before = decided(model, kind, pixels)
        after, then, raw_after = decided(model, kind, changed)
        left = 1 if kind == 'bins' else -1
        assert left * answer['before']['steering'] == pytest.approx(before, abs=1e-5)
        assert left * answer['after']['steering'] == pytest.approx(after, abs=1e-5)
        assert answer['before']['outputs']['steering'] == pytest.approx(raw_before, abs=1e-5)
        assert answer['after']['outputs']['steering'] == pytest.approx(raw_after, abs=1e-5)
        what = 'this box' if len(answer['network_boxes']) == 1 else 'these boxes'
        if answer['sentence'].startswith('Hide'):
            claims += 1
            assert answer['found']
            assert then != now
            assert answer['sentence'] == f'Hide {what} and it steers {then} instead of {now}.'
        else:
            assert answer['sentence'].startswith(f'It steers {now}')
            assert then == now or not answer['found']
        assert answer['sentence'] in printed
    assert claims >= 4


def test_no_box_of_two_could_be_left_out(subject, race, tmp_path):
    """Where two boxes are shown for a decision, neither of them alone makes it."""
    kind, path, model, profile = subject
    arguments = ['why', str(race), '--model', str(path), '--profile', str(profile)]
    out = tmp_path / 'o'
    assert main([*arguments, '--worst', '8', '--apart', '0', '--out', str(out)]) == 0
    pairs = 0
    for answer in json.loads((out / 'why.json').read_text()):
        pixels, seen = fed(race, answer['stamp_ns'], kind)
        cover = pixels.copy()
        cover[seen] = filling('blur', np.ascontiguousarray(pixels[seen]))
        now, _, _ = decided(model, kind, pixels)
        if len(answer['network_boxes']) != 2 or answer['after']['steering'] == now:
            continue
        pairs += 1
        alone = []
        for box in answer['network_boxes']:
            changed = pixels.copy()
            where = np.s_[box['top'] : box['bottom'], box['left'] : box['right']]
            changed[where] = cover[where]
            alone.append(abs(decided(model, kind, changed)[0] - now))
        sign = 1 if kind == 'bins' else -1
        both = abs(sign * answer['after']['steering'] - now)
        assert both > max(alone)
    assert pairs or kind == 'bins'
