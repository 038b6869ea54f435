# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Filters that no picture can make active: planted ones are found, living ones are not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from featuremap_ros.judging.reach import input_range, prove
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tensorflow_engine import TensorFlowEngine
from featuremap_ros.vision.preprocess import InputSpec, NORMALISATIONS, normalise


@pytest.mark.parametrize('how', NORMALISATIONS)
def test_every_pixel_is_within_the_range_of_its_normalisation(how):
    """Also of the pictures that push the farthest: one bright pixel in the dark."""
    spec = InputSpec(size=(6, 5), normalisation=how)
    allowed = input_range(spec)
    one = np.zeros((5, 6, 3), np.uint8)
    one[2, 3, 1] = 255
    reached = [normalise(p, how) for p in (one, 255 - one, np.full_like(one, 255), one * 0)]
    assert np.min(reached) >= allowed.low - 1e-4
    assert np.max(reached) <= allowed.high + 1e-4
    if how == 'per-image':
        assert np.max(reached) == pytest.approx(allowed.high, rel=1e-4)
    else:
        assert [np.min(reached), np.max(reached)] == [allowed.low, allowed.high]


@pytest.fixture
def pilot(tmp_path, tiny_profile):
    """Return a pilot with filters that no picture can wake: one by its bias, one by its feeder."""
    keras = backends.keras()
    keras.utils.set_random_seed(5)
    image = keras.Input((24, 32, 3), name='image')
    first = keras.layers.Conv2D(3, 3, padding='same', activation='relu', name='first')
    second = keras.layers.Conv2D(2, 3, activation='relu', name='second')
    flat = keras.layers.Flatten()(second(first(image)))
    outputs = [keras.layers.Dense(1, name=name)(flat) for name in ('steering', 'throttle')]
    model = keras.Model(image, outputs)
    kernel, bias = (np.array(w) for w in first.get_weights())
    kernel[..., 1] = 0.1
    # All 27 taps at full brightness add up to 2.7, which is not enough.
    bias[:] = 0.0, -2.71, 0.5
    first.set_weights([kernel, bias])
    kernel, bias = (np.array(w) for w in second.get_weights())
    kernel[:, :, [0, 2], 0] = 0
    second.set_weights([kernel, bias])
    path = tmp_path / 'dead.keras'
    model.save(path)
    return Pilot.load(path, profile=tiny_profile)


def test_planted_dead_filters_are_proved(pilot):
    """And no living one."""
    proof = prove(pilot)
    assert proof.dead['first'].tolist() == [False, True, False]
    assert proof.dead['second'].tolist() == [True, False]
    assert proof.note(proof.dead) == ''


@pytest.mark.parametrize('how', ['float32', 'float16', 'int8 weights', 'int8', 'uint8 pictures'])
def test_planted_dead_filters_of_a_tflite_file_are_proved(
    pilot, how, to_tflite, tmp_path, tiny_profile
):
    """However its numbers are stored: here the planted filter is far enough from waking."""
    model = pilot.keras_model()
    kernel, bias = (np.array(w) for w in model.get_layer('first').get_weights())
    bias[1] = -2.9
    model.get_layer('first').set_weights([kernel, bias])
    path = tmp_path / 'dead.tflite'
    path.write_bytes(to_tflite(model, how))
    profile = tmp_path / 'numbered.yaml'
    profile.write_text(
        tiny_profile.read_text()
        .replace('output: steering', 'output: 0')
        .replace('output: throttle', 'output: 1')
    )
    found = Pilot.load(path, profile=profile)
    proof = prove(found)
    convolutions = [layer for layer in found.network.layers if layer.kind == 'CONV_2D']
    dead = [proof.dead[layer.name].tolist() for layer in convolutions]
    assert dead == [[False, True, False], [True, False]]


def test_a_filter_that_the_brightest_picture_wakes_is_not_dead(pilot, tiny_profile, tmp_path):
    """A bias of -2.69 instead of -2.71 is the difference."""
    model = pilot.keras_model()
    kernel, bias = (np.array(w) for w in model.get_layer('first').get_weights())
    bias[1] = -2.69
    model.get_layer('first').set_weights([kernel, bias])
    path = tmp_path / 'alive.keras'
    model.save(path)
    assert not prove(Pilot.load(path, profile=tiny_profile)).dead['first'].any()
    white = np.ones((1, 24, 32, 3), np.float32)
    keras = backends.keras()
    maps = keras.Model(model.inputs, model.get_layer('first').output).predict(white, verbose=0)
    assert maps[..., 1].max() > 0


def test_a_model_that_tensorflow_computes_is_not_bounded(pilot):
    """The reason is given, once for all its layers."""
    model = pilot.keras_model()
    without = Pilot(TensorFlowEngine(model, pilot.network), pilot.profile)
    proof = prove(without)
    assert proof.dead == {}
    assert proof.note(['first', 'second']) == (
        'Whether filters of first, second are provably dead is unknown: TensorFlow computes this '
        'model; only what LiteRT computes can be bounded.'
    )


@pytest.mark.usefixtures('pilot')
def test_the_proof_needs_no_tensorflow(tmp_path, tiny_profile):
    """It would take seconds and hundreds of megabytes, on a car too."""
    code = (
        'import sys\n'
        'from featuremap_ros.judging.reach import prove\n'
        'from featuremap_ros.pilot.pilot import Pilot\n'
        'proof = prove(Pilot.load(sys.argv[1], profile=sys.argv[2]))\n'
        "print(proof.dead['first'].tolist(), {'keras', 'tensorflow'} & set(sys.modules))\n"
    )
    arguments = [str(tmp_path / 'dead.keras'), str(tiny_profile)]
    command = [sys.executable, '-c', code, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == '[False, True, False] set()'
