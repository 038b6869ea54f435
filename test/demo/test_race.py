# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The recorded race, read back with two libraries."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
from in_picture import project
from mcap.reader import make_reader
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability, QosReliability

from featuremap_ros.demo.faults import Faults
from featuremap_ros.demo.race import START_NS, write_race
from featuremap_ros.demo.world import World
from featuremap_ros.errors import SinkError

SECONDS = 2.0
SEED = 3
TYPES = {
    '/camera/image_raw': ('sensor_msgs/msg/Image', 40),
    '/camera/camera_info': ('sensor_msgs/msg/CameraInfo', 40),
    '/car_markers': ('visualization_msgs/msg/MarkerArray', 40),
    '/drive': ('ackermann_msgs/msg/AckermannDriveStamped', 40),
    '/imu': ('sensor_msgs/msg/Imu', 200),
    '/joint_states': ('sensor_msgs/msg/JointState', 100),
    '/odom': ('nav_msgs/msg/Odometry', 100),
    '/path': ('nav_msgs/msg/Path', 10),
    '/scan': ('sensor_msgs/msg/LaserScan', 20),
    '/tf': ('tf2_msgs/msg/TFMessage', 100),
    '/tf_static': ('tf2_msgs/msg/TFMessage', 1),
}


@pytest.fixture(scope='module')
def bag(tmp_path_factory, world) -> Path:
    """Return a short race."""
    path = tmp_path_factory.mktemp('race') / 'race'
    return write_race(path, seconds=SECONDS, seed=SEED, world=world)


@pytest.fixture(scope='module')
def messages(bag):
    """Return the messages of each topic, in order."""
    found = defaultdict(list)
    with AnyReader([bag]) as reader:
        for connection, _, data in reader.messages():
            found[connection.topic].append(reader.deserialize(data, connection.msgtype))
    return found


def stamp_ns(message) -> int:
    """Return the stamp of a header."""
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def matrix(transform) -> np.ndarray:
    """Return the 4x4 matrix of a transform, from frame to parent."""
    q, t = transform.rotation, transform.translation
    rotation = np.array(
        [
            [1 - 2 * (q.y**2 + q.z**2), 2 * (q.x * q.y - q.z * q.w), 2 * (q.x * q.z + q.y * q.w)],
            [2 * (q.x * q.y + q.z * q.w), 1 - 2 * (q.x**2 + q.z**2), 2 * (q.y * q.z - q.x * q.w)],
            [2 * (q.x * q.z - q.y * q.w), 2 * (q.y * q.z + q.x * q.w), 1 - 2 * (q.x**2 + q.y**2)],
        ]
    )
    full = np.eye(4)
    full[:3, :3], full[:3, 3] = rotation, (t.x, t.y, t.z)
    return full


def test_topics_types_and_counts(bag):
    """All of them, with definitions, playable: reliable, and the fixed transforms latched."""
    with AnyReader([bag]) as reader:
        found = {c.topic: (c.msgtype, c.msgcount) for c in reader.connections}
        for connection in reader.connections:
            (offered,) = connection.ext.offered_qos_profiles
            latched = offered.durability is QosDurability.TRANSIENT_LOCAL
            assert latched == (connection.topic == '/tf_static')
            assert offered.reliability is QosReliability.RELIABLE
    assert found == TYPES


def test_another_library_reads_it(bag):
    """The mcap library, with the definition of the type that no distribution's store has."""
    with (bag / 'race.mcap').open('rb') as file:
        reader = make_reader(file)
        summary = reader.get_summary()
        names = {channel.topic for channel in summary.channels.values()}
        definitions = {schema.name: schema.data.decode() for schema in summary.schemas.values()}
        times = [message.log_time for _, _, message in reader.iter_messages()]
    assert names == set(TYPES)
    assert 'float32 steering_angle' in definitions['ackermann_msgs/msg/AckermannDriveStamped']
    assert times == sorted(times)
    assert len(times) == sum(count for _, count in TYPES.values())


@pytest.mark.parametrize(
    ('topic', 'period_ns'),
    [
        ('/camera/image_raw', 50_000_000),
        ('/camera/camera_info', 50_000_000),
        ('/drive', 50_000_000),
        ('/scan', 100_000_000),
        ('/odom', 20_000_000),
        ('/joint_states', 20_000_000),
        ('/imu', 10_000_000),
    ],
)
def test_rates_are_exact(messages, topic, period_ns):
    """Every stamp follows its predecessor by the period, from the start on."""
    stamps = [stamp_ns(message) for message in messages[topic]]
    assert stamps[0] == START_NS
    assert set(np.diff(stamps).tolist()) == {period_ns}


