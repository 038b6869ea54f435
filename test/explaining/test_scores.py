# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot as a function of changed pictures."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.explaining.scores import pilot_score
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.vision.frame import Frame


@pytest.mark.parametrize('target', ['steering', 'throttle', 'steering:0'])
def test_it_says_what_the_pilot_says(tiny, frame, target):
    """For the picture itself, what the forward pass gave; for others, that of their own pass."""
    rng = np.random.default_rng(0)
    others = [Frame(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), 0) for _ in range(2)]
    passes = [tiny.pilot.forward(f) for f in (frame, *others)]
    found = tiny.score(target)(np.stack([p.model_input.pixels for p in passes]))
    about = tiny.target(target)
    assert found.dtype == np.float64
    assert found == pytest.approx([about.value(p.steering.heads) for p in passes])


def test_left_is_positive(tiny, frame):
    """The tiny model's positive side is right."""
    forward = tiny.pilot.forward(frame)
    (score,) = tiny.score('steering')(forward.model_input.pixels[None])
    assert score == pytest.approx(-float(forward.steering.heads['steering'][0]))


def test_each_picture_is_normalised_for_itself(keras, make_pilot):
    """By its own mean and deviation, where the profile says so."""
    x = keras.Input((24, 32, 3), name='image')
    total = keras.layers.Dense(1, kernel_initializer='ones', name='steering')
    model = keras.Model(x, total(keras.layers.Flatten()(x)))
    profile = (
        'input: {size: [32, 24], normalisation: per-image}\n'
        'heads: {steering: {output: steering, positive: left}}\n'
    )
    pilot = make_pilot(model, profile)
    target = find_target('steering', pilot.profile.heads, pilot.network)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3), dtype=np.uint8)
    pictures[1] //= 4
    assert pilot_score(pilot, target)(pictures) == pytest.approx([0, 0, 0], abs=1e-2)


def test_nan_is_refused(keras, make_pilot, frame):
    """A changed picture may be what breaks a network."""
    x = keras.Input((24, 32, 3), name='image')
    y = keras.layers.Flatten()(x)
    model = keras.Model(x, keras.layers.Dense(1, kernel_initializer='ones', name='steering')(y))
    weights = model.get_weights()
    weights[0][0] = np.nan
    model.set_weights(weights)
    pilot = make_pilot(model)
    target = find_target('steering', pilot.profile.heads, pilot.network)
    with pytest.raises(NotFiniteError, match=r'steering that is not finite for a changed picture'):
        pilot_score(pilot, target)(frame.image[None, :24, :32])
