# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From a decision to what the car is told: speed, steering angle, yaw rate."""

from __future__ import annotations

from dataclasses import dataclass
import math

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.ros.settings import SettingsError, SteeringSettings

TWISTS = ('twist', 'twist_stamped')


@dataclass(frozen=True, slots=True)
class Command:
    """What the car is told.

    Attributes:
        angle: Steering angle (rad), + = left.
        speed: (m/s), never negative.
    """

    angle: float
    speed: float

    def yaw_rate(self, wheelbase: float) -> float:
        """Return the yaw rate (rad/s), + = left, of a car whose front wheels steer.

        Args:
            wheelbase: Distance between the axles (m).
        """
        return self.speed * math.tan(self.angle) / wheelbase


STOP = Command(0.0, 0.0)


def command_of(steering: Steering, settings: SteeringSettings) -> Command:
    """Turn a decision into a command.

    Args:
        steering: With an angle.
        settings: Say which speed goes with it.

    Raises:
        NotFiniteError: The angle or the speed is NaN or infinite.
    """
    angle, throttle = steering.angle, steering.throttle
    speed = settings.speed
    if settings.speed_scale:
        # Backwards it would see nothing: the camera looks ahead.
        speed = math.nan if throttle is None else settings.speed_scale * max(throttle, 0.0)
    if angle is None or not (math.isfinite(angle) and math.isfinite(speed)):
        msg = f'No command from angle {angle} rad and speed {speed} m/s: not finite.'
        raise NotFiniteError(msg)
    return Command(angle, speed)


def check_command(message: str, settings: SteeringSettings) -> None:
    """Refuse a Twist whose yaw rate would always be 0.

    Args:
        message: The type that will be published.
        settings: What is known of the car.

    Raises:
        SettingsError: The speed or the wheelbase is not set.
    """
    missing = [] if settings.wheelbase else ['wheelbase (m)']
    if not (settings.speed or settings.speed_scale):
        missing.append('speed (m/s) or speed_scale (m/s at full throttle)')
    if message in TWISTS and missing:
        msg = (
            f'A steering message of type {message} needs {" and ".join(missing)}: its yaw rate '
            'would always be 0. Set what is missing, or set steering.message to none to publish '
            'no command.'
        )
        raise SettingsError(msg)


def check_pilot(message: str, settings: SteeringSettings, pilot: Pilot) -> None:
    """Refuse a pilot that cannot command this car.

    Args:
        message: The type that will be published.
        settings: What is known of the car.
        pilot: The network.

    Raises:
        SettingsError: The steering limit is not known, or there is no throttle to scale.
    """
    if message == 'none':
        return
    if pilot.profile.max_steering_angle is None:
        msg = (
            f'How far the wheels of this car turn is not known: profile {pilot.profile.name!r} '
            'does not say. When the node starts, set max_steering_angle (rad), or '
            'steering.message to none to publish no command; while it runs, set model and profile '
            'at once, the profile to a YAML file that holds max_steering_angle.'
        )
        raise SettingsError(msg)
    if settings.speed_scale and 'throttle' not in pilot.profile.heads:
        msg = (
            f'speed_scale is {settings.speed_scale}, and profile {pilot.profile.name!r} has no '
            'throttle to scale: set speed (m/s) instead.'
        )
        raise SettingsError(msg)
