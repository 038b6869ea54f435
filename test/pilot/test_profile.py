# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Profiles: what a model must be fed and how its outputs read."""

from __future__ import annotations

import pytest

from featuremap_ros.errors import ProfileError, UnknownNameError
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.pilot.profile import guess, PilotProfile, shipped

MINIMAL = """
input: {size: [160, 120], normalisation: /255}
heads:
  steering: {output: angle}
"""


def network(inputs=(('img', (120, 160, 3)),), outputs=(('angle', (1,)),)):
    """Return a network's description without layers."""
    return Network(
        'test',
        tuple(TensorSpec(*t) for t in inputs),
        tuple(TensorSpec(*t) for t in outputs),
        (),
    )


@pytest.mark.parametrize('name', shipped())
def test_every_shipped_profile_loads(name):
    """Each is valid, has its file's name and says what it is for."""
    profile = PilotProfile.load(name)
    assert profile.name == name
    assert len(profile.description) > 20


def test_the_shipped_profiles_cover_the_public_models():
    """The families that the README promises."""
    assert set(shipped()) >= {
        'axionaut',
        'donkeycar',
        'donkeycar_categorical',
        'pilotnet',
        'pilotnet_udacity',
    }


def test_a_profile_of_ones_own_is_a_yaml_file(tmp_path):
    """Its name is the file's unless it says otherwise."""
    path = tmp_path / 'my_car.yaml'
    path.write_text(MINIMAL)
    profile = PilotProfile.load(path)
    assert profile.name == 'my_car'
    assert profile.input.size == (160, 120)
    assert profile.heads['steering'].positive == 'right'


def test_everything_a_profile_can_say():
    """Extra inputs, lambdas, custom layers and the steering limit are read."""
    profile = PilotProfile.parse(
        MINIMAL
        + 'extra_inputs: {imu_in: [0, 0, 9.81]}\n'
        + 'lambdas: {scale: {scale: 0.5, offset: -1}}\n'
        + 'custom_layers: {Mine: my_package.layers:Mine}\n'
        + 'max_steering_angle: 0.35\n',
        origin='x',
    )
    assert profile.extra_inputs == {'imu_in': (0, 0, 9.81)}
    assert profile.lambdas == {'scale': (0.5, -1)}
    assert profile.custom_layers == {'Mine': 'my_package.layers:Mine'}
    assert profile.max_steering_angle == 0.35
    assert profile.with_max_steering_angle(0.5).max_steering_angle == 0.5
    assert profile.with_max_steering_angle(None) is profile


def test_an_unknown_profile_is_refused_with_the_choices():
    """The message proposes the nearest name."""
    with pytest.raises(UnknownNameError, match=r"'donkycar'. Did you mean 'donkeycar'"):
        PilotProfile.load('donkycar')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[1, 2', 'is no YAML'),
        ('heads: {}', 'at least "input" and "heads"'),
        (MINIMAL + 'wheels: 4', "Unknown key 'wheels'"),
        (MINIMAL.replace('steering', 'throttle'), 'no head "steering"'),
        (MINIMAL.replace('/255', '/256'), "Unknown normalisation '/256'"),
        (MINIMAL + 'max_steering_angle: 25', 'in radians, above 0 and at most 1.57: got 25'),
        (MINIMAL + 'max_steering_angle: 1.58', 'above 0 and at most 1.57: got 1.58'),
        (MINIMAL + 'lambdas: {a: 3}', r'"lambdas" must .* \{NAME: \{scale: .* got \{\'a\': 3\}'),
        (MINIMAL + 'extra_inputs: 3', r'"extra_inputs" must .* \{NAME: \[0.0, .* got 3'),
        (MINIMAL + 'extra_inputs: {imu: up}', '"extra_inputs" must name its parts'),
        (MINIMAL + 'custom_layers: [a]', '"custom_layers" must name its parts'),
        (MINIMAL + 'extra_inputs: {imu: [fast]}', 'malformed'),
        (MINIMAL.replace('size:', 'sise: 1, size:'), 'Unknown key under "input" \'sise\''),
        (MINIMAL.replace('[160, 120]', '10'), r'"size" must be \[width, height\]'),
        (MINIMAL.replace('/255', '/255, crop: 4'), '"crop" must be a mapping'),
        (MINIMAL + '  throtle: {output: t}', "Unknown head 'throtle'. Did you mean 'throttle'"),
        (MINIMAL.replace('angle}', 'angle, range: [-25, 25]}'), 'must stay within -1 to 1'),
        (MINIMAL.replace('angle}', 'angle, range: [1, -1]}'), 'a finite range that rises'),
        (MINIMAL.replace('angle}', 'angle, component: -1}'), 'component of at least 0'),
        (
            MINIMAL.replace('angle}', 'angle, kind: bins, values: [-1, .nan, 1]}'),
            'needs finite values',
        ),
    ],
)
def test_a_malformed_profile_is_refused(text, message):
    """The message names the profile and the entry."""
    with pytest.raises(ProfileError, match=message) as error:
        PilotProfile.parse(text, origin='my.yaml')
    assert str(error.value).startswith(("Profile 'my.yaml'", "The steering head of profile 'my'"))


