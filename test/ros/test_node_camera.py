# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of every kind: reliable or not, compressed, too fast, absent, on another clock."""

from __future__ import annotations

import array
import math
import threading

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import Twist, TwistStamped
from rclpy.time import Time
from ros_networks import angle_of
from ros_wire import image, NODE, stamp_of, uniform
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image

ORANGE = (240, 130, 30)
YAW = math.tan(angle_of(ORANGE)) / 0.3
WARN = 1


@pytest.fixture
def run(start_node):
    """Return what starts the node for one test."""
    nodes = []

    def start(*args, **kwargs):
        nodes.append(start_node(*args, **kwargs))
        return nodes[-1]

    yield start
    for node in nodes:
        assert node.stop() == 0, node.log


@pytest.fixture
def camera_of(peer):
    """Return what makes cameras that are gone after the test."""
    publishers = []

    def make(*args, **kwargs):
        camera = peer.camera(*args, **kwargs)
        publishers.append(camera.publisher)
        return camera

    yield make
    for publisher in publishers:
        peer.node.destroy_publisher(publisher)


@pytest.fixture
def listen(peer):
    """Return what subscribes for one test."""
    subscriptions = []

    def subscribe(*args, **kwargs):
        subscriptions.append(peer.listen(*args, **kwargs))
        return subscriptions[-1]

    yield subscribe
    for heard in subscriptions:
        heard.unsubscribe()


def test_the_subscription_is_as_reliable_as_the_camera(run, car, peer, camera_of, listen):
    """A reliable camera that gives way to a best-effort one is followed, and back."""
    node = run(car, {'image': '/front/image_raw'})
    steering = listen(TwistStamped, f'{NODE}/steering')
    for reliable in (True, False, True):
        camera = camera_of('/front/image_raw', reliable=reliable)
        word = 'reliable' if reliable else 'best effort'
        peer.until(lambda w=word: peer.diagnostics()[2]['reliability'] == w, what=word)
        peer.spin(0.3)
        steering.clear()
        camera(image(uniform(ORANGE)))
        peer.until(lambda: steering, what='a command')
        peer.node.destroy_publisher(camera.publisher)
    assert 'Images: /front/image_raw' in node.log


def test_the_reliability_can_be_set(run, car, peer, camera_of):
    """Then it stays, whatever the camera offers."""
    run({**car, 'qos_overrides./image.subscription.reliability': 'best_effort'})
    camera_of(followed=False)
    peer.spin(1)
    (info,) = peer.node.get_subscriptions_info_by_topic('/image')
    assert info.qos_profile.reliability.name == 'BEST_EFFORT'


def test_every_topic_takes_qos_overrides(run, car, peer):
    """By the names that ROS gives such parameters."""
    topic = f'{NODE}/steering'
    run(
        {
            **car,
            f'qos_overrides.{topic}.publisher.reliability': 'best_effort',
            'qos_overrides./image.subscription.depth': 3,
        }
    )
    peer.until(lambda: peer.node.count_publishers(topic), what='the topic')
    (info,) = peer.node.get_publishers_info_by_topic(topic)
    assert info.qos_profile.reliability.name == 'BEST_EFFORT'
    assert peer.parameter('qos_overrides./image.subscription.depth') == 3


def jpeg(color, stamp_ns, suffix='.jpg'):
    """Return a compressed picture of one colour."""
    _, data = cv2.imencode(suffix, uniform(color)[..., ::-1])
    message = CompressedImage(format='jpeg', data=array.array('B', data.tobytes()))
    message.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
    return message


def test_compressed_images_steer(run, car, peer, camera_of, listen):
    """JPEG and PNG; one that is cut off is a bad frame."""
    node = run(
        {**car, 'image_transport': 'compressed', 'steering.message': 'twist'},
        {'image': '/front/image_raw'},
    )
    steering = listen(Twist, f'{NODE}/steering')
    camera = camera_of('/front/image_raw/compressed', kind=CompressedImage)
    for suffix in ('.jpg', '.png'):
        steering.clear()
        camera(jpeg(ORANGE, peer.now_ns(), suffix))
        command = peer.until(lambda: steering, what='a command')[-1]
        assert command.angular.z == pytest.approx(YAW, abs=0.02)
    broken = jpeg(ORANGE, peer.now_ns())
    broken.data = broken.data[:-40]
    camera(broken)
    peer.until(lambda: peer.diagnostics()[2]['bad frames'] == '1', what='a count')
    node.wait_for('Image skipped:')


