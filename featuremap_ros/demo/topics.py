# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the car publishes: names, types, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from featuremap_ros.demo import messages
from featuremap_ros.demo.drawn_car import car_markers, path
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.transforms import fixed_transforms, moving_transform

IMAGE_TOPIC = '/camera/image_raw'
COMPRESSED_TOPIC = '/camera/image_raw/compressed'
FIXED_TRANSFORMS_TOPIC = '/tf_static'
TRANSFORMS_TYPE = 'tf2_msgs/msg/TFMessage'

TICK_NS = 10_000_000
"""All periods are multiples of this (ns)."""

CAMERA_PERIOD_NS = 50_000_000

_SCAN_PERIOD_NS = 100_000_000
_ODOMETRY_PERIOD_NS = 20_000_000
_IMU_PERIOD_NS = 10_000_000
_MARKERS_PERIOD_NS = 50_000_000
_PATH_PERIOD_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class SensorTopic:
    """What one sensor publishes.

    Attributes:
        name: Absolute.
        msgtype: As rosbags calls it.
        period_ns: Between two messages (ns).
        make: Measures now: a message of rosbags.
        is_camera: Whether a picture that gets lost takes this along.
    """

    name: str
    msgtype: str
    period_ns: int
    make: Callable[[], object]
    is_camera: bool = False


def camera_topics(simulator: Simulator, *, compressed: bool) -> tuple[SensorTopic, ...]:
    """List the camera's topics, in the order in which they are published.

    Args:
        simulator: Of the car.
        compressed: JPEG pictures instead of raw ones.
    """
    camera = simulator.world.camera
    make = messages.compressed_image if compressed else messages.image
    return (
        SensorTopic(
            '/camera/camera_info',
            'sensor_msgs/msg/CameraInfo',
            CAMERA_PERIOD_NS,
            lambda: messages.camera_info(camera, simulator.state.stamp_ns),
            is_camera=True,
        ),
        SensorTopic(
            COMPRESSED_TOPIC if compressed else IMAGE_TOPIC,
            f'sensor_msgs/msg/{"CompressedImage" if compressed else "Image"}',
            CAMERA_PERIOD_NS,
            lambda: make(simulator.frame()),
            is_camera=True,
        ),
    )


def motion_topics(simulator: Simulator) -> tuple[SensorTopic, ...]:
    """List the topics of all other sensors, and of what viewers draw, in their order.

    Args:
        simulator: Of the car.
    """
    scanner = simulator.scanner

    def stamp_ns() -> int:
        return simulator.state.stamp_ns

    return (
        SensorTopic(
            '/imu',
            'sensor_msgs/msg/Imu',
            _IMU_PERIOD_NS,
            lambda: messages.inertial(simulator.imu(), simulator.state),
        ),
        SensorTopic(
            '/odom',
            'nav_msgs/msg/Odometry',
            _ODOMETRY_PERIOD_NS,
            lambda: messages.odometry(simulator.state),
        ),
        SensorTopic(
            '/tf',
            TRANSFORMS_TYPE,
            _ODOMETRY_PERIOD_NS,
            lambda: messages.transforms([moving_transform(simulator.state.pose)], stamp_ns()),
        ),
        SensorTopic(
            '/joint_states',
            'sensor_msgs/msg/JointState',
            _ODOMETRY_PERIOD_NS,
            lambda: messages.wheel_joints(simulator.car, simulator.state),
        ),
        SensorTopic(
            '/scan',
            'sensor_msgs/msg/LaserScan',
            _SCAN_PERIOD_NS,
            lambda: messages.laser_scan(simulator.scan(), scanner, stamp_ns(), _SCAN_PERIOD_NS),
        ),
        SensorTopic(
            '/car_markers',
            'visualization_msgs/msg/MarkerArray',
            _MARKERS_PERIOD_NS,
            lambda: car_markers(simulator.car, simulator.state),
        ),
        SensorTopic(
            '/path',
            'nav_msgs/msg/Path',
            _PATH_PERIOD_NS,
            lambda: path(simulator.trail, stamp_ns()),
        ),
    )


def fixed_transforms_message(simulator: Simulator) -> object:
    """Tell where the sensors are on the car, once and for all.

    Args:
        simulator: Of the car.
    """
    parts = fixed_transforms(simulator.world.camera, simulator.scanner)
    return messages.transforms(parts, simulator.state.stamp_ns)
