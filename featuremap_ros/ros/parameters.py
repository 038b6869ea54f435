# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the node in one table: name, type, meaning, range."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from featuremap_ros.attribution.activation import REDUCTIONS
from featuremap_ros.view import View
from featuremap_ros.vision.colormaps import COLORMAPS
from featuremap_ros.vision.painter import MODES
from featuremap_ros.vision.scaling import SCALES

MESSAGES = ('auto', 'ackermann', 'twist_stamped', 'twist', 'none')
TRANSPORTS = ('raw', 'compressed')
AGE_SOURCES = ('stamp', 'arrival')

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | tuple[float, ...]

_VIEW: dict[str, Any] = {field.name: field.default for field in fields(View)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Attributes:
        name: As ROS knows it.
        default: Also tells the type.
        text: What it does, with its unit.
        low: Smallest value of a number.
        high: Largest value of a number.
        choices: All values of a string, if they are limited.
        read_only: Whether it is fixed once the node runs.
    """

    name: str
    default: Value
    text: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False


PARAMETERS = (
    Parameter(
        name='model',
        default='',
        text='Path of the pilot: Keras 1, 2 or 3, SavedModel or TFLite. Empty: the demo pilot, '
        'with a warning.',
    ),
    Parameter(
        name='profile',
        default='',
        text='What the pilot must be fed and how its outputs read: name of a shipped profile or '
        'path of a YAML file. Empty: guessed, where the model leaves no doubt.',
    ),
    Parameter(
        name='layers',
        default=('',),
        text='Layers to show, one overlay each. Empty names are ignored; without any, the first '
        'and the last convolution.',
    ),
    Parameter(
        name='threads',
        default=0,
        low=0,
        high=64,
        read_only=True,
        text='Threads of the forward pass; 0 leaves it to the engine.',
    ),
    Parameter(
        name='image_transport',
        default='raw',
        choices=TRANSPORTS,
        read_only=True,
        text='Read sensor_msgs/Image from `image`, or sensor_msgs/CompressedImage from '
        '`image/compressed`.',
    ),
    Parameter(
        name='jpeg_quality',
        default=80,
        low=1,
        high=100,
        text='Of the compressed overlays.',
    ),
    Parameter(
        name='max_age',
        default=0.2,
        low=0.01,
        high=5.0,
        text='No steering from an image older than this (s).',
    ),
    Parameter(
        name='age_from',
        default='stamp',
        choices=AGE_SOURCES,
        read_only=True,
        text="Where the age of an image begins: at its time stamp, on this node's clock; or at "
        'its arrival, for a camera whose clock cannot be set (delays before the node then go '
        'unseen).',
    ),
    Parameter(
        name='stop_after',
        default=0.5,
        low=0.05,
        high=10.0,
        text='After this long without a decision that may be published (s), one stop command is '
        'sent, then nothing.',
    ),
    Parameter(
        name='max_steering_angle',
        default=0.0,
        low=0.0,
        high=1.57,
        read_only=True,
        text="Angle of the wheels (rad) where the pilot steers fully; 0: the profile's.",
    ),
    Parameter(
        name='wheelbase',
        default=0.0,
        low=0.0,
        high=10.0,
        read_only=True,
        text='Distance between the axles (m), for the yaw rate of a Twist; 0: not set.',
    ),
    Parameter(
        name='speed',
        default=0.0,
        low=0.0,
        high=30.0,
        text='Constant speed that is commanded (m/s).',
    ),
    Parameter(
        name='speed_scale',
        default=0.0,
        low=0.0,
        high=30.0,
        text='Speed (m/s) at full throttle of the pilot; a negative throttle is speed 0. Instead '
        'of `speed`.',
    ),
    Parameter(
        name='steering.message',
        default='auto',
        choices=MESSAGES,
        read_only=True,
        text='Type of `~/steering`: AckermannDriveStamped, TwistStamped or Twist; auto takes '
        'AckermannDriveStamped where ackermann_msgs is installed, else TwistStamped; none '
        'publishes no command.',
    ),
    Parameter(
        name='steering.in_simulation',
        default=False,
        read_only=True,
        text="The clock is a simulator's and no replay's: `~/steering` may be remapped although "
        'use_sim_time is set.',
    ),
)

OVERLAY_PARAMETERS = (
    Parameter(
        name='reduce',
        default=_VIEW['reduce'],
        text=f'How the channels become one map: {", ".join(REDUCTIONS)}.',
    ),
    Parameter(
        name='scale',
        default=_VIEW['scale'],
        choices=SCALES,
        text='What 0 and 1 are: percentiles that follow the drive (running), `range` (fixed), or '
        'the minimum and maximum of each frame (frame).',
    ),
    Parameter(
        name='range',
        default=(0.0, 1.0),
        text="For fixed: what becomes 0 and what becomes 1, in the layer's units.",
    ),
    Parameter(
        name='half_life',
        default=_VIEW['half_life'],
        low=0.01,
        high=600.0,
        text='For running: how fast the scale follows (s).',
    ),
    Parameter(
        name='threshold',
        default=_VIEW['threshold'],
        low=0.0,
        high=1.0,
        text='Nothing is painted below this strength.',
    ),
    Parameter(
        name='colormap',
        default=_VIEW['colormap'],
        choices=COLORMAPS,
        text='Colour table.',
    ),
    Parameter(
        name='mode',
        default=_VIEW['mode'],
        choices=MODES,
        text='How colour and picture are joined; seed is the look of the FeatureMaps article.',
    ),
    Parameter(
        name='opacity',
        default=_VIEW['opacity'],
        low=0.0,
        high=1.0,
        text='Of the strongest colour.',
    ),
    Parameter(
        name='outline',
        default=_VIEW['outline'],
        text='Draw the rectangle that the layer samples.',
    ),
    Parameter(
        name='label',
        default=_VIEW['label'],
        text='Write the name of the layer and its receptive field.',
    ),
    Parameter(
        name='gauge',
        default=_VIEW['gauge'],
        text='Draw the steering.',
    ),
)
