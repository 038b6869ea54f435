# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A recorded race: somebody drives through a world, and a bag keeps what all sensors saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from featuremap_ros.demo.laps import Policy
from featuremap_ros.demo.simulator import CRUISE_SPEED, Simulator
from featuremap_ros.demo.topics import (
    CAMERA_PERIOD_NS,
    camera_topics,
    fixed_transforms_message,
    FIXED_TRANSFORMS_TOPIC,
    motion_topics,
    SensorTopic,
    TICK_NS,
    TRANSFORMS_TYPE,
)
from featuremap_ros.demo.typestore import DRIVE_STAMPED_TYPE, race_typestore
from featuremap_ros.demo.world import World
from featuremap_ros.errors import SinkError

START_NS = 1_750_000_000_000_000_000
"""Time stamp of the first message (ns since 1970)."""

DEMO_SEED = 3
"""World of the demo: a wooden floor, and a blue course that crosses the lane."""

Steer = Callable[[], float]
"""Decides on a steering angle now, + to the left (rad)."""

_FOREVER = QosTime(9223372036, 854775807)


def write_race(
    path: str | Path,
    *,
    seconds: float = 15.0,
    seed: int = DEMO_SEED,
    compressed: bool = False,
    speed: float = CRUISE_SPEED,
    world: World | None = None,
    policy: Policy | None = None,
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
        policy: Drives by the pictures, instead of a human driver.

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
            topics = (
                *motion_topics(simulator),
                *camera_topics(simulator, compressed=compressed),
            )
            steer = _human(simulator, seed) if policy is None else _pilot(simulator, policy)
            _record(writer, simulator, seconds=seconds, topics=topics, steer=steer)
    except (WriterError, OSError) as error:
        raise SinkError(f'Cannot write the race to {folder}: {error}') from error
    return folder


def _human(simulator: Simulator, seed: int) -> Steer:
    """Put somebody behind the wheel."""
    pursuit = PurePursuit(simulator.world.track, simulator.car)
    driver = HumanDriver(pursuit=pursuit, seed=seed)
    return lambda: driver.steer(simulator.state)


def _pilot(simulator: Simulator, policy: Policy) -> Steer:
    """Let a pilot drive."""
    return lambda: policy(simulator.frame())


def _record(
    writer: Writer,
    simulator: Simulator,
    *,
    seconds: float,
    topics: Sequence[SensorTopic],
    steer: Steer,
) -> None:
    """Drive and write."""
    store = race_typestore()

    def connect(name: str, msgtype: str, *, latched: bool = False) -> Connection:
        qos = [_offered(latched=latched)]
        return writer.add_connection(name, msgtype, typestore=store, offered_qos_profiles=qos)

    def write(connection: Connection, message: object) -> None:
        data = store.serialize_cdr(message, connection.msgtype)
        writer.write(connection, simulator.state.stamp_ns, data)

    steering = 0.0
    connected = [(connect(topic.name, topic.msgtype), topic) for topic in topics]
    drive = connect('/drive', DRIVE_STAMPED_TYPE)
    write(
        connect(FIXED_TRANSFORMS_TOPIC, TRANSFORMS_TYPE, latched=True),
        fixed_transforms_message(simulator),
    )
    for tick in range(0, round(seconds * 1e9), TICK_NS):
        if tick > 0:
            simulator.advance(steering, TICK_NS)
        state = simulator.state
        lost = simulator.world.faults.drops(simulator.world.seed, state.stamp_ns)
        for connection, topic in connected:
            if tick % topic.period_ns == 0 and not (lost and topic.is_camera):
                write(connection, topic.make())
        if tick % CAMERA_PERIOD_NS == 0 and not lost:
            steering = steer()
            command = messages.drive(
                store, steering=steering, speed=simulator.cruise_speed, stamp_ns=state.stamp_ns
            )
            write(drive, command)


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
