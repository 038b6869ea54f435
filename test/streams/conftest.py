# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Small races, recorded into bags by libraries that are not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
import os
from pathlib import Path
import resource

import cv2
from mcap.writer import CompressionType
from mcap.writer import Writer as McapWriter
import numpy as np
import pytest
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import (
    CompressionFormat,
    CompressionMode,
    StoragePlugin,
)
from rosbags.rosbag2 import (
    Writer as Rosbag2Writer,
)
from rosbags.rosbag2.metadata import dump_qos_v8
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from rosbags.typesys.store import Typestore

START_NS = 1_700_000_000_000_000_000
PERIOD_NS = 50_000_000
LATENCY_NS = 3_000_000
"""Images are recorded this much later than they are taken."""
HEIGHT, WIDTH = 24, 32
CUSTOM = 'team_msgs/msg/Mood'
CUSTOM_TEXT = 'std_msgs/Header header\nstring mood\nfloat32[3] weights\n'
FOREVER = QosTime(9223372036, 854775807)


def qos(durability: QosDurability, depth: int = 7) -> list[Qos]:
    """Offer reliable, keep last, as one publisher would."""
    return [
        Qos(
            QosHistory.KEEP_LAST,
            depth,
            QosReliability.RELIABLE,
            durability,
            FOREVER,
            FOREVER,
            QosLiveliness.AUTOMATIC,
            FOREVER,
            False,
        )
    ]


class Race:
    """A race of numbered pictures, an IMU ten times as fast, a static transform, a mood."""

    def __init__(self, frames: int, store: Stores) -> None:
        """Draw the pictures."""
        rng = np.random.default_rng(frames)
        self.pictures = rng.integers(0, 255, (frames, HEIGHT, WIDTH, 3), np.uint8)
        self.types: Typestore = get_typestore(store)
        self.types.register(get_types_from_msg(CUSTOM_TEXT, CUSTOM))
        self.is_ros1 = store == Stores.ROS1_NOETIC
        self.transforms = 'tf2_msgs/msg/TFMessage'
        if self.is_ros1:
            self.transforms = 'tf/msg/tfMessage'
            text = 'geometry_msgs/TransformStamped[] transforms\n'
            self.types.register(get_types_from_msg(text, self.transforms))

    def log_ns(self, number: int) -> int:
        """Return when a picture is recorded."""
        return START_NS + number * PERIOD_NS + LATENCY_NS

    def stamp_ns(self, number: int) -> int:
        """Return when a picture is taken."""
        return START_NS + number * PERIOD_NS

    def new(self, msgtype: str, *fields):
        """Make a message."""
        return self.types.types[msgtype](*fields)

    def serialize(self, message) -> bytes:
        """Serialize a message."""
        kind = message.__msgtype__
        if self.is_ros1:
            return bytes(self.types.serialize_ros1(message, kind))
        return bytes(self.types.serialize_cdr(message, kind))

    def header(self, stamp_ns: int, frame_id: str):
        """Make a header; that of ROS 1 counts."""
        stamp = self.new('builtin_interfaces/msg/Time', *divmod(stamp_ns, 10**9))
        first = (7,) if self.is_ros1 else ()
        return self.new('std_msgs/msg/Header', *first, stamp, frame_id)

    def image(self, number: int, stamp_ns: int | None = None):
        """Make an Image with padded rows, in BGR."""
        rows = np.zeros((HEIGHT, WIDTH * 3 + 5), np.uint8)
        rows[:, : WIDTH * 3] = self.pictures[number][..., ::-1].reshape(HEIGHT, -1)
        stamp = self.stamp_ns(number) if stamp_ns is None else stamp_ns
        return self.new(
            'sensor_msgs/msg/Image',
            self.header(stamp, 'camera'),
            HEIGHT,
            WIDTH,
            'bgr8',
            0,
            rows.shape[1],
            rows.reshape(-1),
        )

    def compressed(self, number: int):
        """Make a CompressedImage (PNG, so that it is exact) that says it is a JPEG."""
        data = cv2.imencode('.png', self.pictures[number][..., ::-1])[1].reshape(-1)
        return self.new(
            'sensor_msgs/msg/CompressedImage',
            self.header(self.stamp_ns(number), 'camera'),
            'jpeg',
            data,
        )

    def imu(self, stamp_ns: int):
        """Make an IMU reading."""
        vector = self.new('geometry_msgs/msg/Vector3', 1.0, 2.0, stamp_ns % 1000 / 7)
        turn = self.new('geometry_msgs/msg/Quaternion', 0.0, 0.0, 0.0, 1.0)
        none = np.zeros(9)
        return self.new(
            'sensor_msgs/msg/Imu',
            self.header(stamp_ns, 'imu'),
            turn,
            none,
            vector,
            none,
            vector,
            none,
        )

    def transform(self):
        """Make a static transform."""
        vector = self.new('geometry_msgs/msg/Vector3', 1.0, 2.0, 3.0)
        turn = self.new('geometry_msgs/msg/Quaternion', 0.0, 0.0, 0.0, 1.0)
        transform = self.new('geometry_msgs/msg/Transform', vector, turn)
        stamped = self.new(
            'geometry_msgs/msg/TransformStamped',
            self.header(START_NS, 'base'),
            'camera',
            transform,
        )
        return self.new(self.transforms, [stamped])

    def mood(self, number: int):
        """Make a message of a type that only this team knows."""
        return self.new(
            CUSTOM,
            self.header(self.stamp_ns(number), ''),
            f'mood {number}',
            np.arange(3, dtype=np.float32),
        )

    def messages(self, *, compressed: bool = False, image_topic: str = '/camera/image_raw'):
        """Yield (topic, log time, message) in the order of time."""
        yield '/tf_static', START_NS, self.transform()
        for number in range(len(self.pictures)):
            image = self.compressed(number) if compressed else self.image(number)
            yield image_topic, self.log_ns(number), image
            yield '/mood', self.log_ns(number), self.mood(number)
            for part in range(10):
                at = self.log_ns(number) + part * PERIOD_NS // 10 + 1
                yield '/imu', at, self.imu(at)


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a disk with no more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def file_limit() -> Callable[[int], AbstractContextManager[None]]:
    """Return a context manager that makes the disk full at a size of file (bytes)."""
    return no_file_beyond


