# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Recorded commands never keep their topic."""

from __future__ import annotations

import pytest

from featuremap_ros.ros.replay.recorded import is_command, recorded_name, remappings


@pytest.mark.parametrize(
    ('topic', 'msgtype'),
    [
        ('/drive', 'ackermann_msgs/msg/AckermannDriveStamped'),
        ('/vesc/low_level/x', 'ackermann_msgs/msg/AckermannDrive'),
        ('/cmd_vel', 'geometry_msgs/msg/Twist'),
        ('/anything', 'geometry_msgs/msg/TwistStamped'),
        ('/joy', 'sensor_msgs/msg/Joy'),
        ('/commands/servo/position', 'std_msgs/msg/Float64'),
        ('/throttle', 'std_msgs/msg/Float32'),
        ('/car/steering_angle', 'std_msgs/msg/Float64'),
        ('/goal_pose', 'geometry_msgs/msg/PoseStamped'),
        ('/x', 'dbw_msgs/msg/BrakeCmd'),
        ('/x', 'autoware_control_msgs/msg/Control'),
    ],
)
def test_what_may_drive_a_car_is_a_command(topic, msgtype):
    """By type, or by a word in its name."""
    assert is_command(topic, msgtype)


@pytest.mark.parametrize(
    ('topic', 'msgtype'),
    [
        ('/camera/image_raw', 'sensor_msgs/msg/Image'),
        ('/drive/camera', 'sensor_msgs/msg/CompressedImage'),
        ('/odom', 'nav_msgs/msg/Odometry'),
        ('/scan', 'sensor_msgs/msg/LaserScan'),
        ('/tf', 'tf2_msgs/msg/TFMessage'),
        ('/overdrive', 'std_msgs/msg/String'),
    ],
)
def test_what_only_tells_something_is_none(topic, msgtype):
    """Sensors keep their topics, or the replay would be useless."""
    assert not is_command(topic, msgtype)


def test_commands_move_below_recorded():
    """A second replay of the replayed bag does not move them further."""
    topics = [
        ('/cmd_vel', 'geometry_msgs/msg/Twist'),
        ('/odom', 'nav_msgs/msg/Odometry'),
        ('/recorded/drive', 'geometry_msgs/msg/Twist'),
    ]
    assert remappings(topics, node='/featuremap') == {'/cmd_vel': '/recorded/cmd_vel'}
    assert recorded_name('/recorded/drive') == '/recorded/drive'
