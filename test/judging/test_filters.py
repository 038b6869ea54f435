# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot's filters over frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from featuremap_ros.errors import NotFiniteError, UnknownNameError
from featuremap_ros.judging.filters import as_json, filtering_layers, FilterSurvey
from featuremap_ros.pilot.network import Layer, Network
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.source import open_source
from featuremap_ros.trust.filter_verdict import Level
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot."""
    return Pilot.load(tiny_model, profile=tiny_profile)


def frames(rng, count):
    """Return frames of noise."""
    images = rng.integers(0, 256, (count, 48, 64, 3), dtype=np.uint8)
    return [Frame(image, i * 10**8) for i, image in enumerate(images)]


def test_statistics_are_those_of_the_maps(pilot, rng):
    """Of all frames, as the engine returns them."""
    race = frames(rng, 6)
    survey = FilterSurvey(pilot, ['conv_1', 'conv_2'])
    for frame in race:
        survey.watch(frame)
    maps = np.stack([pilot.forward(f, ['conv_2']).activations['conv_2'] for f in race])
    verdict = survey.verdicts()['conv_2']
    assert [f.mean for f in verdict.filters] == pytest.approx(maps.mean(axis=(0, 1, 2)), rel=1e-5)
    assert survey.timelines['conv_2'].means == pytest.approx(maps.mean(axis=(1, 2)).T, rel=1e-5)
    assert survey.timelines['conv_1'].seconds == pytest.approx(0.5)
    assert np.array_equal(survey.latest['conv_2'], maps[-1])
    assert verdict.level is Level.STALE
    assert not verdict.proof


def test_a_frame_that_is_not_finite_in_one_layer_counts_in_none(pilot, rng):
    """All layers have seen the same frames."""
    survey = FilterSurvey(pilot, ['conv_1', 'conv_2'])
    maps = pilot.forward(frames(rng, 1)[0], ['conv_1', 'conv_2']).activations
    maps['conv_2'][0, 0, 0] = np.nan
    with pytest.raises(NotFiniteError, match="'conv_2'"):
        survey.add(maps, 0)
    assert {verdict.frames for verdict in survey.verdicts().values()} == {0}


def test_an_unknown_layer_is_refused(pilot):
    """Before the race is read."""
    with pytest.raises(UnknownNameError, match='conv_3'):
        FilterSurvey(pilot, ['conv_3'])


def test_a_verdict_is_plain_data(pilot, rng):
    """JSON can write it."""
    survey = FilterSurvey(pilot, ['conv_2'])
    for frame in frames(rng, 3):
        survey.watch(frame)
    proved = {'conv_2': np.arange(6) == 2}
    data = json.loads(json.dumps(as_json(survey.verdicts(proved)['conv_2']), allow_nan=False))
    assert data['level'] == 'WARN'
    assert data['filters'][2]['provably_dead']
    assert data['filters'][2]['remarks'][0] == 'provably dead'
    assert data['proof']


def test_layers_that_only_pass_on_are_left_out():
    """What dies in a convolution stays dead behind it; a network without any shows all."""

    def network(*kinds):
        return Network('', (), (), tuple(Layer(k, k, (1, 1, 1), None) for k in kinds))

    kinds = ['Rescaling', 'Conv2D', 'BatchNormalization', 'LeakyReLU', 'MaxPooling2D', 'Dropout']
    assert filtering_layers(network(*kinds)) == ('Conv2D', 'LeakyReLU')
    tflite = ['CONV_2D', 'MAX_POOL_2D', 'DEPTHWISE_CONV_2D', 'LOGISTIC', 'PAD']
    assert filtering_layers(network(*tflite)) == ('CONV_2D', 'DEPTHWISE_CONV_2D', 'LOGISTIC')
    assert filtering_layers(network('MaxPooling2D')) == ('MaxPooling2D',)


def test_the_figures_of_the_axionaut_model(shared_data):
    """On the 61 frames of its race: a rare filter beside a busy one, and no dead one."""
    pilot = Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5')
    survey = FilterSurvey(pilot, ['convolution2d_1', 'convolution2d_2', 'convolution2d_4'])
    with open_source(shared_data / 'axionaut' / 'frames') as source:
        for frame in source:
            survey.watch(frame)
    verdicts = survey.verdicts()
    shares = {n: [100 * f.active_share for f in v.filters] for n, v in verdicts.items()}
    assert shares['convolution2d_1'] == pytest.approx([99.5], abs=0.1)
    assert shares['convolution2d_2'] == pytest.approx([1.97, 78.2], abs=0.1)
    likeness = [f.autocorrelation for v in verdicts.values() for f in v.filters]
    assert min(likeness) == pytest.approx(0.36, abs=0.02)
    assert max(likeness) == pytest.approx(0.88, abs=0.02)
    assert {verdict.level for verdict in verdicts.values()} == {Level.STALE}