def test_pictures_are_those_of_the_world(messages, world):
    """Bit for bit rgb8, at the pose that the odometry tells."""
    image = messages['/camera/image_raw'][4]
    assert (image.encoding, image.step, image.header.frame_id) == (
        'rgb8',
        960,
        'camera_optical_frame',
    )
    poses = {stamp_ns(m): m.pose.pose for m in messages['/odom']}
    pose = poses[stamp_ns(image)]
    heading = 2 * np.arctan2(pose.orientation.z, pose.orientation.w)
    at = world.track.pose_at(0.0)
    expected = world.photograph(
        type(at)(pose.position.x, pose.position.y, float(heading)), stamp_ns(image)
    )
    close = np.abs(image.data.reshape(240, 320, 3).astype(int) - expected) <= 1
    assert close.mean() > 0.999


def test_frames_hang_together(messages):
    """Sensors name frames that the transforms lead to, from odom on."""
    fixed = {t.child_frame_id: t.header.frame_id for t in messages['/tf_static'][0].transforms}
    moving = {t.child_frame_id: t.header.frame_id for m in messages['/tf'] for t in m.transforms}
    parents = {**fixed, **moving}
    assert moving == {'base_link': 'odom'}
    for topic in ('/camera/image_raw', '/camera/camera_info', '/scan', '/imu', '/drive'):
        frame = messages[topic][0].header.frame_id
        while frame != 'odom':
            frame = parents[frame]
    assert messages['/odom'][0].header.frame_id == 'odom'
    assert messages['/odom'][0].child_frame_id == 'base_link'


def test_transforms_and_camera_info_put_the_lane_where_it_is_seen(messages, world):
    """A point of the yellow line, by /tf, /tf_static and K alone, is yellow in the picture."""
    image, info = messages['/camera/image_raw'][0], messages['/camera/camera_info'][0]
    parts = {t.child_frame_id: matrix(t.transform) for t in messages['/tf_static'][0].transforms}
    parts['base_link'] = matrix(messages['/tf'][0].transforms[0].transform)
    to_odom = parts['base_link'] @ parts['camera_link'] @ parts['camera_optical_frame']
    line = world.track.offset(world.track.lane_width / 2)
    point = np.append(line[np.argmin(np.abs(line[:, 0] - 0.8) + 9 * (line[:, 1] < 0))], (0.0, 1.0))
    optical = np.linalg.inv(to_odom) @ point
    u, v, w = info.k.reshape(3, 3) @ optical[:3]
    np.testing.assert_allclose(
        [[u / w, v / w]],
        project(world.camera, np.array([[point[0], point[1], 0.0]])),
        atol=1e-6,
    )
    red, green, blue = image.data.reshape(240, 320, 3)[round(v / w), round(u / w)].astype(int)
    assert min(red, green) > blue + 40


def test_camera_info_fits_the_picture(messages):
    """Size, K and P."""
    info = messages['/camera/camera_info'][0]
    assert (info.width, info.height) == (320, 240)
    np.testing.assert_array_equal(info.p.reshape(3, 4)[:, :3].ravel(), info.k)
    np.testing.assert_array_equal(info.d, 0.0)


def test_steering_turns_the_car_to_its_side(messages):
    """What the driver asks for is what the gyro feels a moment later: + is left in both."""
    wanted = np.array([m.drive.steering_angle for m in messages['/drive']][20:])
    rates = {stamp_ns(m): m.angular_velocity.z for m in messages['/imu']}
    felt = np.array([rates[stamp_ns(m)] for m in messages['/drive']][20:])
    assert np.abs(wanted).max() > 0.02
    assert np.corrcoef(wanted[:-1], felt[1:])[0, 1] > 0.7
    joints = messages['/joint_states'][-1]
    assert (joints.position > 0).all() == (wanted[-1] > 0)


def test_odometry_moves_as_it_says(messages):
    """Distance between two poses is speed times time."""
    first, second = messages['/odom'][-2:]
    step = np.hypot(
        second.pose.pose.position.x - first.pose.pose.position.x,
        second.pose.pose.position.y - first.pose.pose.position.y,
    )
    assert step == pytest.approx(0.02 * second.twist.twist.linear.x, rel=0.02)


