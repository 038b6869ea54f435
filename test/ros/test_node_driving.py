# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Images in, steering out: over the wire, from one process to another."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from ros_networks import angle_of, LIMIT, OVERFLOW
from ros_wire import image, NODE, stamp_of, uniform
from sensor_msgs.msg import Image
from std_msgs.msg import Float64

NS = 1_000_000_000
MAX_AGE = 3.0
WHEELBASE, SPEED = 0.3, 1.0


@pytest.fixture(scope='module')
def node(start_node, car):
    """Return the node that all tests of this file share; a busy machine may keep images longer."""
    return start_node({**car, 'max_age': MAX_AGE})


@pytest.fixture(scope='module')
def wire(node, peer):
    """Return our end of the wire, at whose other end the node runs."""
    assert node.process.poll() is None
    return peer


@pytest.fixture(scope='module')
def steering(wire):
    """Return the list that commands go to."""
    return wire.listen(TwistStamped, f'{NODE}/steering')


@pytest.fixture(scope='module')
def angles(wire):
    """Return the list that steering angles go to."""
    return wire.listen(Float64, f'{NODE}/steering_angle')


@pytest.fixture(scope='module')
def camera(wire):
    """Return what publishes images to the node."""
    return wire.camera()


@pytest.fixture
def drive(camera, steering, wire):
    """Return what sends an image and waits for its command."""

    def send(message):
        steering.clear()
        camera(message)
        stamp = stamp_of(message)
        # Where a machine was slow, the stop that ended the silence before may come first.
        wire.until(lambda: any(stamp_of(one) == stamp for one in steering), what='its command')
        return next(one for one in steering if stamp_of(one) == stamp)

    return send


def test_the_first_lines_say_what_runs(node):
    """Model, input, layers and topics are known before the first image."""
    for text in (
        'quick.tflite',
        'profile colours',
        'input 64 x 48',
        'Images: /image (sensor_msgs/Image)',
        'Steering: /featuremap/steering (twist_stamped), speed 1.0 m/s',
        'Overlay of',
        '/featuremap/overlay/',
    ):
        assert text in node.log


def test_a_red_picture_steers_right_and_a_blue_one_left(drive, angles, wire):
    """Radians, + = left; the yaw rate is v * tan(delta) / wheelbase; the header is the image's."""
    for color in ((255, 0, 0), (0, 0, 255), (200, 90, 30), (128, 128, 128)):
        angles.clear()
        sent = image(uniform(color), frame_id=f'camera {color}')
        command = drive(sent)
        expected = angle_of(color)
        assert command.header == sent.header
        assert command.twist.linear.x == SPEED
        assert command.twist.angular.z == pytest.approx(
            SPEED * math.tan(expected) / WHEELBASE, abs=1e-5
        )
        assert wire.until(lambda: angles)[-1].data == pytest.approx(expected, abs=1e-6)
    assert angle_of((0, 0, 255)) == LIMIT


GREY = np.full((48, 64), 90, np.uint8)
ORANGE = (240, 130, 30)


def in_encoding(encoding):
    """Return pixels, as an encoding lays them out, and the colour they show."""
    rgb = uniform(ORANGE)
    opaque = np.full((48, 64, 1), 255, np.uint8)
    big = np.dtype('>u2')
    return {
        'rgb8': (rgb, ORANGE),
        'bgr8': (rgb[..., ::-1], ORANGE),
        'rgba8': (np.concatenate([rgb, opaque], axis=2), ORANGE),
        'bgra8': (np.concatenate([rgb[..., ::-1], opaque], axis=2), ORANGE),
        'mono8': (GREY, (90, 90, 90)),
        'mono16': ((GREY.astype(big) << 8).view(np.uint8), (90, 90, 90)),
        'bayer_rggb8': (np.tile(np.array([[240, 130], [130, 30]], np.uint8), (24, 32)), ORANGE),
    }[encoding]


@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize(
    'encoding', ['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', 'mono16', 'bayer_rggb8']
)
def test_every_encoding_steers_alike(drive, encoding, padding):
    """Colour order, padding at the end of rows and byte order are honoured."""
    pixels, color = in_encoding(encoding)
    message = image(pixels, encoding=encoding, padding=padding)
    if encoding == 'mono16':
        message.width, message.is_bigendian = 64, 1
    yaw = drive(message).twist.angular.z
    assert yaw == pytest.approx(SPEED * math.tan(angle_of(color)) / WHEELBASE, abs=0.01)


