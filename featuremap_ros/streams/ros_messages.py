# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The messages that a rendered bag gets in addition: pictures and steering, as CDR."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from rosbags.typesys.store import Typestore

from featuremap_ros.streams.selection import NS
from featuremap_ros.vision.frame import Frame, Image

ACKERMANN = 'ackermann_msgs/msg/AckermannDriveStamped'
COMPRESSED_IMAGE = 'sensor_msgs/msg/CompressedImage'
FLOAT64 = 'std_msgs/msg/Float64'
IMAGE = 'sensor_msgs/msg/Image'

# https://github.com/ros-drivers/ackermann_msgs; the fields are what counts for the type hash.
_ACKERMANN_DRIVE = """\
float32 steering_angle
float32 steering_angle_velocity
float32 speed
float32 acceleration
float32 jerk
"""
_ACKERMANN_DRIVE_STAMPED = """\
std_msgs/Header header
ackermann_msgs/AckermannDrive drive
"""


@cache
def written_types() -> Typestore:
    """Return the latest distribution's types and ackermann_msgs, which it does not ship."""
    store = get_typestore(Stores.LATEST)
    store.register(
        {
            **get_types_from_msg(_ACKERMANN_DRIVE, 'ackermann_msgs/msg/AckermannDrive'),
            **get_types_from_msg(_ACKERMANN_DRIVE_STAMPED, ACKERMANN),
        }
    )
    return store


def _new(msgtype: str, *fields: Any) -> Any:
    return written_types().types[msgtype](*fields)


def _serialized(message: Any, msgtype: str) -> memoryview:
    return written_types().serialize_cdr(message, msgtype, little_endian=True)


def _header(frame: Frame) -> Any:
    stamp = _new('builtin_interfaces/msg/Time', *divmod(frame.stamp_ns, NS))
    return _new('std_msgs/msg/Header', stamp, frame.frame_id)


def image_message(image: Image, frame: Frame) -> memoryview:
    """Serialize a picture as ``sensor_msgs/Image`` (rgb8) with the header of a frame."""
    height, width = image.shape[:2]
    data = np.ascontiguousarray(image).reshape(-1)
    message = _new(IMAGE, _header(frame), height, width, 'rgb8', 0, width * 3, data)
    return _serialized(message, IMAGE)


def map_message(values: NDArray[np.float32], frame: Frame) -> memoryview:
    """Serialize a map, float32 (h, w), as ``sensor_msgs/Image`` (32FC1)."""
    height, width = values.shape
    data = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    message = _new(IMAGE, _header(frame), height, width, '32FC1', 0, width * 4, data)
    return _serialized(message, IMAGE)


def compressed_image_message(
    image: Image, frame: Frame, *, suffix: str, quality: int
) -> memoryview:
    """Serialize a picture as ``sensor_msgs/CompressedImage`` with the header of a frame.

    Args:
        image: RGB, uint8 (H, W, 3).
        frame: The camera's frame, whose stamp and frame_id are taken.
        suffix: ``'jpeg'`` or ``'png'``.
        quality: JPEG quality, 0..100.

    Returns:
        The message in CDR. Its format is what compressed_image_transport writes.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if suffix == 'jpeg':
        _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    else:
        _, data = cv2.imencode('.png', bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    message = _new(
        COMPRESSED_IMAGE, _header(frame), f'rgb8; {suffix} compressed bgr8', data.reshape(-1)
    )
    return _serialized(message, COMPRESSED_IMAGE)


def ackermann_message(frame: Frame, *, angle_rad: float, speed: float) -> memoryview:
    """Serialize a steering command.

    Args:
        frame: The camera's frame, whose stamp and frame_id are taken.
        angle_rad: Steering angle (rad), + left.
        speed: Speed (m/s).

    Returns:
        The message in CDR.
    """
    drive = _new('ackermann_msgs/msg/AckermannDrive', angle_rad, 0.0, speed, 0.0, 0.0)
    return _serialized(_new(ACKERMANN, _header(frame), drive), ACKERMANN)


def float_message(value: float) -> memoryview:
    """Serialize a ``std_msgs/Float64``."""
    return _serialized(_new(FLOAT64, value), FLOAT64)
