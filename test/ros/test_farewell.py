# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for readers, also for one that takes nothing any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from featuremap_ros.ros.farewell import wait_for_readers

COUNT = 5
LISTEN = f"""
import rclpy
from std_msgs.msg import String

rclpy.init()
node = rclpy.create_node('reader')
for i in range({COUNT}):
    node.create_subscription(String, f'/words_{{i}}', print, 10)
rclpy.spin(node)
"""


@pytest.fixture
def reader(domain):
    """Return a process that reads words."""
    process = subprocess.Popen(
        [sys.executable, '-c', LISTEN], env={**os.environ, 'ROS_DOMAIN_ID': str(domain)}
    )
    yield process
    process.kill()
    process.wait()


def test_a_reader_that_hangs_holds_nobody_up_for_long(own_node, reader):
    """The time is that of all topics together, and not of each."""
    qos = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
    publishers = [own_node.create_publisher(String, f'/words_{i}', qos) for i in range(COUNT)]
    end = time.monotonic() + 60.0
    while not all(publisher.get_subscription_count() for publisher in publishers):
        assert time.monotonic() < end, 'the reader never came'
        time.sleep(0.05)
    reader.send_signal(signal.SIGSTOP)
    for publisher in publishers:
        publisher.publish(String(data='word'))
    began = time.monotonic()
    wait_for_readers(publishers, 0.5)
    assert 0.5 <= time.monotonic() - began < 1.5