def too_short():
    """Return an image with half of its data."""
    message = image(uniform((9, 9, 9)))
    message.data = message.data[: len(message.data) // 2]
    return message


def unknown_encoding():
    """Return an image in no encoding of this world."""
    return image(uniform((9, 9, 9)), encoding='rgb9')


def empty():
    """Return an image without pixels."""
    message = image(uniform((9, 9, 9)))
    message.height = message.width = message.step = 0
    message.data = []
    return message


@pytest.mark.parametrize(
    ('broken', 'text'),
    [(too_short, 'too short'), (unknown_encoding, 'rgb9'), (empty, 'empty')],
)
def test_a_bad_frame_is_counted_reported_and_skipped(camera, drive, wire, broken, text):
    """The next good image steers again."""
    before = int(wire.diagnostics()[2]['bad frames'])
    camera(broken())
    values = wire.until(
        lambda: (v := wire.diagnostics()[2])['bad frames'] != str(before) and v, what='a count'
    )
    assert int(values['bad frames']) == before + 1
    assert text in values['last error']
    assert drive(image(uniform(ORANGE))).twist.linear.x == SPEED


def test_a_bad_frame_is_in_the_log(node):
    """At most every few seconds, so only that it is there."""
    assert 'Image skipped:' in node.log


def test_the_size_may_change_in_mid_stream(drive):
    """The decision is on the whole picture, whatever its size."""
    for height, width in ((48, 64), (480, 640), (31, 77)):
        yaw = drive(image(uniform(ORANGE, height, width))).twist.angular.z
        assert yaw == pytest.approx(SPEED * math.tan(angle_of(ORANGE)) / WHEELBASE, abs=0.01)


def test_nothing_is_published_when_the_network_overflows(camera, steering, angles, drive, wire):
    """Neither NaN nor infinity leaves the node, on no topic."""
    drive(image(uniform(ORANGE)))
    wire.spin(0.2)
    steering.clear()
    angles.clear()
    before = int(wire.diagnostics()[2]['not finite'])
    wire.until(lambda: any(c.twist.linear.x == 0 for c in steering), what='the stop command')
    steering.clear()
    for _ in range(3):
        camera(image(uniform(OVERFLOW)))
        wire.spin(0.1)
    wire.until(lambda: int(wire.diagnostics()[2]['not finite']) == before + 3, what='a count')
    assert not steering
    assert not angles
    assert drive(image(uniform(ORANGE))).twist.linear.x == SPEED


@pytest.mark.parametrize('offset', [-MAX_AGE - 0.3, -3600, MAX_AGE + 0.3, 1e6])
def test_an_image_that_is_too_old_or_of_the_future_does_not_steer(
    camera, steering, angles, drive, wire, offset
):
    """Age is measured on the node's clock; a stamp ahead of it says nothing about the age."""
    drive(image(uniform(ORANGE)))
    before = int(wire.diagnostics()[2]['too old to steer'])
    wire.until(lambda: any(c.twist.linear.x == 0 for c in steering), what='the stop command')
    steering.clear()
    angles.clear()
    for _ in range(3):
        camera(image(uniform(ORANGE), stamp_ns=wire.now_ns() + int(offset * NS)))
        wire.spin(0.05)
    values = wire.until(
        lambda: int((v := wire.diagnostics()[2])['too old to steer']) == before + 3 and v,
        what='a count',
    )
    assert not steering
    assert not angles
    assert float(values['image age p50 (ms)'] or -offset * 1e3) == pytest.approx(
        -offset * 1e3, abs=300
    )


def test_a_clock_that_is_off_is_said_once(node, camera, wire):
    """Single images with bad stamps, as above, are not worth a word; many are worth one line."""
    said = 'The stamps of the images are 1.0 h behind'
    assert said not in node.log
    for _ in range(40):
        camera(image(uniform(ORANGE), stamp_ns=wire.now_ns() - 3600 * NS))
        wire.spin(0.02)
    wire.until(lambda: said in node.log, what='the warning')
    wire.spin(0.2)
    assert node.log.count('The stamps of the images are') == 1


def test_one_stop_command_when_images_end_then_silence(drive, steering, angles, wire):
    """Half a second after the last decision, once."""
    drive(image(uniform(ORANGE), frame_id='last'))
    wire.spin(0.1)
    steering.clear()
    angles.clear()
    wire.spin(0.25)
    assert not steering
    wire.spin(1.2)
    assert len(steering) == 1
    assert steering[0].twist.linear.x == 0
    assert steering[0].twist.angular.z == 0
    assert steering[0].header.frame_id == 'last'
    assert abs(stamp_of(steering[0]) - wire.now_ns()) < 2 * NS
    assert not angles


def test_images_after_the_stop_drive_again(drive, steering, wire):
    """And their end stops the car again."""
    assert drive(image(uniform(ORANGE))).twist.linear.x == SPEED
    steering.clear()
    wire.until(lambda: steering, what='the stop command')
    assert steering[0].twist.linear.x == 0


def test_steering_leaves_before_painting(camera, steering, wire):
    """By the publisher's own time stamps, with a large overlay in the making."""
    token = wire.views()['views'][0]['topics']['overlay']
    overlays = wire.listen(Image, token)
    steering.clear()

    def pairs():
        commands = dict(zip(map(stamp_of, steering), steering.sent, strict=True))
        painted = zip(map(stamp_of, overlays), overlays.sent, strict=True)
        return [(commands[stamp], sent) for stamp, sent in painted if stamp in commands]

    for i in range(60):
        # An image of this size may come too late on a busy machine: nobody steers by it then.
        camera(image(uniform((4 * i, 0, 0), 720, 1280)))
        wire.spin(0.25)
        if len(pairs()) >= 5:
            break
    overlays.unsubscribe()
    assert len(pairs()) >= 5
    for commanded, painted in pairs():
        # Painting a picture of this size takes more than a millisecond.
        assert painted - commanded > 1e6
