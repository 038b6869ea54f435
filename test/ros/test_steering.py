# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands as messages of every type that is installed."""

from __future__ import annotations

from importlib.util import find_spec
import math
import time

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Header

from featuremap_ros.ros.command import Command
from featuremap_ros.ros.command_message import CommandMessage
from featuremap_ros.ros.steering import resolve_message, SteeringPublisher

ACKERMANN = find_spec('ackermann_msgs') is not None
MESSAGES = [
    pytest.param(
        'ackermann',
        marks=pytest.mark.skipif(not ACKERMANN, reason='ackermann_msgs is not installed'),
    ),
    'twist_stamped',
    'twist',
]


def spinner(node, received):
    """Wait until somebody listens to commands; return what waits for a number of them."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    while not node.count_subscribers('/car/steering'):
        time.sleep(0.01)

    def spin_until(count):
        deadline = time.monotonic() + 5
        while len(received) < count and time.monotonic() < deadline:
            executor.spin_once(timeout_sec=0.05)

    return spin_until


def speed_and_angle(message, wheelbase):
    """Return what a message tells the car."""
    if hasattr(message, 'drive'):
        return message.drive.speed, message.drive.steering_angle
    twist = getattr(message, 'twist', message)
    return twist.linear.x, math.atan2(twist.angular.z * wheelbase, twist.linear.x)


@pytest.mark.parametrize('message', MESSAGES)
def test_a_command_arrives_under_the_header_of_its_image(own_node, message):
    """Speed and angle come out as they went in, whatever the type."""
    publisher = SteeringPublisher(own_node, message=message, wheelbase=0.3)
    assert publisher.topic == '/car/steering'
    received = []
    kind = CommandMessage(message, 0.3).kind
    own_node.create_subscription(kind, publisher.topic, received.append, 10)
    spin_until = spinner(own_node, received)
    commands = [Command(0.2, 1.5), Command(-0.1, 0.5)]
    header = Header(frame_id='camera')
    header.stamp.sec, header.stamp.nanosec = 12, 34
    for command in commands:
        publisher.publish(header, command)
    spin_until(2)
    for command, came in zip(commands, received, strict=True):
        assert speed_and_angle(came, 0.3) == pytest.approx((command.speed, command.angle))
        if message != 'twist':
            assert came.header == header


def test_auto_is_ackermann_where_it_is_installed():
    """Else a Twist with a time stamp."""
    assert resolve_message('auto') == ('ackermann' if ACKERMANN else 'twist_stamped')
    assert resolve_message('twist') == 'twist'


def test_no_commands_means_no_topic(own_node):
    """The angle is still there to be plotted, and there is nothing to stop."""
    publisher = SteeringPublisher(own_node, message='none', wheelbase=None)
    publisher.publish(Header(), Command(0.1, 0.0))
    publisher.publish_angle(Command(0.1, 0.0))
    assert publisher.topic == ''
    assert not publisher.stop_if_silent(0.0)
    topics = {name for name, _ in own_node.get_publisher_names_and_types_by_node('car', '/')}
    assert '/car/steering' not in topics
    assert publisher.angle_topic == '/car/steering_angle'


def test_closing_stops_the_car_and_nothing_follows(own_node):
    """A worker that is still busy when the node ends cannot start the car again."""
    received = []
    own_node.create_subscription(TwistStamped, '/car/steering', received.append, 10)
    publisher = SteeringPublisher(own_node, message='twist_stamped', wheelbase=0.3)
    spin_until = spinner(own_node, received)
    publisher.publish(Header(), Command(0.1, 1.0))
    spin_until(1)
    publisher.close()
    publisher.publish(Header(), Command(0.1, 1.0))
    spin_until(3)
    assert [message.twist.linear.x for message in received] == [1.0, 0.0]
