# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method live: beside each image or in the observer, and steering none the later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from ros_wire import image, NODE, stamp_of
from sensor_msgs.msg import CompressedImage, Image

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.grid import draw_grid, GridStyle

METHODS = ('hirescam/throttle', 'visualbackprop/conv_1', 'occlusion')


@pytest.fixture(scope='module')
def node(start_node, tiny_model, tiny_profile):
    """Return the node that all tests of this file share; each map is scaled by itself."""
    return start_node(
        {
            'model': tiny_model,
            'profile': tiny_profile,
            'wheelbase': 0.3,
            'speed': 1.0,
            'methods': METHODS,
            'slow_rate': 10.0,
            'trust_period': 0.5,
            'jump': 0.0,
            'grid.width': 320,
            'grid.height': 240,
            'overlay.default.scale': 'frame',
            'overlay.hirescam.conv_2.throttle.opacity': 0.5,
        }
    )


@pytest.fixture(scope='module')
def wire(node, peer):
    """Return our end of the wire, at whose other end the node runs."""
    assert node.process.poll() is None
    return peer


@pytest.fixture(scope='module')
def camera(wire):
    """Return what publishes images to the node."""
    return wire.camera()


@pytest.fixture(scope='module')
def pilot(tiny_model, tiny_profile):
    """Return the node's pilot, in this process."""
    return Pilot.load(tiny_model, profile=tiny_profile)


@pytest.fixture(scope='module')
def picture():
    """Return a picture with something to see."""
    return np.random.default_rng(3).integers(0, 256, (48, 64, 3), np.uint8)


def pixels_of(message):
    """Return the pixels of an rgb8 message."""
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)


@pytest.mark.parametrize(
    ('topic', 'view'),
    [
        (
            'hirescam/conv_2/throttle',
            View(method='hirescam', target='throttle', scale='frame', opacity=0.5),
        ),
        ('visualbackprop/conv_1', View(method='visualbackprop', layer='conv_1', scale='frame')),
        ('occlusion/steering', View(method='occlusion', scale='frame')),
    ],
)
def test_an_explanation_is_the_one_that_the_pipeline_paints(
    wire, camera, picture, pilot, topic, view
):
    """Beside each image or in the observer: the same bytes, with the header of the image."""
    heard = wire.listen(Image, f'{NODE}/{topic}')
    sent, overlay = wire.drive_until(camera, picture, lambda: heard and heard[-1])
    heard.unsubscribe()
    expected = Pipeline(pilot, [view]).process(Frame(picture, 0)).overlays.popitem()[1]
    np.testing.assert_array_equal(pixels_of(overlay), expected)
    assert stamp_of(overlay) in {stamp_of(message) for message in sent}
    assert overlay.header.frame_id == 'optical'


def test_heat_maps_and_jpegs_are_beside_every_explanation(wire, camera, picture, pilot):
    """The map in its own units; also of what the observer computes."""
    maps = wire.listen(Image, f'{NODE}/heatmap/occlusion/steering')
    jpegs = wire.listen(CompressedImage, f'{NODE}/hirescam/conv_2/throttle/compressed')
    wire.drive_until(camera, picture, lambda: maps and jpegs)
    maps.unsubscribe()
    jpegs.unsubscribe()
    message = maps[-1]
    values = np.frombuffer(message.data, np.float32).reshape(message.height, message.width)
    expected = Pipeline(pilot, [View(method='occlusion')]).process(Frame(picture, 0)).maps
    np.testing.assert_allclose(values, expected['occlusion.steering'].values, atol=1e-6)


def test_a_method_has_its_options_while_running(wire, camera, picture, pilot):
    """The map is that of the new patches; patches that leave holes are refused."""
    (refused,) = wire.set_parameters(**{'method.occlusion.steering.step': 20})
    assert not refused.successful
    assert 'The step must be from 1 to the patch size 16: got 20' in refused.reason
    (accepted,) = wire.set_parameters(**{'method.occlusion.steering.patch': 12})
    assert accepted.successful
    view = View(method='occlusion', options={'patch': 12})
    expected = Pipeline(pilot, [view]).process(Frame(picture, 0)).maps['occlusion.steering'].values
    maps = wire.listen(Image, f'{NODE}/heatmap/occlusion/steering')

    def arrived():
        if not maps:
            return False
        values = np.frombuffer(maps[-1].data, np.float32).reshape(expected.shape)
        return np.allclose(values, expected, atol=1e-6)

    wire.drive_until(camera, picture, arrived)
    maps.unsubscribe()
    assert wire.set_parameters(**{'method.occlusion.steering.patch': 16})[0].successful