def test_a_camera_that_is_too_fast_makes_no_picture_old(
    run, car, networks, camera_of, peer, listen
):
    """At three times the network's rate, images are dropped and counted, and age does not grow."""
    run({**car, 'model': networks.slow, 'max_age': 2.0})
    camera = camera_of()
    steering = listen(TwistStamped, f'{NODE}/steering')
    ended = threading.Event()

    def race():
        while not ended.wait(1 / 60):
            camera(image(uniform(ORANGE)))

    thread = threading.Thread(target=race)
    thread.start()
    try:
        peer.until(lambda: len(steering) > 10, what='commands')
        for _ in range(4):
            _, _, late = peer.diagnostics()
    finally:
        ended.set()
        thread.join()
    assert int(late['dropped']) > 30
    # Two passes of the network: one that was under way, and its own. A queue would add to it
    # with every second.
    bound = 2 * float(late['latency p95 (ms)']) + 100
    assert float(late['image age p95 (ms)']) < bound


def test_without_images_the_diagnostics_say_what_is_known(run, car, peer):
    """Topic, number of publishers, and similar topics, after five seconds."""
    other = peer.node.create_publisher(Image, '/front/image_raw', 1)
    wrong = peer.node.create_publisher(CompressedImage, '/rear/image', 1)
    node = run(car, {'image': '/rear/image'})
    _, message, _ = peer.until(
        lambda: (d := peer.diagnostics())[0] == WARN and d, what='a warning'
    )
    peer.node.destroy_publisher(other)
    peer.node.destroy_publisher(wrong)
    assert message.startswith('No image on /rear/image for ')
    assert 'publishers: 0' in message
    assert 'another type: sensor_msgs/msg/CompressedImage' in message
    assert '/front/image_raw' in message
    assert 'set image_transport to compressed' in message
    assert node.log.count('No image on /rear/image') == 1


def test_age_can_be_measured_from_the_arrival(run, car, camera_of, peer, listen):
    """For a camera without a clock: its stamps are 0."""
    run({**car, 'age_from': 'arrival'})
    steering = listen(TwistStamped, f'{NODE}/steering')
    camera_of()(image(uniform(ORANGE), stamp_ns=0))
    peer.until(lambda: steering, what='a command')
    assert stamp_of(steering[0]) == 0


def test_a_replay_runs_on_the_time_of_its_clock(run, car, camera_of, peer, listen):
    """Stamps of last year steer if /clock says so; without /clock only pictures come."""
    node = run({**car, 'use_sim_time': True, 'stop_after': 5.0})
    camera = camera_of()
    steering = listen(TwistStamped, f'{NODE}/steering')
    overlays = listen(Image, peer.views()['views'][0]['topics']['overlay'])
    then = 1_700_000_000 * 10**9
    for _ in range(20):
        camera(image(uniform(ORANGE), stamp_ns=then))
        peer.spin(0.05)
    peer.until(lambda: overlays, what='an overlay')
    assert not steering
    node.wait_for('Is /clock published')
    assert int(peer.diagnostics()[2]['too old to steer']) >= 10

    clock = peer.node.create_publisher(Clock, '/clock', 1)
    peer.until(clock.get_subscription_count, what='a subscription to /clock')
    peer.spin(0.3)
    for jump in (0, 10, -1000):
        now = then + jump * 10**9
        clock.publish(Clock(clock=Time(nanoseconds=now).to_msg()))
        peer.spin(0.2)
        steering.clear()
        camera(image(uniform(ORANGE), stamp_ns=now))
        peer.until(lambda: steering, what='a command')
        assert stamp_of(steering[0]) == now
        steering.clear()
        camera(image(uniform(ORANGE), stamp_ns=now - 10**9))
        peer.spin(0.2)
        assert not steering
    peer.node.destroy_publisher(clock)


def test_sim_time_cannot_begin_while_a_car_is_driven(run, car, peer):
    """The other order of the same mistake is refused as well."""
    run(car, {'~/steering': '/drive'})
    (result,) = peer.set_parameters(use_sim_time=True)
    assert not result.successful
    assert 'would drive the car' in result.reason


def test_a_namespace_moves_everything(run, car, camera_of, peer, listen):
    """Two cars in one network keep apart."""
    run(car, {'__ns': '/blue', '__node': 'pilot'})
    camera = camera_of('/blue/image')
    steering = listen(TwistStamped, '/blue/pilot/steering')
    camera(image(np.full((48, 64, 3), ORANGE, np.uint8)))
    peer.until(lambda: steering, what='a command')
