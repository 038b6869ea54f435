# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Real frames of a real race through the car's real model, live."""

from __future__ import annotations

import array

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.time import Time
from ros_wire import NODE
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Float64

LIMIT = 0.4
LAYERS = ['dropout_2', 'convolution2d_4']


def test_the_node_decides_as_the_golden_data_say(shared_data, start_node, peer):
    """The camera's JPEGs of the Axionaut race, where the golden decision is no near tie."""
    golden = np.load(shared_data / 'axionaut' / 'golden.npz')
    order = np.sort(golden['p_rgb'], axis=1)
    clear = np.flatnonzero(order[:, -1] - order[:, -2] > 0.1)[::5]
    assert len(clear) >= 4
    start_node(
        {
            'model': shared_data / 'axionaut' / 'autopilot.hdf5',
            'profile': 'axionaut',
            'layers': LAYERS,
            'max_steering_angle': LIMIT,
            'wheelbase': 0.3,
            'speed': 1.0,
            'image_transport': 'compressed',
            'max_age': 5.0,
        }
    )
    camera = peer.camera('/image/compressed', kind=CompressedImage)
    angles = peer.listen(Float64, f'{NODE}/steering_angle')
    overlays = [peer.listen(Image, f'{NODE}/overlay/{layer}') for layer in LAYERS]
    sides = set()
    for index in clear:
        frame = shared_data / 'axionaut' / 'frames' / str(golden['name'][index])
        message = CompressedImage(format='jpeg', data=array.array('B', frame.read_bytes()))
        message.header.stamp = Time(nanoseconds=peer.now_ns()).to_msg()
        angles.clear()
        camera(message)
        # Class 0 is left, 4 is right; ROS counts to the left.
        direction = -1 + 2 * int(golden['p_rgb'][index].argmax()) / 4
        angle = peer.until(lambda: angles, what='a decision')[-1].data
        assert angle == pytest.approx(-direction * LIMIT, abs=1e-9)
        sides.add(np.sign(direction))
    assert len(sides) > 1
    peer.until(lambda: all(overlays), what='overlays')
    assert {(o[-1].width, o[-1].height) for o in overlays} == {(1920, 1080)}
