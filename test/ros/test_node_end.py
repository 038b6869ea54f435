# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the node ends: at once, with exit code 0, and with the car stopped."""

from __future__ import annotations

from pathlib import Path
import re
import signal
import threading
import time

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from ros_wire import image, NODE, uniform


def catches(pid, number):
    """Whether a process handles a signal by now."""
    status = Path(f'/proc/{pid}/status').read_text()
    caught = re.search(r'^SigCgt:\s*(\w+)$', status, re.MULTILINE)
    return int(caught[1], 16) >> (number - 1) & 1


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_car_and_ends_the_node(start_node, car, peer, number):
    """While it drives at full rate: the last command is the stop, also where ssh is cut off."""
    node = start_node(car)
    steering = peer.listen(TwistStamped, f'{NODE}/steering')
    camera = peer.camera()
    ended = threading.Event()

    def race():
        while not ended.wait(1 / 60):
            camera(image(uniform((200, 0, 0))))

    thread = threading.Thread(target=race)
    thread.start()
    peer.until(lambda: len(steering) > 10, what='commands')
    began = time.monotonic()
    code = node.stop(number)
    took = time.monotonic() - began
    ended.set()
    thread.join()
    peer.spin(0.3)
    steering.unsubscribe()
    peer.node.destroy_publisher(camera.publisher)
    assert code == 0, node.log
    assert took < 3
    assert 'Traceback' not in node.log
    assert [c.twist.linear.x for c in steering][-2:] == [1.0, 0.0]
    assert steering[-1].twist.angular.z == 0


def test_a_node_that_is_to_outlive_its_terminal_drives_on(start_node, car):
    """As ``nohup`` has it: a signal that is ignored stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        node = start_node(car)
    finally:
        signal.signal(signal.SIGHUP, before)
    node.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert node.process.poll() is None
    assert node.stop() == 0


def test_impatient_signals_change_nothing(start_node, car):
    """Three signals in a row, of both kinds, end it as cleanly as one."""
    node = start_node(car)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        node.process.send_signal(number)
    assert node.wait() == 0, node.log
    assert 'Traceback' not in node.log


def test_a_car_that_was_not_driven_is_not_stopped(start_node, car, peer):
    """A stop from somebody who never drove would only disturb."""
    node = start_node(car)
    steering = peer.listen(TwistStamped, f'{NODE}/steering')
    assert node.stop() == 0
    peer.spin(0.3)
    steering.unsubscribe()
    assert not steering


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('delay', [0.0, 0.3])
def test_a_signal_during_the_start_ends_it_too(start_node, car, number, delay):
    """Whatever it was doing, from the moment at which it catches signals."""
    node = start_node(car, ready=False)
    while not catches(node.process.pid, signal.SIGTERM):
        time.sleep(0.01)
    time.sleep(delay)
    assert node.stop(number) == 0, node.log
    assert 'Traceback' not in node.log
