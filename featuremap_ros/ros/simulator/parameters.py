# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the simulator in one table: name, type, meaning, range."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from featuremap_ros.demo.crash import CRASH_FAULTS, CRASH_SEED
from featuremap_ros.demo.faults import Faults, MISSING_LINES
from featuremap_ros.demo.race import DEMO_SEED
from featuremap_ros.demo.simulator import CRUISE_SPEED
from featuremap_ros.ros.parameter import Parameter
from featuremap_ros.ros.parameters import TRANSPORTS

SCENARIOS = ('none', 'crash')
COMMANDS = ('auto', 'ackermann', 'twist_stamped', 'angle')

_FAULTS: dict[str, Any] = {field.name: field.default for field in fields(Faults)}

SIMULATOR_PARAMETERS = (
    Parameter(
        name='seed',
        default=DEMO_SEED,
        low=0,
        high=999_999,
        read_only=True,
        text='Seed of the world: track, hall, floor and light.',
    ),
    Parameter(
        name='scenario',
        default='none',
        choices=SCENARIOS,
        read_only=True,
        text=f'crash: seed {CRASH_SEED} with yellow tape that leads out of the lane, '
        f'{CRASH_FAULTS.start:g} m after the start; the parameters seed, faults.false_line, '
        'faults.start and faults.length then have no effect.',
    ),
    Parameter(
        name='lockstep',
        default=False,
        read_only=True,
        text='Every step waits for the steering that carries the stamp of the last image, and '
        'time passes as fast as that comes; it goes with /clock. Off: real time.',
    ),
    Parameter(
        name='clock',
        default=False,
        read_only=True,
        text='Publish /clock and stamp by it, also in real time; all other nodes then need '
        'use_sim_time. Off: stamps are those of the system clock.',
    ),
    Parameter(
        name='image_transport',
        default='raw',
        choices=TRANSPORTS,
        read_only=True,
        text='Publish sensor_msgs/Image on `camera/image_raw`, or sensor_msgs/CompressedImage on '
        '`camera/image_raw/compressed`.',
    ),
    Parameter(
        name='steering.message',
        default='auto',
        choices=COMMANDS,
        read_only=True,
        text='What steers: AckermannDriveStamped or TwistStamped on `featuremap/steering`; auto '
        'takes AckermannDriveStamped where ackermann_msgs is installed, else TwistStamped; angle '
        'is a Float64 in rad on `featuremap/steering_angle`, which has no stamp and no speed.',
    ),
    Parameter(
        name='speed',
        default=CRUISE_SPEED,
        low=0.0,
        high=5.0,
        text='Speed on a straight (m/s) where the command gives none, that is with '
        'steering.message angle; in bends the car slows down by itself.',
    ),
    Parameter(
        name='timeout',
        default=30.0,
        low=0.0,
        high=3600.0,
        text='In lock-step: ends the node, with the reason, when no steering came for this long '
        '(s of real time); 0 waits for ever.',
    ),
    Parameter(
        name='laps',
        default=0.0,
        low=0.0,
        high=1000.0,
        text='Ends the node after so many laps with exit code 0, or with 1 when the car leaves '
        'the lane; 0 drives on for ever.',
    ),
    Parameter(
        name='restart_after',
        default=2.0,
        low=0.0,
        high=600.0,
        text='How long after leaving the lane the car is put back to the start (s of simulated '
        'time); 0 leaves it where it is.',
    ),
    Parameter(
        name='faults.glare',
        default=_FAULTS['glare'],
        low=0.0,
        high=1.0,
        text='A low sun ahead of the stretch with faults, and its reflection on the floor.',
    ),
    Parameter(
        name='faults.shadow',
        default=_FAULTS['shadow'],
        low=0.0,
        high=1.0,
        text='How dark a hard shadow across the stretch is.',
    ),
    Parameter(
        name='faults.missing_line',
        default=_FAULTS['missing_line'],
        choices=MISSING_LINES,
        read_only=True,
        text='Which lane line is missing on the stretch.',
    ),
    Parameter(
        name='faults.false_line',
        default=_FAULTS['false_line'],
        read_only=True,
        text='Yellow tape leads from the yellow line across the lane and out of it.',
    ),
    Parameter(
        name='faults.start',
        default=_FAULTS['start'],
        low=0.0,
        high=1000.0,
        read_only=True,
        text='Where the stretch with faults begins, along the track (m).',
    ),
    Parameter(
        name='faults.length',
        default=_FAULTS['length'],
        low=0.1,
        high=1000.0,
        read_only=True,
        text='Length of the stretch (m), at most that of the track.',
    ),
    Parameter(
        name='faults.dropped_frames',
        default=_FAULTS['dropped_frames'],
        low=0.0,
        high=1.0,
        text='Share of the images that are not published.',
    ),
)
