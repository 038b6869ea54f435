# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Playing a bag, and ``featuremap play``: from one process to another."""

from __future__ import annotations

from itertools import pairwise
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import Twist
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import Float64, String

from featuremap_ros.ros.replay.player import Player
from featuremap_ros.streams.bag_file import BagMessage, BagTopic

START = 1_700_000_000 * 10**9
STEP = 50_000_000
COUNT = 20
FOREIGN = 'race_msgs/msg/Lap'
# Two participants that miss each other's first greetings meet at the next one, 3 s later.
PATIENTLY = ('--delay', '4')


def profile(reliable, latched, depth):
    """Return an offered quality of service."""
    forever = QosTime(2147483647, 4294967295)
    return [
        Qos(
            QosHistory.KEEP_LAST,
            depth,
            QosReliability.RELIABLE if reliable else QosReliability.BEST_EFFORT,
            QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
            forever,
            forever,
            QosLiveliness.AUTOMATIC,
            forever,
            False,
        )
    ]


@pytest.fixture(scope='module')
def payloads():
    """Return the recorded bytes of every topic, by name."""
    return {}


@pytest.fixture(scope='module')
def bag(tmp_path_factory, payloads):
    """Return one second of a race: images, commands, a latched map, and a foreign type."""
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg('int32 number', FOREIGN))
    types = store.types
    path = tmp_path_factory.mktemp('bag') / 'race'

    def header(i):
        at = START + i * STEP
        stamp = types['builtin_interfaces/msg/Time'](at // 10**9, at % 10**9)
        return types['std_msgs/msg/Header'](stamp, 'camera')

    def vector(x):
        return types['geometry_msgs/msg/Vector3'](x, 0.0, 0.0)

    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:

        def connect(topic, msgtype, qos):
            connection = writer.add_connection(
                topic, msgtype, typestore=store, offered_qos_profiles=qos
            )

            def write(i, message):
                data = bytes(store.serialize_cdr(message, msgtype))
                payloads.setdefault(topic, []).append(data)
                writer.write(connection, START + i * STEP, data)

            return write

        image = connect('/camera/image_raw', 'sensor_msgs/msg/Image', profile(False, False, 7))
        command = connect('/cmd_vel', 'geometry_msgs/msg/Twist', profile(True, False, 3))
        track = connect('/track', 'std_msgs/msg/String', profile(True, True, 1))
        lap = connect('/lap', FOREIGN, profile(True, False, 1))
        clock = connect('/clock', 'rosgraph_msgs/msg/Clock', profile(True, False, 1))
        track(0, types['std_msgs/msg/String']('oval'))
        for i in range(COUNT):
            pixels = np.full(4 * 6 * 3, i, np.uint8)
            image(i, types['sensor_msgs/msg/Image'](header(i), 4, 6, 'rgb8', 0, 18, pixels))
            command(i, types['geometry_msgs/msg/Twist'](vector(float(i)), vector(0.0)))
            lap(i, types[FOREIGN](i))
            clock(i, types['rosgraph_msgs/msg/Clock'](header(i).stamp))
    return path


@pytest.fixture
def play(domain, repository):
    """Return what starts the player."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, '-m', 'featuremap_ros.cli.main', 'play', *map(str, arguments)],
            env={
                **os.environ,
                'ROS_DOMAIN_ID': str(domain),
                'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
                'PYTHONPATH': os.pathsep.join([str(repository), os.environ.get('PYTHONPATH', '')]),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


class Ears:
    """Subscriptions that note what came, in order."""

    def __init__(self, peer):
        """Listen through a peer."""
        self.peer = peer
        self.heard = []
        self.subscriptions = []

    def listen(self, kind, topic, *, reliable=True, latched=False, raw=True, then=None):
        """Subscribe; the publisher may come later.

        With ``then``, that gets the time and the recorded time of every message (s).
        """
        qos = QoSProfile(
            depth=100,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        messages = []

        def hear(message):
            messages.append(message)
            self.heard.append((topic, message))
            if then:
                stamp = message.header.stamp
                then((time.monotonic(), stamp.sec + stamp.nanosec / 1e9))

        self.subscriptions.append(
            self.peer.node.create_subscription(kind, topic, hear, qos, raw=raw)
        )
        return messages


@pytest.fixture
def ears(peer):
    """Return ears for one test."""
    ears = Ears(peer)
    yield ears
    for subscription in ears.subscriptions:
        peer.node.destroy_subscription(subscription)


def seconds(clock):
    """Return the time of a clock message (s)."""
    return clock.clock.sec + clock.clock.nanosec / 1e9


def test_recorded_bytes_are_published_as_they_are(bag, play, ears, peer, payloads):
    """At the recorded pace, with /clock ahead of each message, under the recorded QoS."""
    images = ears.listen(Image, '/camera/image_raw', reliable=False)
    clocks = ears.listen(Clock, '/clock', reliable=False, raw=False)
    moved = ears.listen(Twist, '/recorded/cmd_vel')
    driving = ears.listen(Twist, '/cmd_vel')
    player = play(bag, *PATIENTLY)
    peer.until(lambda: len(images) == COUNT, timeout=60, what='the images')
    peer.until(lambda: len(moved) == COUNT, what='the commands')
    output, _ = player.communicate(timeout=20)
    assert player.returncode == 0
    assert images == payloads['/camera/image_raw']
    assert moved == payloads['/cmd_vel']
    assert driving == []
    assert '/recorded/cmd_vel [geometry_msgs/msg/Twist] (recorded as /cmd_vel)' in output
    assert f'/lap: {FOREIGN} is not installed' in output
    assert '/clock: the player publishes its own' in output
    assert f'Done: {2 * COUNT + 1} messages published.' in output

    times = [seconds(clock) for clock in clocks]
    assert times == sorted(times)
    # Between the messages as well, at whatever pace the machine keeps.
    assert len(times) > COUNT
    now = None
    for topic, message in ears.heard:
        if topic == '/clock':
            now = seconds(message)
        elif topic == '/camera/image_raw' and now is not None:
            stamp = deserialize_message(message, Image).header.stamp
            # The two travel apart, and a busy machine may be two pictures late with one.
            assert stamp.sec + stamp.nanosec / 1e9 - now < 0.11


def test_the_recorded_quality_of_service_is_offered(bag, play, peer):
    """A best-effort camera stays one; a latched topic is there for late subscribers."""
    player = play(bag, '--loop')
    topics = ('/camera/image_raw', '/recorded/cmd_vel', '/track')
    peer.until(
        lambda: all(peer.node.count_publishers(topic) for topic in topics),
        timeout=60,
        what='the topics',
    )
    offered = {
        topic: peer.node.get_publishers_info_by_topic(topic)[0].qos_profile for topic in topics
    }
    assert offered['/camera/image_raw'].reliability == ReliabilityPolicy.BEST_EFFORT
    assert offered['/recorded/cmd_vel'].reliability == ReliabilityPolicy.RELIABLE
    assert offered['/track'].durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert offered['/recorded/cmd_vel'].durability == DurabilityPolicy.VOLATILE
    peer.spin(1.5)
    late = Ears(peer)
    track = late.listen(String, '/track', latched=True, raw=False)
    peer.until(lambda: track, timeout=0.9, what='the latched message')
    assert track[0].data == 'oval'
    peer.node.destroy_subscription(late.subscriptions[0])
    player.send_signal(signal.SIGINT)
    assert player.wait(10) == 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_loop_begins_again_until_a_signal_ends_it(bag, play, ears, peer, number):
    """Time jumps back with every round; the end is clean."""
    clocks = ears.listen(Clock, '/clock', reliable=False, raw=False)
    images = ears.listen(Image, '/camera/image_raw', reliable=False)
    player = play(bag, '--loop', '--rate', '4', '--delay', '0.3')
    peer.until(lambda: len(images) > 2 * COUNT, timeout=20, what='a third round')
    player.send_signal(number)
    output, _ = player.communicate(timeout=10)
    assert player.returncode == 0
    assert 'Stopped:' in output
    assert 'Traceback' not in output
    times = [seconds(clock) for clock in clocks]
    assert sum(b < a for a, b in pairwise(times)) >= 2


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_bag_that_is_stopped_before_its_end_is_no_failure(bag, play, ears, peer, number):
    """A launch file stops all its processes so, and reports any other code as an error."""
    images = ears.listen(Image, '/camera/image_raw', reliable=False)
    player = play(bag, '--rate', '0.1', '--delay', '0.3')
    peer.until(lambda: images, timeout=20, what='the first picture')
    player.send_signal(number)
    output, _ = player.communicate(timeout=10)
    assert player.returncode == 0
    assert 'Stopped:' in output


def test_what_was_published_as_json(bag, play):
    """For scripts; nothing else is printed."""
    output, _ = play(bag, '--json', '--rate', '20', '--delay', '0').communicate(timeout=60)
    data = json.loads(output[output.index('{') :])
    names = {topic['name']: topic['recorded_as'] for topic in data['topics']}
    assert names['/recorded/cmd_vel'] == '/cmd_vel'
    assert data['messages'] > COUNT
    assert not data['stopped']
    assert '/lap' in data['not_published']


def test_the_rate_is_kept(bag, play, ears, peer):
    """Half the rate takes twice as long, from the first image that came to the last."""
    times = []
    ears.listen(Image, '/camera/image_raw', reliable=False, raw=False, then=times.append)
    player = play(bag, '--rate', '0.5', '--delay', '3')
    peer.until(lambda: player.poll() is not None, timeout=20, what='the end')
    (first_wall, first), *_, (last_wall, last) = times
    assert last - first > 0.5
    assert 0.45 < (last - first) / (last_wall - first_wall) < 0.55


def test_a_ros_1_bag_is_translated(tmp_path, play, ears, peer):
    """Its messages lack what ROS 2 dropped, and are otherwise the same."""
    store = get_typestore(Stores.ROS1_NOETIC)
    types = store.types
    path = tmp_path / 'race.bag'
    with Ros1Writer(path) as writer:
        connection = writer.add_connection(
            '/camera/image_raw', 'sensor_msgs/msg/Image', typestore=store
        )
        for i in range(5):
            stamp = types['builtin_interfaces/msg/Time'](1_700_000_000, i * STEP)
            header = types['std_msgs/msg/Header'](i, stamp, 'camera')
            pixels = np.full(2 * 3 * 3, i, np.uint8)
            message = types['sensor_msgs/msg/Image'](header, 2, 3, 'rgb8', 0, 9, pixels)
            writer.write(
                connection,
                START + i * STEP,
                store.serialize_ros1(message, 'sensor_msgs/msg/Image'),
            )
    images = ears.listen(Image, '/camera/image_raw', raw=False)
    player = play(path, *PATIENTLY)
    peer.until(lambda: len(images) == 5, timeout=60, what='the images')
    assert player.wait(10) == 0
    assert [image.data[0] for image in images] == list(range(5))
    assert images[3].header.stamp.nanosec == 3 * STEP
    assert (images[0].height, images[0].width, images[0].header.frame_id) == (2, 3, 'camera')


def test_a_damaged_message_costs_only_itself(own_node):
    """It is said and left out; the race goes on."""
    topic = BagTopic('/words', 'std_msgs/msg/String', 'ros1')
    whole, broken = b'\5\0\0\0hello', b'\xff\0\0\0he'
    messages = [BagMessage(topic, START, START, data) for data in (whole, broken, whole)]
    player = Player(own_node, [topic])
    count = player.play(messages, start_ns=START, rate=1.0, stopped=lambda: False)
    assert (count, player.damaged) == (2, 1)


@pytest.mark.parametrize('more', [[], ['--json']])
def test_damaged_messages_are_counted_at_the_end(tmp_path, play, more):
    """Among thousands of lines of a log nobody sees them."""
    store = get_typestore(Stores.ROS1_NOETIC)
    path = tmp_path / 'words.bag'
    with Ros1Writer(path) as writer:
        connection = writer.add_connection('/words', 'std_msgs/msg/String', typestore=store)
        for i, data in enumerate((b'\5\0\0\0hello', b'\xff\0\0\0he', b'\xff\0\0\0ho')):
            writer.write(connection, START + i * STEP, data)
    output, _ = play(path, '--delay', '0', *more).communicate(timeout=60)
    if more:
        assert json.loads(output[output.index('{') :])['damaged'] == 2
    else:
        assert 'Done: 1 messages published; 2 damaged, left out.' in output
    assert output.count('is damaged, left out: ') == 1


def test_a_bag_without_a_known_type_is_refused(tmp_path, play):
    """There is nothing to publish."""
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg('int32 number', FOREIGN))
    with Writer(tmp_path / 'laps', version=9) as writer:
        connection = writer.add_connection('/lap', FOREIGN, typestore=store)
        writer.write(
            connection, START, bytes(store.serialize_cdr(store.types[FOREIGN](1), FOREIGN))
        )
    player = play(tmp_path / 'laps')
    output, _ = player.communicate(timeout=20)
    assert player.returncode == 1
    assert 'no topic that can be published here' in output
    assert 'Traceback' not in output


def test_another_publisher_of_the_same_topics_is_warned_of(bag, play, peer):
    """Whenever it comes: once, by name, with what helps; shared topics are no matter."""
    player = play(bag, '--loop', '--delay', '0.1')
    peer.until(lambda: peer.node.count_publishers('/track'), timeout=60, what='the player')
    rivals = [
        peer.node.create_publisher(kind, topic, 1)
        for kind, topic in ((Image, '/camera/image_raw'), (String, '/elsewhere'))
    ]
    peer.spin(3.5)
    player.send_signal(signal.SIGINT)
    output, _ = player.communicate(timeout=20)
    for rival in rivals:
        peer.node.destroy_publisher(rival)
    assert output.count('Warning:') == 1, output
    assert 'Warning: /camera/image_raw: /peer publishes there as well' in output
    assert '--exclude /camera/image_raw' in output


def test_what_is_excluded_is_not_played(bag, play, peer):
    """With all below it; then nobody else is in the way."""
    rival = peer.node.create_publisher(Image, '/camera/image_raw', 1)
    arguments = ('--rate', '20', '--delay', '2', '--exclude', '/camera', '/trac', '--json')
    output, _ = play(bag, *arguments).communicate(timeout=60)
    peer.node.destroy_publisher(rival)
    data = json.loads(output[output.index('{') :])
    assert {topic['name'] for topic in data['topics']} == {'/recorded/cmd_vel', '/track'}
    assert data['not_published']['/camera/image_raw'] == 'it is excluded'
    assert 'Warning' not in output


@pytest.mark.parametrize('arguments', [['--rate', '0'], ['--rate', 'nan'], ['--delay', '-1']])
def test_impossible_arguments_are_refused(bag, play, arguments):
    """Usage, exit code 2."""
    player = play(bag, *arguments)
    player.communicate(timeout=20)
    assert player.returncode == 2


def test_without_ros_the_message_says_what_to_install(repository, bag):
    """One line instead of a traceback."""
    script = (
        "import sys; sys.modules['rclpy'] = None\n"
        'from featuremap_ros.cli.main import main\n'
        f'sys.exit(main(["play", {str(bag)!r}]))\n'
    )
    ended = subprocess.run(
        [sys.executable, '-c', script],
        env={**os.environ, 'PYTHONPATH': str(repository)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert 'found no rclpy' in ended.stderr
    assert 'Traceback' not in ended.stderr


def test_a_replay_drives_the_node_on_sim_time(bag, play, start_node, networks, ears, peer):
    """The node steers on every recorded image, by the recorded time, to its own topic only."""
    node = start_node(
        {
            'model': networks.quick,
            'profile': networks.profile,
            'max_steering_angle': 0.4,
            'wheelbase': 0.3,
            'speed': 1.0,
            'use_sim_time': True,
        },
        {'image': '/camera/image_raw'},
    )
    angles = ears.listen(Float64, '/featuremap/steering_angle', raw=False)
    player = play(bag, *PATIENTLY)
    assert player.wait(20) == 0
    peer.spin(0.3)
    assert len(angles) >= COUNT - 2
    assert node.stop() == 0