def test_the_grid_shows_all_channels_and_changes_while_running(wire, camera, picture, pilot):
    """Page and size are parameters; a page that does not exist is the last one."""
    activation = pilot.forward(Frame(picture, 0), ('conv_2',)).activations['conv_2']
    size = (320, 240)
    for changes, style, page in (
        ({}, GridStyle(max_size=size), 0),
        ({'grid__per_page': 4, 'grid__page': 7}, GridStyle(max_size=size, per_page=4), 1),
    ):
        assert all(result.successful for result in wire.set_parameters(**changes))
        heard = wire.listen(Image, f'{NODE}/grid/conv_2')
        _, message = wire.drive_until(camera, picture, lambda heard=heard: heard and heard[-1])
        heard.unsubscribe()
        plain = draw_grid(activation, style, page=page)
        assert (message.height, message.width) == plain.shape[:2]
        # The words on the channels come and go with the statistics.
        assert (pixels_of(message) == plain).mean() > 0.8
    (described,) = [grid for grid in wire.views()['grids'] if grid['layer'] == 'conv_2']
    assert (described['channels'], described['page'], described['pages']) == (6, 1, 2)


def test_what_is_shown_is_described(wire, camera, picture):
    """Method, layer, target, unit, sign and place, once a map is there."""
    heard = [
        wire.listen(Image, f'{NODE}/{topic}')
        for topic in ('occlusion/steering', 'hirescam/conv_2/throttle')
    ]
    wire.drive_until(camera, picture, lambda: all(heard))
    wire.spin(0.3)
    views = {view['name']: view for view in wire.views()['views']}
    for one in heard:
        one.unsubscribe()
    assert list(views) == [
        'conv_1',
        'conv_2',
        'hirescam/conv_2/throttle',
        'visualbackprop/conv_1',
        'occlusion/steering',
    ]
    occlusion, hirescam = views['occlusion/steering'], views['hirescam/conv_2/throttle']
    assert (occlusion['layer'], occlusion['target']) == (None, 'steering')
    assert occlusion['sign'] == {'negative': 'right', 'positive': 'left'}
    assert hirescam['sign'] == {'negative': 'slower', 'positive': 'faster'}
    assert (hirescam['unit'], hirescam['signed']) == ('throttle', True)
    assert (occlusion['every_image'], hirescam['every_image']) == (False, True)
    assert occlusion['cells'] == {'rows': 24, 'columns': 32}
    # 40 rows below the crop are seen by 24: the first row's centre lies between two of the camera.
    assert occlusion['place']['affine']['scale_y'] == pytest.approx(40 / 24)
    assert occlusion['place']['affine']['offset_y'] == pytest.approx(8 + 20 / 24 - 0.5)


def test_trust_and_filters_are_judged_while_somebody_watches(wire, camera, picture):
    """With the baseline's name; filters are stale until enough frames have been seen."""
    heard = wire.listen(Image, f'{NODE}/overlay/conv_2')

    def judged():
        found = wire.statuses('trust in conv_2')
        return found and found[0]

    _, trust = wire.drive_until(camera, picture, judged)
    filters = wire.statuses('filters of conv_2')
    heard.unsubscribe()
    values = {entry.key: entry.value for entry in trust.values}
    assert {'trust (blur)', 'trust (mean)', 'mean trust (blur)', 'flicker'} <= values.keys()
    assert trust.message.startswith('trust blur ')
    assert filters[0].level == DiagnosticStatus.STALE
    assert 'not enough frames' in filters[0].message
    counts = {entry.key: entry.value for entry in filters[0].values}
    assert counts['filters'] == '6'
    assert {'dead', 'silent so far', 'saturated'} <= counts.keys()


def test_a_name_that_means_nothing_is_refused_and_nothing_changes(wire):
    """With the reason and the choices."""
    (result,) = wire.set_parameters(methods=['hirescam/conv_9'])
    assert not result.successful
    assert "Unknown layer or target 'conv_9'" in result.reason
    assert wire.parameter('methods') == list(METHODS)


def test_steering_comes_none_the_later_while_the_observer_works(wire, camera, picture):
    """Occlusion at its highest rate and judgements beside it: commands leave as before."""
    commands = wire.listen(TwistStamped, f'{NODE}/steering')

    def median_delay():
        commands.clear()
        for _ in range(60):
            camera(image(picture))
            wire.spin(0.03)
        stamps = [stamp_of(command) for command in commands]
        assert len(stamps) >= 55
        delays = [sent - stamp for sent, stamp in zip(commands.sent, stamps, strict=True)]
        return float(np.median(delays)) / 1e6

    alone = median_delay()
    assert wire.set_parameters(slow_rate=30.0)[0].successful
    heard = wire.listen(Image, f'{NODE}/occlusion/steering')
    wire.drive_until(camera, picture, lambda: heard)
    heard.clear()
    beside = median_delay()
    painted = len(heard)
    heard.unsubscribe()
    commands.unsubscribe()
    assert wire.set_parameters(slow_rate=10.0)[0].successful
    assert painted >= 3
    assert beside < alone + 5.0


def test_the_observer_ends_with_the_node(wire, camera, picture, node):
    """No process stays behind."""
    heard = wire.listen(Image, f'{NODE}/occlusion/steering')
    wire.drive_until(camera, picture, lambda: heard)
    (status,) = wire.statuses(': observer')
    (pid,) = [int(entry.value) for entry in status.values if entry.key == 'process']
    assert Path(f'/proc/{pid}').exists()
    assert node.stop() == 0
    assert not Path(f'/proc/{pid}').exists()
