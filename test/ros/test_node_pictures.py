# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Overlays, heat maps and their description: what they hold, and that nobody paints in vain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from ros_networks import LIMIT
from ros_wire import image, NODE, stamp_of, uniform
from sensor_msgs.msg import CompressedImage, Image

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame


@pytest.fixture(scope='module')
def node(start_node, car):
    """Return the node that all tests of this file share; each frame is scaled by itself."""
    return start_node({**car, 'overlay.default.scale': 'frame'})


@pytest.fixture(scope='module')
def wire(node, peer):
    """Return our end of the wire, at whose other end the node runs."""
    assert node.process.poll() is None
    return peer


@pytest.fixture(scope='module')
def pilot(networks):
    """Return the node's pilot, in this process."""
    return Pilot.load(networks.quick, profile=networks.profile, max_steering_angle=LIMIT)


@pytest.fixture(scope='module')
def layer(pilot):
    """Return the last of the two layers that are shown."""
    return pilot.network.layers[-1].name


@pytest.fixture(scope='module')
def camera(wire):
    """Return what publishes images to the node."""
    return wire.camera()


@pytest.fixture(scope='module')
def picture():
    """Return a picture with something to see."""
    return np.random.default_rng(3).integers(0, 256, (120, 160, 3), np.uint8)


def pixels_of(message):
    """Return the pixels of an rgb8 message."""
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)


def counts(wire):
    """Return how often each view was painted, compressed or measured."""
    _, _, values = wire.diagnostics()
    return {
        key: int(value)
        for key, value in values.items()
        if key.startswith(('painted', 'compressed', 'heatmap'))
    }


def send(camera, wire, pixels, heard, **options):
    """Send an image and return what comes out of it on one topic."""
    heard.clear()
    message = image(pixels, **options)
    camera(message)
    return message, wire.until(lambda: heard and heard[-1], what='a picture')


def test_nobody_listens_so_nothing_is_painted(camera, wire, picture):
    """Steering alone: no overlay, no JPEG, no heat map is made."""
    for _ in range(5):
        camera(image(picture))
        wire.spin(0.05)
    assert counts(wire) == {}


def test_the_overlay_is_the_one_that_the_pipeline_paints(camera, wire, picture, pilot, layer):
    """Live and offline give the same bytes, with the header of the image."""
    view = View(layer=layer, scale='frame')
    expected = Pipeline(pilot, [view]).process(Frame(picture, 0)).overlays[view.token]
    overlays = wire.listen(Image, f'{NODE}/overlay/{view.token}')
    sent, overlay = send(camera, wire, picture, overlays, frame_id='optical')
    overlays.unsubscribe()
    assert overlay.header == sent.header
    assert (overlay.encoding, overlay.step) == ('rgb8', 160 * 3)
    np.testing.assert_array_equal(pixels_of(overlay), expected)
    assert not np.array_equal(expected, picture)


def test_the_heat_map_is_the_activation_in_its_own_units(camera, wire, picture, pilot, layer):
    """32-bit floats, one per cell: the mean over the channels."""
    forward = pilot.forward(Frame(picture, 0), [layer])
    expected = forward.activations[layer].mean(axis=2)
    token = View(layer=layer).token
    maps = wire.listen(Image, f'{NODE}/heatmap/{token}')
    before = counts(wire)
    sent, message = send(camera, wire, picture, maps)
    after = counts(wire)
    maps.unsubscribe()
    values = np.frombuffer(message.data, np.float32).reshape(message.height, message.width)
    assert message.header == sent.header
    assert (message.encoding, message.is_bigendian, message.step) == (
        '32FC1',
        0,
        4 * message.width,
    )
    np.testing.assert_allclose(values, expected, rtol=1e-4)
    # A heat map is no reason to paint.
    assert after[f'heatmap {token}'] == before.get(f'heatmap {token}', 0) + 1
    assert after.get(f'painted {token}') == before.get(f'painted {token}')


def test_the_compressed_overlay_is_the_same_picture(camera, wire, pilot, layer):
    """As JPEG, beside the overlay, also when nobody wants that one."""
    smooth = cv2.resize(np.random.default_rng(1).integers(0, 255, (6, 8, 3), np.uint8), (160, 120))
    view = View(layer=layer, scale='frame')
    expected = Pipeline(pilot, [view]).process(Frame(smooth, 0)).overlays[view.token]
    topic = f'{NODE}/overlay/{view.token}/compressed'
    jpegs = wire.listen(CompressedImage, topic)
    sent, message = send(camera, wire, smooth, jpegs)
    jpegs.unsubscribe()
    assert message.header == sent.header
    assert message.format == 'rgb8; jpeg compressed bgr8'
    decoded = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(decoded.astype(int) - expected).mean() < 6


