# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From decisions to commands."""

from __future__ import annotations

import math

import pytest

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.ros.command import check_command, Command, command_of
from featuremap_ros.ros.settings import SettingsError, SteeringSettings


def decision(angle=0.1, throttle=None):
    """Return a decision of the pilot."""
    return Steering(0.0, angle, throttle, None, {})


def test_throttle_is_not_a_speed():
    """Without speed and scale, the commanded speed is 0 whatever the throttle says."""
    assert command_of(decision(throttle=0.8), SteeringSettings()) == Command(0.1, 0.0)


def test_a_constant_speed_is_commanded_as_it_is():
    """The throttle does not matter then."""
    assert command_of(decision(throttle=0.2), SteeringSettings(speed=1.5)).speed == 1.5


@pytest.mark.parametrize(('throttle', 'speed'), [(0.5, 2.0), (1.0, 4.0), (0.0, 0.0), (-0.7, 0.0)])
def test_throttle_is_scaled_to_a_speed_that_is_never_negative(throttle, speed):
    """A camera that looks ahead must not drive backwards."""
    command = command_of(decision(throttle=throttle), SteeringSettings(speed_scale=4.0))
    assert command.speed == speed


@pytest.mark.parametrize('angle', [math.nan, math.inf, -math.inf])
def test_an_angle_that_is_not_finite_is_no_command(angle):
    """NaN never leaves the node."""
    with pytest.raises(NotFiniteError, match='not finite'):
        command_of(decision(angle=angle), SteeringSettings())


def test_a_throttle_that_is_not_finite_is_no_command():
    """Nor does an infinite speed."""
    with pytest.raises(NotFiniteError, match='not finite'):
        command_of(decision(throttle=math.inf), SteeringSettings(speed_scale=1.0))


def test_yaw_rate_is_that_of_a_circle():
    """A car with wheelbase L and angle d drives a circle of radius L / tan d."""
    wheelbase, radius, speed = 0.3, 2.0, 1.5
    left = Command(math.atan(wheelbase / radius), speed)
    assert left.yaw_rate(wheelbase) == pytest.approx(speed / radius)
    assert Command(-left.angle, speed).yaw_rate(wheelbase) == pytest.approx(-speed / radius)


@pytest.mark.parametrize('message', ['twist', 'twist_stamped'])
@pytest.mark.parametrize(
    ('settings', 'missing'),
    [
        (SteeringSettings(), 'wheelbase.*and speed'),
        (SteeringSettings(speed=1.0), 'wheelbase'),
        (SteeringSettings(wheelbase=0.3), 'speed .m/s. or speed_scale'),
    ],
)
def test_a_twist_without_speed_or_wheelbase_is_refused(message, settings, missing):
    """Its yaw rate would always be 0: the car would go straight on."""
    with pytest.raises(SettingsError, match=f'{message} needs {missing}.*always be 0'):
        check_command(message, settings)


@pytest.mark.parametrize('message', ['ackermann', 'none'])
def test_other_messages_need_neither(message):
    """An angle says all that Ackermann needs."""
    check_command(message, SteeringSettings())


@pytest.mark.parametrize('speed', [{'speed': 1.0}, {'speed_scale': 1.0}])
def test_a_complete_twist_is_accepted(speed):
    """Wheelbase and either speed suffice."""
    check_command('twist', SteeringSettings(wheelbase=0.3, **speed))
