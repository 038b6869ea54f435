# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""New messages as ROS itself reads them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from rosbags.typesys import get_types_from_msg, get_typestore, Stores

from featuremap_ros.streams.ros_messages import (
    ACKERMANN,
    ackermann_message,
    compressed_image_message,
    float_message,
    image_message,
    written_types,
)
from featuremap_ros.vision.frame import Frame

STAMP_NS = 1_700_000_000_123_456_789
FRAME = Frame(np.zeros((1, 1, 3), np.uint8), STAMP_NS, 'front_camera')
HEADER = {'sec': 1_700_000_000, 'nanosec': 123_456_789, 'frame_id': 'front_camera'}

READER = """
import json, sys
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Float64
folder = sys.argv[1]
def read(name, kind):
    return deserialize_message(open(f'{folder}/{name}', 'rb').read(), kind)
def header(message):
    stamp = message.header.stamp
    return {'sec': stamp.sec, 'nanosec': stamp.nanosec, 'frame_id': message.header.frame_id}
image, picture = read('image', Image), read('picture', CompressedImage)
print(json.dumps({
    'image': [header(image), image.height, image.width, image.encoding, image.step,
              image.is_bigendian, list(image.data)],
    'picture': [header(picture), picture.format, list(picture.data)],
    'number': read('number', Float64).data,
}))
"""


@pytest.mark.skipif(importlib.util.find_spec('rclpy') is None, reason='rclpy is not installed')
def test_ros_reads_the_messages(tmp_path):
    """The deserializer of ROS 2 itself finds every field."""
    image = np.random.default_rng(0).integers(0, 255, (5, 7, 3), np.uint8)
    data = compressed_image_message(image, FRAME, suffix='png', quality=90)
    (tmp_path / 'image').write_bytes(image_message(image[:, ::-1], FRAME))
    (tmp_path / 'picture').write_bytes(data)
    (tmp_path / 'number').write_bytes(float_message(0.1))
    shown = subprocess.run(
        [sys.executable, '-c', READER, str(tmp_path)], capture_output=True, text=True, check=True
    )
    read = json.loads(shown.stdout)
    assert read['image'] == [HEADER, 5, 7, 'rgb8', 21, 0, image[:, ::-1].ravel().tolist()]
    assert read['picture'][:2] == [HEADER, 'rgb8; png compressed bgr8']
    picture = cv2.imdecode(np.array(read['picture'][2], np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(picture[..., ::-1], image)
    assert read['number'] == 0.1


def test_steering_is_as_ackermann_msgs_defines_it():
    """The published definition, with its comments, gives the same bytes and the same hash."""
    types = get_typestore(Stores.LATEST)
    types.register(
        get_types_from_msg(
            '# Driving command for a car-like vehicle.\n'
            'float32 steering_angle          # desired virtual angle (radians)\n'
            'float32 steering_angle_velocity # desired rate of change (radians/s)\n'
            'float32 speed                   # desired forward speed (m/s)\n'
            'float32 acceleration            # desired acceleration (m/s^2)\n'
            'float32 jerk                    # desired jerk (m/s^3)\n',
            'ackermann_msgs/msg/AckermannDrive',
        )
    )
    types.register(
        get_types_from_msg('std_msgs/Header          header\nAckermannDrive  drive\n', ACKERMANN)
    )
    message = types.deserialize_cdr(
        ackermann_message(FRAME, angle_rad=-0.25, speed=1.5), ACKERMANN
    )
    assert message.header.stamp.nanosec == 123_456_789
    assert message.header.frame_id == 'front_camera'
    drive = message.drive
    assert (drive.steering_angle, drive.speed) == (-0.25, 1.5)
    assert drive.steering_angle_velocity == drive.acceleration == drive.jerk == 0
    assert types.hash_rihs01(ACKERMANN) == written_types().hash_rihs01(ACKERMANN)


@pytest.mark.parametrize('quality', [50, 95])
def test_jpeg_keeps_colours(quality):
    """A red picture is red, and a higher quality takes more bytes."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[..., 0] = 250
    data = compressed_image_message(image, FRAME, suffix='jpeg', quality=quality)
    message = written_types().deserialize_cdr(data, 'sensor_msgs/msg/CompressedImage')
    assert message.format == 'rgb8; jpeg compressed bgr8'
    blue, green, red = cv2.imdecode(message.data, cv2.IMREAD_COLOR)[16, 16]
    assert red > 240
    assert max(blue, green) < 10