def test_painting_begins_and_ends_with_the_subscription(camera, wire, picture, pilot):
    """Only the view that somebody looks at is painted."""
    first, last = (View(layer=layer.name).token for layer in pilot.network.layers)
    overlays = wire.listen(Image, f'{NODE}/overlay/{first}')
    before = counts(wire)
    for _ in range(3):
        send(camera, wire, picture, overlays)
    during = counts(wire)
    overlays.unsubscribe()
    wire.spin(0.3)
    for _ in range(3):
        camera(image(picture))
        wire.spin(0.05)
    assert during[f'painted {first}'] == before.get(f'painted {first}', 0) + 3
    assert during.get(f'painted {last}') == before.get(f'painted {last}')
    assert counts(wire) == during


@pytest.mark.parametrize('reliable', [True, False])
def test_readers_of_either_kind_get_overlays(camera, wire, picture, layer, reliable):
    """RViz asks for reliable, rqt_image_view for best effort."""
    overlays = wire.listen(Image, f'{NODE}/overlay/{View(layer=layer).token}', reliable=reliable)
    sent, overlay = send(camera, wire, picture, overlays)
    overlays.unsubscribe()
    assert stamp_of(overlay) == stamp_of(sent)


def test_the_size_of_the_overlay_follows_the_image(camera, wire, layer):
    """The message that is used again and again is made anew for another size."""
    overlays = wire.listen(Image, f'{NODE}/overlay/{View(layer=layer).token}')
    for height, width in ((48, 64), (240, 320), (49, 65)):
        _, overlay = send(camera, wire, uniform((90, 20, 30), height, width), overlays)
        assert (overlay.height, overlay.width, overlay.step) == (height, width, 3 * width)
        assert len(overlay.data) == height * width * 3
    overlays.unsubscribe()


def test_the_views_are_described(camera, wire, picture, pilot, networks):
    """Method, layer, unit and place, for whoever subscribes at any time."""
    camera(image(picture))
    wire.spin(0.2)
    described = wire.views()
    assert described['model'] == str(networks.quick)
    assert described['profile'] == 'colours'
    assert described['image'] == {'height': 120, 'width': 160}
    assert [v['layer'] for v in described['views']] == [
        layer.name for layer in pilot.network.layers
    ]
    forward = pilot.forward(Frame(picture, 0))
    for view, layer in zip(described['views'], pilot.network.layers, strict=True):
        assert (view['method'], view['unit'], view['signed']) == (
            'activation',
            'activation',
            False,
        )
        assert view['target'] is None
        registration = pilot.registration(layer.name, forward.model_input)
        affine = view['place']['affine']
        for column, row in ((0, 0), (3, 2)):
            x, y = registration.to_cell_centres(column, row)
            assert affine['scale_x'] * column + affine['offset_x'] == pytest.approx(x)
            assert affine['scale_y'] * row + affine['offset_y'] == pytest.approx(y)
        rows, columns, _ = layer.shape
        assert view['place']['rect']['right'] == pytest.approx(
            registration.rect(rows, columns).right
        )


def test_time_that_jumps_back_begins_a_new_scale(camera, wire, pilot, layer):
    """A looping bag is scaled as it was in its first round."""
    assert wire.set_parameters(overlay__default__scale='running')[0].successful
    generator = np.random.default_rng(2)
    bright = generator.integers(0, 256, (48, 64, 3), np.uint8)
    dim = generator.integers(0, 60, (48, 64, 3), np.uint8)
    view = View(layer=layer)
    overlays = wire.listen(Image, f'{NODE}/overlay/{view.token}')
    now = wire.now_ns()
    for i in range(3):
        send(camera, wire, bright, overlays, stamp_ns=now + i * 10_000_000)
    _, after_bright = send(camera, wire, dim, overlays, stamp_ns=now + 40_000_000)
    _, after_jump = send(camera, wire, dim, overlays, stamp_ns=now)
    overlays.unsubscribe()
    assert wire.set_parameters(overlay__default__scale='frame')[0].successful
    alone = Pipeline(pilot, [view]).process(Frame(dim, 0)).overlays[view.token]
    assert not np.array_equal(pixels_of(after_bright), alone)
    np.testing.assert_array_equal(pixels_of(after_jump), alone)