@pytest.fixture
def quiet_environment() -> dict[str, str]:
    """Return an environment for processes that are killed, which cannot save their coverage."""
    return {key: value for key, value in os.environ.items() if not key.startswith('COVERAGE')}


@pytest.fixture
def race() -> Race:
    """Return a race of 40 pictures in 2 s, as ROS 2 serializes it."""
    return Race(40, Stores.LATEST)


@pytest.fixture
def ros1_race() -> Race:
    """Return a race of 12 pictures, as ROS 1 serializes it."""
    return Race(12, Stores.ROS1_NOETIC)


@pytest.fixture
def record_rosbag2() -> Callable[..., Path]:
    """Return a function that records messages with rosbags' own writer."""

    def record(
        path,
        race,
        *,
        storage=StoragePlugin.SQLITE3,
        compression=CompressionMode.NONE,
        messages=None,
        version=9,
    ):
        with_static = {'/tf_static': qos(QosDurability.TRANSIENT_LOCAL)}
        writer = Rosbag2Writer(path, version=version, storage_plugin=storage)
        writer.set_compression(compression, CompressionFormat.ZSTD)
        writer.set_custom_data('driver', 'Ada')
        with writer:
            connections = {}
            for topic, log_ns, message in race.messages() if messages is None else messages:
                if topic not in connections:
                    connections[topic] = writer.add_connection(
                        topic,
                        message.__msgtype__,
                        typestore=race.types,
                        offered_qos_profiles=with_static.get(topic, qos(QosDurability.VOLATILE)),
                    )
                writer.write(connections[topic], log_ns, race.serialize(message))
        return path

    return record


@pytest.fixture
def record_mcap() -> Callable[..., Path]:
    """Return a function that records messages with the writer of the MCAP project."""

    def record(
        path,
        race,
        *,
        messages=None,
        defined=True,
        finish=True,
        extras=True,
        profile='ros2',
        chunk_size=20_000,
        compression=CompressionType.ZSTD,
        **options,
    ):
        with path.open('wb') as stream:
            writer = McapWriter(stream, chunk_size=chunk_size, compression=compression, **options)
            writer.start(profile=profile, library='test')
            if extras:
                writer.add_attachment(START_NS, START_NS + 5, 'car.txt', 'text/plain', b'fast')
                writer.add_metadata('weather', {'sky': 'cloudy', 'wind': 'none'})
            channels = {}
            for topic, log_ns, message in race.messages() if messages is None else messages:
                if topic not in channels:
                    kind = message.__msgtype__
                    text = race.types.generate_msgdef(kind, ros_version=2)[0] if defined else ''
                    schema = writer.register_schema(
                        kind, 'ros2msg' if defined else '', text.encode()
                    )
                    latched = topic == '/tf_static'
                    offered = qos(QosDurability(1 if latched else 2), depth=len(topic))
                    channels[topic] = [
                        0,
                        writer.register_channel(
                            topic, 'cdr', schema, {'offered_qos_profiles': dump_qos_v8(offered)}
                        ),
                    ]
                channels[topic][0] += 1
                sequence, channel = channels[topic]
                writer.add_message(
                    channel, log_ns, race.serialize(message), log_ns - 1000, sequence
                )
            if finish:
                writer.finish()
            else:
                writer.flush()
        return path

    return record


@pytest.fixture
def record_ros1() -> Callable[..., Path]:
    """Return a function that records a ROS 1 bag with rosbags' own writer."""

    def record(path, race, *, messages=None, compression=None):
        writer = Ros1Writer(path)
        if compression is not None:
            writer.set_compression(compression)
        with writer:
            connections = {}
            for topic, log_ns, message in race.messages() if messages is None else messages:
                if topic not in connections:
                    connections[topic] = writer.add_connection(
                        topic,
                        message.__msgtype__,
                        typestore=race.types,
                        latching=int(topic == '/tf_static'),
                    )
                writer.write(connections[topic], log_ns, race.serialize(message))
        return path

    return record
