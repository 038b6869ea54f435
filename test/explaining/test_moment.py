# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a method may ask of one frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from featuremap_ros.attribution.baselines import baseline
from featuremap_ros.errors import NotFiniteError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.pilot.gradients import Gradient


@pytest.fixture
def moment(tiny, frame):
    """Return a moment with one layer computed."""
    forward = tiny.pilot.forward(frame, ('conv_2',))
    return Moment(tiny.pilot, frame, tiny.target(), forward, tiny.gradients)


def test_what_was_computed_is_there_and_the_rest_is_computed(moment, tiny, frame):
    """Layers that were not asked for with the steering cost one more pass, once."""
    given = moment.forward.activations['conv_2']
    assert moment.activation('conv_2') is given
    expected = tiny.pilot.forward(frame, ('conv_1',)).activations['conv_1']
    assert np.array_equal(moment.activation('conv_1'), expected)
    assert moment.activation('conv_1') is moment.activation('conv_1')
    assert list(moment.forward.activations) == ['conv_2']


def test_pixels_and_tensor_are_the_networks(moment):
    """Before and after normalisation."""
    assert moment.tensor == pytest.approx(moment.pixels / 255)
    assert np.array_equal(moment.normalised(moment.pixels), moment.tensor)
    assert moment.value == pytest.approx(moment.score(moment.pixels[None])[0])


def test_activations_that_are_not_finite_are_refused(moment, tiny, frame):
    """By the layer's name."""
    broken = moment.forward.activations['conv_2'].copy()
    broken[0, 0, 0] = np.inf
    forward = replace(moment.forward, activations={'conv_2': broken})
    broken_moment = Moment(tiny.pilot, frame, tiny.target(), forward, tiny.gradients)
    with pytest.raises(NotFiniteError, match=r"layer 'conv_2' are not finite"):
        broken_moment.activation('conv_2')


def test_gradients_that_are_not_finite_are_refused(moment, tiny, frame):
    """A broken network's, or those of a number that is none."""

    class Broken:
        def by_input(self, _, pictures, target):
            scores = np.full(len(pictures), np.nan)
            return Gradient(np.zeros_like(pictures), scores, target.unit)

    broken = Moment(tiny.pilot, frame, tiny.target(), moment.forward, Broken)
    with pytest.raises(NotFiniteError, match=r'gradient of the network is not finite'):
        broken.differentiate(moment.tensor[None])


def test_hiding_keeps_what_the_profile_masks(keras, make_pilot, frame):
    """The black part is not seen anyway, and must not darken the blur of the rest."""
    x = keras.Input((24, 32, 3), name='image')
    model = keras.Model(x, keras.layers.Dense(1, name='steering')(keras.layers.Flatten()(x)))
    pilot = make_pilot(
        model,
        'input: {size: [32, 24], crop: {top: 9, left: 2, mode: mask}}\n'
        'heads: {steering: {output: steering}}\n',
    )
    explainer = Explainer(pilot)
    moment = Moment(pilot, frame, explainer.target(), pilot.forward(frame), explainer.gradients)
    assert (moment.region.top, moment.region.left) == (9, 2)
    assert (moment.region.bottom, moment.region.right) == (24, 32)
    for name in ('grey', 'mean', 'blur'):
        hidden = moment.hidden(name)
        assert not hidden[:9].any()
        assert not hidden[:, :2].any()
        seen = np.ascontiguousarray(moment.pixels[9:, 2:])
        assert np.array_equal(hidden[9:, 2:], baseline(name, seen))
