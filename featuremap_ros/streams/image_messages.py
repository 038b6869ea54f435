# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From serialized image messages to frames."""

from __future__ import annotations

from functools import cache
import struct
from typing import Any

from rosbags.serde import SerdeError
from rosbags.typesys import get_typestore, Stores
from rosbags.typesys.store import Typestore

from featuremap_ros.errors import BadFrameError
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.selection import NS
from featuremap_ros.vision.encodings import decode_jpeg, to_rgb
from featuremap_ros.vision.frame import Frame

RAW = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'


@cache
def typestore(store: Stores) -> Typestore:
    """Return the message types of a ROS distribution, made once."""
    return get_typestore(store)


def full_type(name: str) -> str:
    """Write a type as ROS 2 does: ``sensor_msgs/Image`` becomes ``sensor_msgs/msg/Image``."""
    package, slash, rest = name.partition('/')
    return name if '/' in rest or not slash else f'{package}/msg/{rest}'


def is_image(topic: BagTopic) -> bool:
    """Whether the messages of a topic are pictures that can be decoded."""
    return topic.encoding in {'cdr', 'ros1'} and full_type(topic.msgtype) in {RAW, COMPRESSED}


def read_image_message(message: BagMessage) -> Any:
    """Deserialize an Image or CompressedImage, from ROS 1 or ROS 2.

    Args:
        message: A message of a topic for which :func:`is_image` holds. Both types have been the
            same in all distributions, so that no definition from the bag is needed.

    Returns:
        The message object; its ``data`` is a view of the serialized bytes.

    Raises:
        BadFrameError: The bytes are no such message.
    """
    msgtype = full_type(message.topic.msgtype)
    try:
        if message.topic.encoding == 'ros1':
            return typestore(Stores.ROS1_NOETIC).deserialize_ros1(message.data, msgtype)
        return typestore(Stores.LATEST).deserialize_cdr(message.data, msgtype)
    except (SerdeError, AssertionError, IndexError, OverflowError, struct.error) as error:
        raise BadFrameError(f'The message is no {msgtype}: {error}') from None


def stamp_of(image_message: Any) -> int:
    """Return the time in a message's header (ns)."""
    stamp = image_message.header.stamp
    return int(stamp.sec) * NS + int(stamp.nanosec)


def to_frame(message: BagMessage, *, by_log_time: bool = False) -> Frame:
    """Decode one recorded picture.

    Args:
        message: A message of a topic for which :func:`is_image` holds.
        by_log_time: Stamp the frame with the time of recording, not with the header's.

    Returns:
        The frame.

    Raises:
        BadFrameError: The picture cannot be decoded.
    """
    image = read_image_message(message)
    if full_type(message.topic.msgtype) == COMPRESSED:
        picture = decode_jpeg(image.data)
    else:
        picture = to_rgb(
            image.data,
            height=image.height,
            width=image.width,
            encoding=image.encoding,
            step=image.step,
            is_bigendian=image.is_bigendian,
        )
    stamp = message.log_ns if by_log_time else stamp_of(image)
    return Frame(picture, stamp, image.header.frame_id, message.log_ns)
