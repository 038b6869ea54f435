# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which recorded topics would drive a car, and where they go in a replay.

Nothing of ROS is needed here: launch files and the command line ask before they publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import re

PREFIX = '/recorded'

_TYPES = frozenset(
    {
        'actuator_msgs/msg/Actuators',
        'geometry_msgs/msg/Twist',
        'geometry_msgs/msg/TwistStamped',
        'geometry_msgs/msg/Wrench',
        'geometry_msgs/msg/WrenchStamped',
        # A recorded joystick drives through the teleoperation node.
        'sensor_msgs/msg/Joy',
        'trajectory_msgs/msg/JointTrajectory',
    }
)
_SENSORS = frozenset(
    f'sensor_msgs/msg/{name}'
    for name in ('CameraInfo', 'CompressedImage', 'Image', 'Imu', 'LaserScan', 'PointCloud2')
)
_PACKAGES = ('ackermann_msgs/', 'autoware_control_msgs/', 'autoware_auto_control_msgs/')
_TYPE_ENDINGS = ('Cmd', 'Command', 'CommandStamped', 'Control', 'ControlCommand')
_WORDS = frozenset(
    {
        'ackermann', 'actuator', 'actuators', 'autodrive', 'brake', 'cmd', 'command', 'commands',
        'control', 'drive', 'esc', 'estop', 'gear', 'goal', 'joy', 'motor', 'motors', 'pwm',
        'servo', 'steer', 'steering', 'teleop', 'throttle', 'trajectory', 'waypoint', 'waypoints',
    }
)  # fmt: skip


def is_command(topic: str, msgtype: str) -> bool:
    """Whether a topic may tell a car what to do, by its type or by a word in its name.

    Reports from the car (``/steering_report``) are caught as well: to move a topic that only
    tells something is harmless, to publish one that drives is not.

    Args:
        topic: Full name.
        msgtype: E.g. ``'geometry_msgs/msg/Twist'``.
    """
    if msgtype in _SENSORS:
        return False
    kind = msgtype.rpartition('/')[2]
    return (
        msgtype in _TYPES
        or msgtype.startswith(_PACKAGES)
        or kind.endswith(_TYPE_ENDINGS)
        or not _WORDS.isdisjoint(re.split(r'[/_]+', topic.lower()))
    )


def recorded_name(topic: str) -> str:
    """Return where a recorded command goes."""
    return topic if topic.startswith(f'{PREFIX}/') else f'{PREFIX}/{topic.lstrip("/")}'


def remappings(topics: Iterable[tuple[str, str]], *, node: str) -> Mapping[str, str]:
    """Return where those recorded topics go that must not keep their names.

    Args:
        topics: Name and type of each.
        node: Full name of a node that runs beside the replay: what it published itself when the
            race was recorded or rendered would mix with what it publishes now.
    """
    return {
        name: recorded_name(name)
        for name, msgtype in topics
        if (is_command(name, msgtype) or name.startswith(f'{node}/'))
        and recorded_name(name) != name
    }
