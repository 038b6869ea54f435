# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator by itself: what it publishes, whom it obeys, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
import math
import re
import signal
import time
from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path as PathMessage
from rcl_interfaces.srv import DescribeParameters, SetParameters
from rclpy.parameter import Parameter
from rclpy.time import Time
from ros_process import SimulatorProcess
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu, JointState, LaserScan
from std_msgs.msg import Float64
from visualization_msgs.msg import MarkerArray

from featuremap_ros.demo.faults import Faults
from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World
from featuremap_ros.ros.simulator.parameters import SIMULATOR_PARAMETERS

SEED = 3
WHEELBASE = 0.26


@pytest.fixture
def start_simulator(start_simulator) -> Callable[..., SimulatorProcess]:
    """Return what starts the simulator in the world of these tests."""
    return partial(start_simulator, seed=SEED)


@pytest.fixture
def steer(peer) -> Iterator[Callable[..., None]]:
    """Return what publishes a command."""
    publisher = peer.node.create_publisher(TwistStamped, '/featuremap/steering', 5)

    def send(angle: float, speed: float, stamp: Any = None) -> None:
        message = TwistStamped()
        message.twist.linear.x = speed
        message.twist.angular.z = speed * math.tan(angle) / WHEELBASE
        if stamp is not None:
            message.header.stamp = stamp
        publisher.publish(message)

    yield send
    peer.node.destroy_publisher(publisher)


def stamp_of(message: Any) -> int:
    """Return the stamp of a header (ns)."""
    return Time.from_msg(message.header.stamp).nanoseconds


def test_real_time(start_simulator, peer, steer):
    """Steady rates and true stamps; the car stands until it is told, and when nobody tells."""
    simulator = start_simulator()
    topics = {
        '/camera/image_raw': (Image, 20),
        '/camera/camera_info': (CameraInfo, 20),
        '/imu': (Imu, 100),
        '/joint_states': (JointState, 50),
        '/odom': (Odometry, 50),
        '/path': (PathMessage, 5),
        '/scan': (LaserScan, 10),
    }
    heard = {name: peer.listen(kind, name) for name, (kind, _) in topics.items()}
    drawn = peer.listen(MarkerArray, '/car_markers')
    for messages in heard.values():
        messages.clear()
    peer.spin(2.0)
    now = time.time_ns()
    for name, (_, rate) in topics.items():
        stamps = [stamp_of(message) for message in heard[name]]
        # A busy machine leaves some out, and delivers some late; their stamps are true.
        assert len(stamps) / 2.0 > 0.5 * rate, name
        assert abs(now - stamps[-1]) < 1.5e9
        steps = np.diff(stamps)
        assert (steps > 0).all()
        assert np.median(steps) == 1e9 / rate, name
    odometry = heard['/odom']
    assert {message.twist.twist.linear.x for message in odometry} == {0.0}
    for _ in range(15):
        steer(0.2, 0.8)
        peer.spin(0.05)
    driving = odometry[-1]
    assert driving.twist.twist.linear.x == pytest.approx(0.8)
    assert driving.twist.twist.angular.z == pytest.approx(0.8 * math.tan(0.2) / WHEELBASE)
    left, right = heard['/joint_states'][-1].position
    assert left > 0.2 > right > 0.15
    assert {marker.header.frame_id for marker in drawn[-1].markers} == {'base_link'}
    peer.until(lambda: odometry[-1].twist.twist.linear.x == 0.0, what='the car to stop')
    # Half a second of patience, then it brakes with 2.5 m/s^2; a wall is much farther away.
    assert stamp_of(odometry[-1]) - stamp_of(driving) < 1.3e9
    for messages in (*heard.values(), drawn):
        messages.unsubscribe()
    assert simulator.stop() == 0, simulator.log
    assert 'Traceback' not in simulator.log


