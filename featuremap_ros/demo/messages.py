# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS 2 messages of the race, as rosbags knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.typesys.store import Typestore
from rosbags.typesys.stores import ros2_jazzy as ros

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.sensors import ImuSample, LaserScanner
from featuremap_ros.demo.transforms import (
    BASE,
    IMU,
    LASER,
    ODOM,
    Quaternion,
    Transform,
    yaw_quaternion,
)
from featuremap_ros.demo.typestore import DRIVE_STAMPED_TYPE, DRIVE_TYPE
from featuremap_ros.demo.world import CAMERA_FRAME
from featuremap_ros.vision.frame import Frame

JPEG_QUALITY = 90

_SECOND = 1_000_000_000


def header(stamp_ns: int, frame_id: str) -> ros.std_msgs__msg__Header:
    """Make a header.

    Args:
        stamp_ns: Time (ns).
        frame_id: Coordinate frame.
    """
    stamp = ros.builtin_interfaces__msg__Time(sec=stamp_ns // _SECOND, nanosec=stamp_ns % _SECOND)
    return ros.std_msgs__msg__Header(stamp=stamp, frame_id=frame_id)


def image(frame: Frame) -> ros.sensor_msgs__msg__Image:
    """Make an rgb8 image.

    Args:
        frame: Of the camera.
    """
    height, width = frame.image.shape[:2]
    return ros.sensor_msgs__msg__Image(
        header=header(frame.stamp_ns, frame.frame_id),
        height=height,
        width=width,
        encoding='rgb8',
        is_bigendian=0,
        step=3 * width,
        data=np.ascontiguousarray(frame.image).reshape(-1),
    )


def compressed_image(frame: Frame) -> ros.sensor_msgs__msg__CompressedImage:
    """Make a JPEG.

    Args:
        frame: Of the camera.
    """
    bgr = np.ascontiguousarray(frame.image[..., ::-1])
    _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return ros.sensor_msgs__msg__CompressedImage(
        header=header(frame.stamp_ns, frame.frame_id),
        format='rgb8; jpeg compressed bgr8',
        data=np.asarray(data, np.uint8).reshape(-1),
    )


def camera_info(camera: Camera, stamp_ns: int) -> ros.sensor_msgs__msg__CameraInfo:
    """Describe the camera: a pinhole without distortion.

    Args:
        camera: Of the car.
        stamp_ns: Of the picture (ns).
    """
    matrix = camera.intrinsics()
    return ros.sensor_msgs__msg__CameraInfo(
        header=header(stamp_ns, CAMERA_FRAME),
        height=camera.height,
        width=camera.width,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=matrix.reshape(-1),
        r=np.eye(3).reshape(-1),
        p=np.column_stack([matrix, np.zeros(3)]).reshape(-1),
        binning_x=0,
        binning_y=0,
        roi=ros.sensor_msgs__msg__RegionOfInterest(0, 0, 0, 0, False),
    )


def odometry(state: CarState) -> ros.nav_msgs__msg__Odometry:
    """Tell pose and speed.

    Args:
        state: Of the car.
    """
    pose = ros.geometry_msgs__msg__Pose(
        position=ros.geometry_msgs__msg__Point(state.pose.x, state.pose.y, 0.0),
        orientation=_quaternion(yaw_quaternion(state.pose.heading)),
    )
    twist = ros.geometry_msgs__msg__Twist(
        linear=ros.geometry_msgs__msg__Vector3(state.speed, 0.0, 0.0),
        angular=ros.geometry_msgs__msg__Vector3(0.0, 0.0, state.yaw_rate),
    )
    spread = _diagonal(1e-4, 1e-4, 1e-6, 1e-6, 1e-6, 1e-4)
    return ros.nav_msgs__msg__Odometry(
        header=header(state.stamp_ns, ODOM),
        child_frame_id=BASE,
        pose=ros.geometry_msgs__msg__PoseWithCovariance(pose=pose, covariance=spread),
        twist=ros.geometry_msgs__msg__TwistWithCovariance(twist=twist, covariance=spread),
    )


def inertial(sample: ImuSample, state: CarState) -> ros.sensor_msgs__msg__Imu:
    """Tell what the inertial unit measured.

    Args:
        sample: The measurement.
        state: Of the car, for time and orientation.
    """
    return ros.sensor_msgs__msg__Imu(
        header=header(state.stamp_ns, IMU),
        orientation=_quaternion(yaw_quaternion(state.pose.heading)),
        orientation_covariance=_diagonal(1e-4, 1e-4, 1e-4),
        angular_velocity=ros.geometry_msgs__msg__Vector3(*sample.angular_velocity),
        angular_velocity_covariance=_diagonal(1e-4, 1e-4, 1e-4),
        linear_acceleration=ros.geometry_msgs__msg__Vector3(*sample.linear_acceleration),
        linear_acceleration_covariance=_diagonal(2.25e-2, 2.25e-2, 2.25e-2),
    )


def laser_scan(
    ranges: NDArray[np.float32], scanner: LaserScanner, stamp_ns: int, period_ns: int
) -> ros.sensor_msgs__msg__LaserScan:
    """Tell what the laser scanner measured.

    Args:
        ranges: float32 (beams,), metres.
        scanner: Of the car.
        stamp_ns: When (ns); the whole turn is taken at once.
        period_ns: Between two scans (ns).
    """
    return ros.sensor_msgs__msg__LaserScan(
        header=header(stamp_ns, LASER),
        angle_min=-np.pi,
        angle_max=-np.pi + scanner.increment * (scanner.beams - 1),
        angle_increment=scanner.increment,
        time_increment=0.0,
        scan_time=period_ns * 1e-9,
        range_min=scanner.range_min,
        range_max=scanner.range_max,
        ranges=ranges,
        intensities=np.zeros(0, np.float32),
    )


def transforms(parts: Sequence[Transform], stamp_ns: int) -> ros.tf2_msgs__msg__TFMessage:
    """Tell where frames are.

    Args:
        parts: The frames.
        stamp_ns: When (ns).
    """
    return ros.tf2_msgs__msg__TFMessage(
        transforms=[
            ros.geometry_msgs__msg__TransformStamped(
                header=header(stamp_ns, part.parent),
                child_frame_id=part.child,
                transform=ros.geometry_msgs__msg__Transform(
                    translation=ros.geometry_msgs__msg__Vector3(*part.translation),
                    rotation=_quaternion(part.rotation),
                ),
            )
            for part in parts
        ]
    )


def wheel_joints(car: Car, state: CarState) -> ros.sensor_msgs__msg__JointState:
    """Tell how the front wheels stand.

    Args:
        car: Its measures.
        state: Its motion.
    """
    return ros.sensor_msgs__msg__JointState(
        header=header(state.stamp_ns, ''),
        name=['front_left_steering_joint', 'front_right_steering_joint'],
        position=np.array(car.wheel_angles(state.steering)),
        velocity=np.zeros(0),
        effort=np.zeros(0),
    )


def drive(store: Typestore, *, steering: float, speed: float, stamp_ns: int) -> object:
    """Tell what the driver wants.

    Args:
        store: Has ackermann_msgs.
        steering: Angle, + to the left (rad).
        speed: m/s.
        stamp_ns: When (ns).

    Returns:
        An ackermann_msgs/msg/AckermannDriveStamped.
    """
    stamped: Any = store.types[DRIVE_STAMPED_TYPE]
    wanted: Any = store.types[DRIVE_TYPE]
    message: object = stamped(
        header=header(stamp_ns, BASE),
        drive=wanted(
            steering_angle=steering,
            steering_angle_velocity=0.0,
            speed=speed,
            acceleration=0.0,
            jerk=0.0,
        ),
    )
    return message


def _quaternion(rotation: Quaternion) -> ros.geometry_msgs__msg__Quaternion:
    """Make a message of a rotation."""
    return ros.geometry_msgs__msg__Quaternion(*rotation)


def _diagonal(*variances: float) -> NDArray[np.float64]:
    """Make a covariance, row by row, of independent errors."""
    return np.diag(variances).reshape(-1)
