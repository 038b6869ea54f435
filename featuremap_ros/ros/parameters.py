# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the node in one table: name, type, meaning, range."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from featuremap_ros.attribution.activation import REDUCTIONS
from featuremap_ros.ros.parameter import Parameter
from featuremap_ros.view import View
from featuremap_ros.vision.colormaps import COLORMAPS
from featuremap_ros.vision.grid import GridStyle, ORDERS
from featuremap_ros.vision.grid import SCALES as GRID_SCALES
from featuremap_ros.vision.painter import MODES
from featuremap_ros.vision.scaling import SCALES

MESSAGES = ('auto', 'ackermann', 'twist_stamped', 'twist', 'none')
TRANSPORTS = ('raw', 'compressed')
AGE_SOURCES = ('stamp', 'arrival')
JUDGED = ('watched', 'always', 'never')

_VIEW: dict[str, Any] = {field.name: field.default for field in fields(View)}
_GRID: dict[str, Any] = {field.name: field.default for field in fields(GridStyle)}


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
        name='methods',
        default=('',),
        text='Explanations to show, one topic each: METHOD, METHOD/LAYER, METHOD/TARGET or '
        'METHOD/LAYER/TARGET, e.g. hirescam, visualbackprop/conv_3, occlusion/steering. Without '
        'a layer the last convolution, without a target the steering. Empty names are ignored.',
    ),
    Parameter(
        name='slow_rate',
        default=2.0,
        low=0.0,
        high=30.0,
        text='Rounds per second (Hz) that the observer, a process beside the node, makes at most: '
        'it computes expensive methods on the newest image, and judges. 0: none.',
    ),
    Parameter(
        name='judge',
        default='watched',
        choices=JUDGED,
        text='Judge trust and flicker of views, and filters of layers, in /diagnostics: while '
        'somebody watches a picture of the node, always, or never.',
    ),
    Parameter(
        name='trust_period',
        default=10.0,
        low=0.5,
        high=3600.0,
        text='Time between two judgements of the views (s).',
    ),
    Parameter(
        name='trust_label',
        default=False,
        text='Write the trust in each view on its overlay, once it is known.',
    ),
    Parameter(
        name='history',
        default=2.0,
        low=0.0,
        high=60.0,
        text='How long images are kept (s), for explain_stamp and for what happened before a '
        'stop or a jump.',
    ),
    Parameter(
        name='history_memory',
        default=16,
        low=1,
        high=8192,
        text='Memory for the images of the history (MB), and as much again once some are kept '
        'after a stop or a jump; where it is too small for all images, they are kept at even '
        'distances.',
    ),
    Parameter(
        name='jump',
        default=0.25,
        low=0.0,
        high=1.0,
        text='Change of the steering from one image to the next, as a share of its whole range, '
        'that counts as a jump: the images before it are kept for ~/save, as before a stop. 0: '
        'none does.',
    ),
    Parameter(
        name='explain_stamp',
        default=0,
        low=0,
        high=2**63 - 1,
        text='Stamp (ns) of the image that ~/explain and ~/why are about, of those in the '
        'history; 0: the newest.',
    ),
    Parameter(
        name='folder',
        default='',
        text='Where services write, each time into a folder of its own. Empty: featuremap in '
        '$ROS_HOME or ~/.ros.',
    ),
    Parameter(
        name='threads',
        default=0,
        low=0,
        high=64,
        read_only=True,
        text='Threads of the forward pass; 0 tries at the start what is quickest here.',
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
        text='JPEG quality of the compressed overlays.',
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
        name='grid.scale',
        default=_GRID['scale'],
        choices=GRID_SCALES,
        text='What black and white are on `~/grid/...`: the same for all channels (shared), or of '
        'each channel (own).',
    ),
    Parameter(
        name='grid.order',
        default=_GRID['order'],
        choices=ORDERS,
        text='Order of the channels: by number (id), or the strongest first (energy).',
    ),
    Parameter(
        name='grid.ids',
        default=_GRID['ids'],
        text="Write the channels' numbers.",
    ),
    Parameter(
        name='grid.per_page',
        default=_GRID['per_page'],
        low=1,
        high=4096,
        text='Channels on one page.',
    ),
    Parameter(
        name='grid.page',
        default=0,
        low=0,
        high=4096,
        text='Which page is shown; the last one where there are fewer.',
    ),
    Parameter(
        name='grid.width',
        default=1280,
        low=64,
        high=7680,
        text='Largest width of a page (pixels).',
    ),
    Parameter(
        name='grid.height',
        default=960,
        low=64,
        high=4320,
        text='Largest height of a page (pixels).',
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
        text="The clock is a simulator's, not a replay's: `~/steering` may be remapped although "
        'use_sim_time is set.',
    ),
)

OVERLAY_PARAMETERS = (
    Parameter(
        name='reduce',
        default=_VIEW['reduce'],
        text=f'How the channels of an activation become one map: {", ".join(REDUCTIONS)}.',
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
        text="For fixed: what becomes 0 and what becomes 1, in the map's units.",
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
        text='Colour table; maps with a sign have their own, in which orange is left.',
    ),
    Parameter(
        name='mode',
        default=_VIEW['mode'],
        choices=MODES,
        text='How colour and picture are combined; seed is the look of the FeatureMaps article, '
        'for activations only.',
    ),
    Parameter(
        name='opacity',
        default=_VIEW['opacity'],
        low=0.0,
        high=1.0,
        text='Opacity of the strongest colour.',
    ),
    Parameter(
        name='outline',
        default=_VIEW['outline'],
        text='Draw the rectangle that the map samples.',
    ),
    Parameter(
        name='label',
        default=_VIEW['label'],
        text='Write what is shown, with the receptive field of the layer.',
    ),
    Parameter(
        name='gauge',
        default=_VIEW['gauge'],
        text='Draw the steering.',
    ),
)
