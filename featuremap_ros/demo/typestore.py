# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Message types that the demo writes: those of ROS 2 Jazzy, and ackermann_msgs."""

from __future__ import annotations

from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from rosbags.typesys.store import Typestore

DRIVE_TYPE = 'ackermann_msgs/msg/AckermannDrive'
DRIVE_STAMPED_TYPE = 'ackermann_msgs/msg/AckermannDriveStamped'

_DRIVE = """
float32 steering_angle
float32 steering_angle_velocity
float32 speed
float32 acceleration
float32 jerk
"""

_DRIVE_STAMPED = """
std_msgs/Header header
ackermann_msgs/AckermannDrive drive
"""


def race_typestore() -> Typestore:
    """Make a store of all types in a race.

    The distributions' own stores lack ackermann_msgs; its two definitions are those of
    github.com/ros-drivers/ackermann_msgs.
    """
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg(_DRIVE, DRIVE_TYPE))
    store.register(get_types_from_msg(_DRIVE_STAMPED, DRIVE_STAMPED_TYPE))
    return store
