# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Serialized messages that hold pictures, or parts of a video."""

from __future__ import annotations

from functools import cache
import re
import struct
from typing import Any

from rosbags.serde import SerdeError
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from rosbags.typesys.store import Typestore

from featuremap_ros.errors import BadFrameError
from featuremap_ros.streams.bag_file import BagMessage, BagTopic
from featuremap_ros.streams.selection import NS
from featuremap_ros.vision.encodings import decode_jpeg, image_to_rgb
from featuremap_ros.vision.frame import Image

RAW = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
FOXGLOVE_VIDEO = 'foxglove_msgs/msg/CompressedVideo'
FFMPEG_PACKET = 'ffmpeg_image_transport_msgs/msg/FFMPEGPacket'
# Bags of older distributions hold no definitions. Source: the packages of these names.
_VIDEO_TYPES = {
    FOXGLOVE_VIDEO: """builtin_interfaces/Time timestamp
string frame_id
uint8[] data
string format
""",
    FFMPEG_PACKET: """std_msgs/Header header
int32 width
int32 height
string encoding
uint64 pts
uint8 flags
bool is_bigendian
uint8[] data
""",
}
_TYPES = {'ros1': {RAW, COMPRESSED}, 'cdr': {RAW, COMPRESSED, *_VIDEO_TYPES}}
# FFmpeg's decoders, by what drivers write of the encoder or the format.
_CODECS = {
    'h264': r'[hx]\.?264|avc',
    'hevc': r'[hx]\.?265|hevc',
    'libdav1d': r'av1',
    'vp9': r'vp9',
}


@cache
def typestore(store: Stores) -> Typestore:
    """Return the message types of a ROS distribution, made once."""
    return get_typestore(store)


def full_type(name: str) -> str:
    """Write a type as ROS 2 does: ``sensor_msgs/Image`` becomes ``sensor_msgs/msg/Image``."""
    package, slash, rest = name.partition('/')
    return name if '/' in rest or not slash else f'{package}/msg/{rest}'


def is_image(topic: BagTopic) -> bool:
    """Whether the messages of a topic are pictures, or parts of a video, that can be decoded."""
    return full_type(topic.msgtype) in _TYPES.get(topic.encoding, set())


def read_image_message(message: BagMessage) -> Any:
    """Deserialize a picture or a part of a video, from ROS 1 or ROS 2.

    Args:
        message: A message of a topic for which :func:`is_image` holds. These types have been the
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
        return _ros2_types().deserialize_cdr(message.data, msgtype)
    except (SerdeError, AssertionError, IndexError, OverflowError, struct.error) as error:
        raise BadFrameError(f'The message is no {msgtype}: {error}') from None


def stamp_of(image_message: Any) -> int:
    """Return when the picture of a message was taken (ns)."""
    has_header = hasattr(image_message, 'header')
    stamp = image_message.header.stamp if has_header else image_message.timestamp
    return int(stamp.sec) * NS + int(stamp.nanosec)


def frame_id_of(image_message: Any) -> str:
    """Return the coordinate frame of a message."""
    has_header = hasattr(image_message, 'header')
    return str(image_message.header.frame_id if has_header else image_message.frame_id)


def codec_of(image_message: Any) -> str | None:
    """Return FFmpeg's decoder of a message that is part of a video; ``None`` for a picture.

    Raises:
        BadFrameError: It is a video in a format that cannot be decoded.
    """
    kind = image_message.__msgtype__
    if kind == RAW:
        return None
    says = image_message.encoding if kind == FFMPEG_PACKET else image_message.format
    # After the codec, image transports name formats of pixels.
    first = says.lower().partition(';')[0]
    for codec, pattern in _CODECS.items():
        if re.search(pattern, first):
            return codec
    if kind == COMPRESSED:
        return None
    raise BadFrameError(
        f'A video in the format {says!r} cannot be decoded; H.264, H.265, AV1 and VP9 can.'
    )


def decode_picture(image_message: Any) -> Image:
    """Decode a message that holds a whole picture.

    Args:
        image_message: An Image, or a CompressedImage that is no video.

    Returns:
        RGB, uint8 (H, W, 3).

    Raises:
        BadFrameError: The picture cannot be decoded.
    """
    kind = image_message.__msgtype__
    if kind == COMPRESSED:
        return decode_jpeg(image_message.data)
    if kind != RAW:
        raise BadFrameError(f'A {kind} among pictures cannot be decoded.')
    return image_to_rgb(image_message)


@cache
def _ros2_types() -> Typestore:
    types = get_typestore(Stores.LATEST)
    for name, text in _VIDEO_TYPES.items():
        types.register(get_types_from_msg(text, name))
    return types
