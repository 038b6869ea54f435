# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A recorded race: somebody drives through a world, and a bag keeps what all sensors saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math
from pathlib import Path

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from featuremap_ros.demo import messages
from featuremap_ros.demo.driver import HumanDriver, PurePursuit
from featuremap_ros.demo.simulator import CRUISE_SPEED, Simulator
from featuremap_ros.demo.transforms import fixed_transforms, moving_transform
from featuremap_ros.demo.typestore import DRIVE_STAMPED_TYPE, race_typestore
from featuremap_ros.demo.world import World
from featuremap_ros.errors import SinkError

START_NS = 1_750_000_000_000_000_000
"""Time stamp of the first message (ns since 1970)."""

DEMO_SEED = 3
"""World of the demo: a wooden floor, and a blue course that crosses the lane."""

IMAGE_TOPIC = '/camera/image_raw'
COMPRESSED_TOPIC = '/camera/image_raw/compressed'

CAMERA_PERIOD_NS = 50_000_000
SCAN_PERIOD_NS = 100_000_000
ODOMETRY_PERIOD_NS = 20_000_000
IMU_PERIOD_NS = 10_000_000

_TICK_NS = 10_000_000
_FOREVER = QosTime(9223372036, 854775807)


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is recorded, and how often."""

    name: str
    msgtype: str
    period_ns: int
    make: Callable[[], object]


def write_race(
    path: str | Path,
    *,
    seconds: float = 15.0,
    seed: int = DEMO_SEED,
    compressed: bool = False,
    speed: float = CRUISE_SPEED,
    world: World | None = None,
) -> Path:
    """Record a race as a rosbag2 of version 8 in MCAP, as ``ros2 bag play`` and rosbags read it.

    The same arguments give the same bytes.

    Args:
        path: Folder to be made.
        seconds: Length of the race.
        seed: Of the world and of the driver.
        compressed: Record JPEG pictures instead of raw ones.
        speed: On a straight (m/s).
        world: To drive in, instead of the seed's.

    Returns:
        The folder.

    Raises:
        ValueError: ``seconds`` is not a positive number.
        SinkError: The folder exists or cannot be written.
    """
    if not (math.isfinite(seconds) and seconds > 0.0):
        raise ValueError(f'A race of {seconds!r} s cannot be recorded; give a positive number.')
    folder = Path(path)
    if folder.exists():
        raise SinkError(f'{folder} exists already; name a new folder, or remove it.')
    simulator = Simulator(world or World(seed), start_ns=START_NS, speed=speed)
    try:
        with Writer(folder, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
            _record(writer, simulator, seconds=seconds, seed=seed, compressed=compressed)
    except (WriterError, OSError) as error:
        raise SinkError(f'Cannot write the race to {folder}: {error}') from error
    return folder


def _record(
    writer: Writer, simulator: Simulator, *, seconds: float, seed: int, compressed: bool
) -> None:
    """Drive and write."""
    store = race_typestore()
    pursuit = PurePursuit(simulator.world.track, simulator.car)
    driver = HumanDriver(pursuit=pursuit, seed=seed)
    fixed = fixed_transforms(simulator.world.camera, simulator.scanner)

    def connect(name: str, msgtype: str, *, latched: bool = False) -> Connection:
        qos = [_offered(latched=latched)]
        return writer.add_connection(name, msgtype, typestore=store, offered_qos_profiles=qos)

    def write(connection: Connection, message: object) -> None:
        data = store.serialize_cdr(message, connection.msgtype)
        writer.write(connection, simulator.state.stamp_ns, data)

    steering = 0.0
    topics = [
        (connect(topic.name, topic.msgtype), topic)
        for topic in _topics(simulator, compressed=compressed)
    ]
    drive = connect('/drive', DRIVE_STAMPED_TYPE)
    write(
        connect('/tf_static', 'tf2_msgs/msg/TFMessage', latched=True),
        messages.transforms(fixed, simulator.state.stamp_ns),
    )
    for tick in range(0, round(seconds * 1e9), _TICK_NS):
        if tick > 0:
            simulator.advance(steering, _TICK_NS)
        state = simulator.state
        for connection, topic in topics:
            if tick % topic.period_ns == 0:
                write(connection, topic.make())
        if tick % CAMERA_PERIOD_NS == 0:
            steering = driver.steer(state)
            command = messages.drive(
                store, steering=steering, speed=simulator.cruise_speed, stamp_ns=state.stamp_ns
            )
            write(drive, command)


def _topics(simulator: Simulator, *, compressed: bool) -> tuple[_Topic, ...]:
    """List what is recorded, in the order in which it is written."""
    camera, scanner = simulator.world.camera, simulator.scanner

    def stamp_ns() -> int:
        return simulator.state.stamp_ns

    def picture() -> object:
        make = messages.compressed_image if compressed else messages.image
        return make(simulator.frame())

    picture_type = f'sensor_msgs/msg/{"CompressedImage" if compressed else "Image"}'
    return (
        _Topic(
            '/imu',
            'sensor_msgs/msg/Imu',
            IMU_PERIOD_NS,
            lambda: messages.inertial(simulator.imu(), simulator.state),
        ),
        _Topic(
            '/odom',
            'nav_msgs/msg/Odometry',
            ODOMETRY_PERIOD_NS,
            lambda: messages.odometry(simulator.state),
        ),
        _Topic(
            '/tf',
            'tf2_msgs/msg/TFMessage',
            ODOMETRY_PERIOD_NS,
            lambda: messages.transforms([moving_transform(simulator.state.pose)], stamp_ns()),
        ),
        _Topic(
            '/joint_states',
            'sensor_msgs/msg/JointState',
            ODOMETRY_PERIOD_NS,
            lambda: messages.wheel_joints(simulator.car, simulator.state),
        ),
        _Topic(
            '/scan',
            'sensor_msgs/msg/LaserScan',
            SCAN_PERIOD_NS,
            lambda: messages.laser_scan(simulator.scan(), scanner, stamp_ns(), SCAN_PERIOD_NS),
        ),
        _Topic(
            '/camera/camera_info',
            'sensor_msgs/msg/CameraInfo',
            CAMERA_PERIOD_NS,
            lambda: messages.camera_info(camera, stamp_ns()),
        ),
        _Topic(
            COMPRESSED_TOPIC if compressed else IMAGE_TOPIC,
            picture_type,
            CAMERA_PERIOD_NS,
            picture,
        ),
    )


def _offered(*, latched: bool) -> Qos:
    """Describe the quality of service of a publisher: reliable, which suits every subscriber."""
    return Qos(
        history=QosHistory.KEEP_LAST,
        depth=1 if latched else 5,
        reliability=QosReliability.RELIABLE,
        durability=QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )
