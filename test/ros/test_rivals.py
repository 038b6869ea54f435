# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Others who publish what a node publishes, or what it steers by."""

from __future__ import annotations

from contextlib import contextmanager
import time

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from rclpy.context import Context
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import String

from featuremap_ros.ros.rivals import Rivals


@contextmanager
def neighbour(domain, name):
    """Yield a node in a context of its own, as in a process of its own."""
    context = Context()
    context.init(domain_id=domain)
    node = Node(name, context=context)
    try:
        yield node
    finally:
        node.destroy_node()
        context.try_shutdown()


def soon(look):
    """Look until there is something to see."""
    end = time.monotonic() + 10.0
    while not (seen := look()):
        assert time.monotonic() < end, 'nothing was found'
        time.sleep(0.05)
    return seen


@pytest.mark.parametrize(
    ('name', 'called'),
    [('bus', '/bus'), ('car', 'another /car (or one that was killed just now)')],
)
def test_whoever_publishes_the_same_is_named_once(own_node, domain, name, called):
    """Also one that has the same name: two pilots would steer one car."""
    own_node.create_publisher(String, '/words', 1)
    rivals = Rivals(own_node)
    assert rivals.news(['/words']) == {}
    with neighbour(domain, name) as other:
        other.create_publisher(String, '/words', 1)
        assert soon(lambda: rivals.news(['/words', '/tf'])) == {called: ['/words']}
        assert rivals.news(['/words']) == {}


def test_a_second_camera_and_a_second_driver_are_warned_of(start_node, car, peer):
    """The car would be steered by each of them in turn."""
    node = start_node(car)
    for kind, topic, count in ((Image, '/image', 2), (TwistStamped, '/featuremap/steering', 1)):
        publishers = [peer.node.create_publisher(kind, topic, 1) for _ in range(count)]
        node.wait_for(f'{topic} has several publishers' if count > 1 else f'{topic}: /peer pub')
        for publisher in publishers:
            peer.node.destroy_publisher(publisher)
    assert node.log.count('several publishers') == 1
    assert node.stop() == 0