def test_lock_step_waits_for_the_stamp(start_simulator, peer, steer):
    """Another stamp moves nothing; the image's own moves one step, on the clock of the race."""
    simulator = start_simulator(lockstep=True)
    images = peer.listen(Image, '/camera/image_raw')
    clock = peer.listen(Clock, '/clock', reliable=False)
    peer.until(lambda: images, what='the first image', timeout=20)
    first = images[-1]
    assert stamp_of(first) == START_NS
    for offset in (-50_000_000, 1_000_000):
        steer(0.1, 1.0, Time(nanoseconds=START_NS + offset).to_msg())
    peer.spin(0.4)

    def shown() -> int:
        return max(Time.from_msg(message.clock).nanoseconds for message in clock)

    peer.until(lambda: clock and shown() > START_NS, what='the clock to go on')
    assert {stamp_of(image) for image in images} == {START_NS}
    assert shown() < START_NS + 10_000_000
    for step in range(1, 6):
        steer(0.1, 1.0, images[-1].header.stamp)
        expected = START_NS + step * 50_000_000
        peer.until(lambda n=expected: stamp_of(images[-1]) == n, what='the next image')
    alone = Simulator(World(SEED), start_ns=START_NS, speed=1.0)
    for _ in range(5):
        frame = alone.step(0.1)
    pixels = np.frombuffer(images[-1].data, np.uint8).reshape(frame.image.shape)
    np.testing.assert_array_equal(pixels, frame.image)
    for messages in (images, clock):
        messages.unsubscribe()
    assert simulator.stop(signal.SIGTERM) == 0, simulator.log


def test_an_image_without_answer_is_shown_again(start_simulator, peer, steer):
    """A pilot that comes to its senses late still gets it."""
    simulator = start_simulator(lockstep=True)
    images = peer.listen(Image, '/camera/image_raw')
    peer.until(lambda: len(images) >= 3, what='the same image again', timeout=20)
    assert {stamp_of(image) for image in images} == {START_NS}
    steer(0.0, 1.0, images[-1].header.stamp)
    peer.until(lambda: stamp_of(images[-1]) > START_NS, what='the next image')
    images.unsubscribe()
    simulator.stop()


def test_lost_images_are_not_waited_for(start_simulator, peer, steer):
    """The last answer holds until one is seen again."""
    simulator = start_simulator(lockstep=True, faults__dropped_frames=0.6)
    images = peer.listen(Image, '/camera/image_raw')
    seen: list[int] = []
    while len(seen) < 8:
        peer.until(lambda: images and stamp_of(images[-1]) not in seen, what='image', timeout=20)
        seen.append(stamp_of(images[-1]))
        steer(0.0, 1.0, images[-1].header.stamp)
    steps = np.diff(seen) // 50_000_000
    assert steps.max() > 1
    lost = Faults(dropped_frames=0.6)
    expected = [t for t in range(START_NS, seen[-1] + 1, 50_000_000) if not lost.drops(SEED, t)]
    # The first is shown in any case: without it nothing would begin.
    assert seen == sorted({START_NS, *expected})
    images.unsubscribe()
    simulator.stop()


def test_a_car_off_the_lane_is_put_back(start_simulator, peer, steer):
    """To the start and at rest, so long after it left; time goes on."""
    simulator = start_simulator(lockstep=True, restart_after=0.5)
    images = peer.listen(Image, '/camera/image_raw')
    odometry = peer.listen(Odometry, '/odom')
    peer.until(lambda: images, what='the first image', timeout=20)
    steps = 0
    while 'put back' not in simulator.log:
        stamp = images[-1].header.stamp
        steer(0.4, 1.3, stamp)
        peer.until(lambda s=stamp: images[-1].header.stamp != s, what='the next image')
        steps += 1
        assert steps < 100
    steer(0.0, 0.0, images[-1].header.stamp)
    peer.until(lambda: stamp_of(odometry[-1]) > START_NS + steps * 50_000_000, what='odometry')
    assert 'leaves the lane to the left' in simulator.log
    places = {stamp_of(m): m.pose.pose.position for m in odometry}
    stamps = sorted(places)
    assert math.hypot(places[stamps[-1]].x, places[stamps[-1]].y) < 0.05
    half = World(SEED).track.lane_width / 2
    away = [stamp for stamp in stamps if math.hypot(places[stamp].x, places[stamp].y) > half]
    assert away[-1] - away[0] > 0.3e9
    for messages in (images, odometry):
        messages.unsubscribe()
    simulator.stop()


def test_time_that_is_told_is_that_of_the_drive(start_simulator, peer, steer):
    """A pilot that steers from the first moment on, and a clock that jumps to today's time."""
    simulator = start_simulator(ready=False)
    until = time.monotonic() + 90
    while 'leaves the lane' not in simulator.log:
        assert time.monotonic() < until, simulator.log
        steer(0.4, 1.3)
        peer.spin(0.02)
    seconds = re.search(r'laps in ([0-9.]+) s', simulator.log)
    assert seconds is not None, simulator.log
    assert 0.2 < float(seconds[1]) < 20.0
    assert simulator.stop() == 0