def test_a_missing_file_is_named(tmp_path):
    """The path is in the message."""
    with pytest.raises(ProfileError, match=r'nowhere.yaml'):
        PilotProfile.load(tmp_path / 'nowhere.yaml')


def test_a_profile_that_does_not_fit_says_expected_and_received():
    """Shape, extra inputs and heads are all checked at once."""
    profile = PilotProfile.load('donkeycar')
    other = network(
        inputs=(('img', (66, 200, 3)), ('imu_in', (6,))), outputs=(('n_outputs0', (1,)),)
    )
    with pytest.raises(ProfileError) as error:
        profile.check(other)
    message = str(error.value)
    assert 'expects an input of shape (66, 200, 3), the profile feeds (120, 160, 3)' in message
    assert "input 'imu_in' needs 6 constant values" in message
    assert "head 'throttle' reads output 'n_outputs1', the model has n_outputs0" in message


def test_a_table_of_another_length_than_the_output_does_not_fit():
    """Five values for a softmax of three are refused."""
    profile = PilotProfile.load('axionaut')
    other = network(inputs=(('img', (70, 250, 3)),), outputs=(('activation_2', (3,)),))
    with pytest.raises(ProfileError, match=r"has 5 values, output 'activation_2' has 3"):
        profile.check(other)


def test_a_number_of_an_output_must_be_there():
    """Two heads may share an output of two numbers, and there is no third."""
    both = network(outputs=(('angle', (2,)),))
    text = MINIMAL + '  throttle: {output: angle, component: 1}\n'
    PilotProfile.parse(text, origin='x').check(both)
    with pytest.raises(ProfileError, match=r"'throttle' has 3 values, output 'angle' has 2"):
        PilotProfile.parse(text.replace('t: 1', 't: 2'), origin='x').check(both)


def test_the_profile_of_a_familiar_model_is_guessed():
    """Input size, head names and head sizes leave one candidate."""
    linear = network(outputs=(('n_outputs0', (1,)), ('n_outputs1', (1,))))
    assert guess(linear).name == 'donkeycar'
    bins = network(outputs=(('angle_out', (15,)), ('throttle_out', (20,))))
    assert guess(bins).name == 'donkeycar_categorical'


def test_a_model_that_leaves_a_doubt_is_not_guessed():
    """PilotNet exists with two preprocessings that nothing in the file tells apart."""
    unclear = network(inputs=(('img', (66, 200, 3)),), outputs=(('dense_5', (1,)),))
    with pytest.raises(ProfileError, match=r'Name one: .*pilotnet_udacity, .*new-profile'):
        guess(unclear)
