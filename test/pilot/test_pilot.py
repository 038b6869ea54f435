# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The network that drives: file, profile and outputs together."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featuremap_ros.errors import BadFrameError, ProfileError, UnknownNameError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the tiny pilot."""
    return Pilot.load(tiny_model, profile=tiny_profile)


def frame(height=48, width=64, seed=0):
    """Return a frame of noise."""
    rng = np.random.default_rng(seed)
    return Frame(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), stamp_ns=1)


def read(path):
    """Read a picture file as a frame."""
    return Frame(np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]), stamp_ns=0)


def test_one_pass_gives_steering_and_the_maps_that_were_asked_for(pilot):
    """The shapes are the layers', the angle follows the model's sign and the car's limit."""
    forward = pilot.forward(frame(), ['conv_2'])
    assert list(forward.activations) == ['conv_2']
    assert forward.activations['conv_2'].shape == (8, 12, 6)
    assert forward.steering.angle == pytest.approx(-0.4 * forward.steering.value)
    assert forward.steering.throttle is not None
    assert set(forward.steering.heads) == {'steering', 'throttle'}


def test_the_limit_of_the_wheels_can_be_given(tiny_model, tiny_profile):
    """A car's own limit replaces the profile's."""
    pilot = Pilot.load(tiny_model, profile=tiny_profile, max_steering_angle=0.2)
    steering = pilot.forward(frame()).steering
    assert steering.angle == pytest.approx(-0.2 * steering.value)


def test_a_profile_that_does_not_fit_is_refused_when_loading(tiny_model):
    """Expected and received shapes are in the message."""
    with pytest.raises(ProfileError, match=r'\(24, 32, 3\), the profile feeds \(120, 160, 3\)'):
        Pilot.load(tiny_model, profile='donkeycar')


def test_an_unknown_layer_is_refused(pilot):
    """The message proposes the nearest."""
    with pytest.raises(UnknownNameError, match=r"'conv2'. Did you mean 'conv_2'"):
        pilot.forward(frame(), ['conv2'])


def test_a_picture_that_the_crop_swallows_is_a_bad_frame(pilot):
    """The pilot stays usable."""
    with pytest.raises(BadFrameError, match=r'leaves nothing'):
        pilot.forward(frame(height=8))
    assert pilot.forward(frame()).steering


def test_the_camera_picture_is_not_written_to(pilot):
    """A read-only picture can be driven on."""
    original = frame()
    original.image.setflags(write=False)
    pilot.forward(original)


def test_the_axionaut_drives_as_the_golden_numbers_say(shared_data):
    """Every tenth frame of the race, from the picture file, within 1e-2 of the golden outputs."""
    golden = np.load(shared_data / 'axionaut' / 'golden.npz')
    pilot = Pilot.load(shared_data / 'axionaut' / 'autopilot.hdf5', profile='axionaut')
    for index in range(0, 61, 10):
        name = str(golden['name'][index])
        forward = pilot.forward(
            read(shared_data / 'axionaut' / 'frames' / name), ['dropout_2', 'convolution2d_4']
        )
        expected = golden['p_rgb'][index]
        assert forward.steering.heads['activation_2'] == pytest.approx(expected, abs=1e-2)
        assert forward.steering.value == pytest.approx(-1 + 2 * expected.argmax() / 4)
        for layer in ('dropout_2', 'convolution2d_4'):
            maps = golden[f'{layer}_rgb'][index]
            assert np.abs(forward.activations[layer] - maps).max() < 0.02 * maps.max()


def test_the_udacity_pilot_drives_as_the_golden_numbers_say(shared_data):
    """Three screenshots of the simulator, within 1e-2."""
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())['udacity/model.h5']
    pilot = Pilot.load(shared_data / 'udacity' / 'model.h5', profile='pilotnet_udacity')
    for view, expected in golden.items():
        steering = pilot.forward(read(shared_data / 'udacity' / f'{view}.png')).steering
        assert steering.value == pytest.approx(expected, abs=1e-2)
        assert steering.angle == pytest.approx(-expected * np.deg2rad(25), abs=5e-3)


def test_the_donkeycar_pilot_is_recognised_and_drives_as_the_golden_numbers_say(shared_data):
    """No profile is named: the model's heads leave one candidate."""
    model = 'pilot_21-08-12_8.h5'
    golden = json.loads((shared_data / 'golden_outputs.json').read_text())[f'donkeycar/{model}']
    pilot = Pilot.load(shared_data / 'donkeycar' / model)
    assert pilot.profile == PilotProfile.load('donkeycar_categorical')
    for name, outputs in golden.items():
        steering = pilot.forward(read(shared_data / 'donkeycar' / name)).steering
        for head in ('angle_out', 'throttle_out'):
            assert steering.heads[head] == pytest.approx(outputs[head], abs=1e-2)