@pytest.mark.parametrize(
    ('writer', 'text'),
    [
        (None, 'has 0 publishers'),
        (Float64, 'expected as geometry_msgs/msg/TwistStamped, and published there is std_msgs'),
        (TwistStamped, 'needs use_sim_time'),
    ],
)
def test_waiting_in_vain_ends_with_the_reason(start_simulator, peer, writer, text):
    """With exit code 1, and what to look at."""
    images = []
    if writer is not None:
        publisher = peer.node.create_publisher(writer, '/featuremap/steering', 5)
    subscription = peer.node.create_subscription(Image, '/camera/image_raw', images.append, 5)
    simulator = start_simulator(lockstep=True, timeout=2.5, ready=False)
    peer.until(lambda: simulator.process.poll() is not None, what='the end', timeout=60)
    assert simulator.wait() == 1
    assert 'In lock-step no steering came within 2.5 s' in simulator.log
    assert text in simulator.log
    assert 'Traceback' not in simulator.log
    if writer is not None:
        peer.node.destroy_publisher(publisher)
    peer.node.destroy_subscription(subscription)


def test_without_a_reader_it_says_how_to_start_the_pilot(start_simulator):
    """Nobody subscribes to the images."""
    simulator = start_simulator(lockstep=True, timeout=1.0, ready=False)
    assert simulator.wait(60) == 1
    assert 'overlay_node --ros-args -r image:=/camera/image_raw' in simulator.log


@pytest.mark.parametrize(
    ('parameters', 'text'),
    [
        ({'lockstep': True, 'steering__message': 'angle'}, 'has none: choose ackermann'),
        ({'faults__missing_line': 'blue'}, 'Choices: none, yellow, white, both'),
        ({'scenario': 'crsh'}, "Unknown scenario 'crsh'"),
        ({'faults__glare': 1.5}, 'faults.glare'),
        ({'timeout': math.nan}, 'timeout'),
    ],
)
def test_what_cannot_be_ends_the_node(start_simulator, parameters, text):
    """At the start, with exit code 1 and without a traceback."""
    simulator = start_simulator(ready=False, **parameters)
    assert simulator.wait(60) == 1
    assert text in simulator.log
    assert 'Traceback' not in simulator.log


def test_parameters_describe_themselves_and_change(start_simulator, peer):
    """Light changes while it drives; paint does not, and nonsense is refused."""
    simulator = start_simulator(image_transport='compressed', steering__message='angle')
    describe = peer.node.create_client(DescribeParameters, '/simulator/describe_parameters')
    change = peer.node.create_client(SetParameters, '/simulator/set_parameters')
    assert describe.wait_for_service(10)

    def call(client: Any, request: Any) -> Any:
        future = client.call_async(request)
        peer.until(future.done, what='an answer')
        return future.result()

    names = [parameter.name for parameter in SIMULATOR_PARAMETERS]
    told = call(describe, DescribeParameters.Request(names=names)).descriptors
    for parameter, about in zip(SIMULATOR_PARAMETERS, told, strict=True):
        assert about.description == parameter.text
        assert about.read_only == parameter.read_only

    def set_to(name: str, value: Any) -> Any:
        message = Parameter(name, value=value).to_parameter_msg()
        return call(change, SetParameters.Request(parameters=[message])).results[0]

    images = peer.listen(CompressedImage, '/camera/image_raw/compressed')
    peer.until(lambda: images, what='an image')
    before = len(images[-1].data)
    assert set_to('faults.shadow', 1.0).successful
    assert set_to('faults.glare', 1.0).successful
    images.clear()
    peer.until(lambda: len(images) > 3, what='images')
    assert len(images[-1].data) != before
    for name, value in (('faults.glare', 2.0), ('faults.missing_line', 'both'), ('seed', 4)):
        assert not set_to(name, value).successful
    assert not set_to('faults.dropped_frames', math.nan).successful
    images.unsubscribe()
    # A Float64 has no speed of its own.
    odometry = peer.listen(Odometry, '/odom')
    angles = peer.node.create_publisher(Float64, '/featuremap/steering_angle', 5)
    assert set_to('speed', 0.5).successful
    peer.until(angles.get_subscription_count, what='the simulator')
    for _ in range(12):
        angles.publish(Float64(data=-0.1))
        peer.spin(0.05)
    assert odometry[-1].twist.twist.linear.x == pytest.approx(0.5)
    assert odometry[-1].twist.twist.angular.z == pytest.approx(0.5 * math.tan(-0.1) / WHEELBASE)
    odometry.unsubscribe()
    peer.node.destroy_publisher(angles)
    for client in (describe, change):
        peer.node.destroy_client(client)
    assert simulator.stop() == 0