def test_the_scan_describes_its_beams(messages):
    """As many as the angles say, within the range or infinite."""
    scan = messages['/scan'][0]
    beams = round((scan.angle_max - scan.angle_min) / scan.angle_increment) + 1
    assert len(scan.ranges) == beams == 360
    seen = scan.ranges[np.isfinite(scan.ranges)]
    assert len(seen) > 300
    assert seen.min() >= scan.range_min
    assert seen.max() <= scan.range_max


def test_the_same_seed_gives_the_same_bytes(bag, tmp_path):
    """From scratch, world and all."""
    again = write_race(tmp_path / 'race', seconds=SECONDS, seed=SEED)
    assert (again / 'race.mcap').read_bytes() == (bag / 'race.mcap').read_bytes()
    other = write_race(tmp_path / 'other', seconds=0.1, seed=SEED + 1)
    assert (other / 'other.mcap').read_bytes() != (bag / 'race.mcap').read_bytes()


def test_pictures_can_be_compressed(tmp_path, world, messages):
    """To JPEG, in the right colours, on the topic's compressed twin."""
    path = write_race(tmp_path / 'race', seconds=0.2, seed=SEED, compressed=True, world=world)
    with AnyReader([path]) as reader:
        (connection,) = [c for c in reader.connections if 'camera/image' in c.topic]
        _, _, data = next(reader.messages([connection]))
        message = reader.deserialize(data, connection.msgtype)
    assert connection.topic == '/camera/image_raw/compressed'
    assert 'jpeg' in message.format
    decoded = cv2.imdecode(message.data, cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    raw = messages['/camera/image_raw'][0].data.reshape(240, 320, 3)
    assert np.abs(decoded - raw).mean() < 6


def test_a_folder_that_exists_is_kept(tmp_path):
    """And named."""
    with pytest.raises(SinkError, match=f'{tmp_path}.*exists'):
        write_race(tmp_path, seconds=0.1)


@pytest.mark.parametrize('seconds', [0.0, -1.0, float('nan')])
def test_a_race_needs_a_length(tmp_path, seconds):
    """The value is named."""
    with pytest.raises(ValueError, match='give a positive number'):
        write_race(tmp_path / 'race', seconds=seconds)


def test_the_default_world_is_the_seeds(tmp_path):
    """So a race can be driven again in :class:`World`."""
    path = write_race(tmp_path / 'race', seconds=0.05, seed=11)
    with AnyReader([path]) as reader:
        (connection,) = [c for c in reader.connections if c.topic == '/camera/image_raw']
        _, _, data = next(reader.messages([connection]))
        image = reader.deserialize(data, connection.msgtype)
    world = World(11)
    expected = world.photograph(world.track.pose_at(0.0), START_NS)
    np.testing.assert_array_equal(image.data.reshape(240, 320, 3), expected)


def test_a_pilot_can_drive_the_race(tmp_path, world):
    """It decides on every picture that it gets, and the bag says what."""
    seen = []

    def policy(frame):
        seen.append(frame)
        return 0.01 * len(seen)

    path = write_race(tmp_path / 'race', seconds=0.5, world=world, policy=policy)
    with AnyReader([path]) as reader:
        drives = [
            reader.deserialize(data, connection.msgtype)
            for connection, _, data in reader.messages()
            if connection.topic == '/drive'
        ]
    assert [stamp_ns(drive) for drive in drives] == [frame.stamp_ns for frame in seen]
    angles = [drive.drive.steering_angle for drive in drives]
    np.testing.assert_allclose(angles, 0.01 * np.arange(1, 11), rtol=1e-6)


def test_a_picture_that_gets_lost_is_in_no_bag(tmp_path):
    """Nor its camera_info, nor a decision on it; everything else is."""
    faulty = World(SEED, faults=Faults(dropped_frames=0.5))
    path = write_race(tmp_path / 'race', seconds=1.0, world=faulty, policy=lambda _: 0.0)
    counts = defaultdict(int)
    with AnyReader([path]) as reader:
        for connection, _, _ in reader.messages():
            counts[connection.topic] += 1
    assert 3 < counts['/camera/image_raw'] < 17
    assert counts['/camera/camera_info'] == counts['/camera/image_raw'] == counts['/drive']
    assert counts['/odom'] == 50
