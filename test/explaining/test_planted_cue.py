# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network whose only evidence is known: who finds it, and who gets the side right.

A red square steers: the further right it is, the further right the network goes; without one it
goes straight. Bright grey bars, which have more contrast, mean nothing. ``-s`` prints the table of
docs/methods.md.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.vision.frame import Frame

HEIGHT, WIDTH, SIDE = 32, 48, 6
PROFILE = (
    'input: {size: [48, 32], normalisation: /255}\n'
    'heads: {steering: {output: steering, positive: right}}\n'
)
RELIABLE = ('integrated_gradients', 'occlusion')
CAUSAL = (
    *RELIABLE,
    *('gradcam/conv_1', 'gradcam/conv_2', 'gradcam/conv_3'),
    *('hirescam/conv_1', 'hirescam/conv_2', 'hirescam/conv_3', 'saliency', 'smoothgrad'),
)
OPTIONS = {'occlusion': {'patch': 8, 'step': 4, 'baseline': 'mean'}}


def scenes(count, seed, *, without):
    """Return pictures, where their square begins (row, column), and the steering to learn.

    Args:
        count: How many.
        seed: Of everything.
        without: Share of the pictures that have no square.
    """
    rng = np.random.default_rng(seed)
    pictures = rng.normal(110, 20, (count, HEIGHT, WIDTH, 3))
    squares = rng.integers(0, (HEIGHT - SIDE, WIDTH - SIDE), (count, 2))
    steering = 2 * squares[:, 1] / (WIDTH - SIDE - 1) - 1
    for index, (picture, (top, left)) in enumerate(zip(pictures, squares, strict=True)):
        for _ in range(3):
            h, w = rng.integers(3, 9, 2)
            row, column = rng.integers(0, (HEIGHT - h, WIDTH - w))
            picture[row : row + h, column : column + w] = rng.uniform(200, 255)
        if rng.random() < without:
            steering[index] = 0
        else:
            picture[top : top + SIDE, left : left + SIDE] = (220, 30, 30)
    return np.clip(pictures, 0, 255).astype(np.uint8), squares, steering.astype(np.float32)


@pytest.fixture(scope='module')
def explainer(keras, make_pilot):
    """Return an explainer of a network that has learnt to follow the square."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    x = keras.Input((HEIGHT, WIDTH, 3), name='image')
    y = layers.Conv2D(8, 5, strides=2, activation='relu', name='conv_1')(x)
    y = layers.Conv2D(16, 3, strides=2, activation='relu', name='conv_2')(y)
    y = layers.Conv2D(16, 3, activation='relu', name='conv_3')(y)
    y = layers.Dense(32, activation='relu')(layers.Flatten()(y))
    model = keras.Model(x, layers.Dense(1, name='steering')(y))
    model.compile(keras.optimizers.Adam(2e-3), 'mse')
    pictures, _, steering = scenes(5000, seed=0, without=0.25)
    model.fit(pictures / np.float32(255), steering, epochs=10, batch_size=64, verbose=0)
    return Explainer(make_pilot(model, PROFILE))


@pytest.fixture(scope='module')
def moments():
    """Return frames in which the network must steer, where the square begins, and the steering."""
    pictures, squares, steering = scenes(80, seed=5, without=0)
    chosen = np.abs(steering) > 0.4
    frames = [Frame(picture, 0) for picture in pictures[chosen]]
    return list(zip(frames, squares[chosen], steering[chosen], strict=True))


def judged(explainer, moments, name):
    """Return in which share of the frames a map is strongest on the cue, and has its side.

    The strongest cell may lie one cell beside the square.
    """
    method, _, layer = name.partition('/')
    hits, sides = [], []
    for frame, square, steering in moments:
        asked = {'layer': layer or None, **OPTIONS.get(method, {})}
        raw = explainer.explain(frame, method, **asked).raw
        sampling, heat = raw.registration.sampling, np.abs(raw.values)
        cell = np.unravel_index(heat.argmax(), heat.shape)
        at = np.array([sampling.y.centre(cell[0]), sampling.x.centre(cell[1])])
        away = np.maximum(square - at, at - (square + SIDE - 1)).max()
        # Occlusion's heat is constant over half a patch.
        hits.append(away <= (4 if method == 'occlusion' else max(sampling.x.jump, 2)))
        # The model's positive side is right, the map's is left.
        sides.append(not raw.signed or np.sign(raw.values[cell]) == -np.sign(steering))
    print(f'{name:24} {np.mean(hits):.2f}  {np.mean(sides):.2f}')
    return float(np.mean(hits)), float(np.mean(sides))


def test_the_network_follows_the_square(explainer, moments):
    """Else there would be nothing to find."""
    score = explainer.score()
    errors = [abs(-score(frame.image[None])[0] - steering) for frame, _, steering in moments]
    assert np.mean(errors) < 0.1


@pytest.mark.parametrize('name', RELIABLE)
def test_the_cue_comes_first(explainer, moments, name):
    """In nearly every frame, and with the right side."""
    found, side = judged(explainer, moments, name)
    assert found >= 0.9
    assert side >= 0.9


@pytest.mark.parametrize('name', CAUSAL[len(RELIABLE) :])
def test_who_misses_the_cue_is_named_in_the_docs(explainer, moments, repository, name):
    """A method that claims a cause and cannot be relied on must say so."""
    found, side = judged(explainer, moments, name)
    text = (repository / 'docs' / 'methods.md').read_text(encoding='utf-8')
    row = re.search(
        rf'^\| {name.replace("/", " of ")} \|.*\| (\w+) \| (\w+) \|$', text, re.MULTILINE
    )
    assert row, f'{name} is missing in the table of planted cues'
    finds, knows_side = row.groups()
    assert finds == 'no' or found >= 0.8
    assert knows_side in ('no', 'none') or side >= 0.8
