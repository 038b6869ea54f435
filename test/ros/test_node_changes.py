# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that change while the node drives."""

from __future__ import annotations

from itertools import pairwise
import math
from pathlib import Path
import threading
import time

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from geometry_msgs.msg import TwistStamped
from ros_networks import angle_of
from ros_wire import image, NODE, uniform
from sensor_msgs.msg import Image

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.view import View

ORANGE = (240, 130, 30)
YAW = math.tan(angle_of(ORANGE)) / 0.3


@pytest.fixture(scope='module')
def node(start_node, car, tmp_path_factory):
    """Return the node that all tests of this file share; a busy machine does not stop it."""
    return start_node(
        {**car, 'max_age': 2.0, 'stop_after': 1.0},
        XDG_CACHE_HOME=str(tmp_path_factory.mktemp('cache')),
    )


@pytest.fixture(scope='module')
def wire(node, peer):
    """Return our end of the wire, at whose other end the node runs."""
    assert node.process.poll() is None
    return peer


@pytest.fixture(scope='module')
def layers(networks):
    """Return the names of the network's layers."""
    pilot = Pilot.load(networks.quick, profile=networks.profile)
    return [layer.name for layer in pilot.network.layers]


@pytest.fixture(scope='module')
def steering(wire):
    """Return the list that commands go to."""
    return wire.listen(TwistStamped, f'{NODE}/steering')


@pytest.fixture(scope='module')
def camera(wire):
    """Return what publishes images to the node."""
    return wire.camera()


@pytest.fixture
def race(camera):
    """Return a camera that runs at 30 Hz for as long as the test."""
    ended = threading.Event()

    def run():
        while not ended.wait(1 / 30):
            camera(image(uniform(ORANGE)))

    thread = threading.Thread(target=run)
    thread.start()
    yield
    ended.set()
    thread.join()


def refused(results):
    """Return the reason of the one change that was refused."""
    (result,) = results
    assert not result.successful
    return result.reason


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('overlay__default__opacity', 1.5, 'out of range'),
        ('overlay__default__opacity', math.nan, 'out of range'),
        ('overlay__default__colormap', 'infernal', "Did you mean 'inferno'"),
        ('overlay__default__reduce', 'median', 'median'),
        ('overlay__default__reduce', 'channel:99', 'Channel 99'),
        ('overlay__default__range', [1.0, 0.0], 'smaller first'),
        ('max_age', math.nan, 'out of range'),
        ('max_age', '0.1', 'Wrong parameter type'),
        ('speed', -1.0, 'out of range'),
        ('speed_scale', 2.0, 'both set'),
        ('wheelbase', 0.5, 'read-only'),
        ('steering__message', 'none', 'read-only'),
        ('layers', ['secnd'], 'Unknown layer'),
        ('model', '/no/such/model.h5', 'no model file'),
        ('model', 'x' * 300, 'File name too long'),
        ('folder', '~no-such-user/maps', 'home directory'),
        ('profile', 'donkycar', "Did you mean 'donkeycar'"),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(wire, name, value, reason):
    """And the parameter keeps its value."""
    before = wire.parameter(name.replace('__', '.'))
    assert reason in refused(wire.set_parameters(**{name: value}))
    assert wire.parameter(name.replace('__', '.')) == before


def test_changes_that_belong_together_are_refused_together(wire):
    """One bad value, and none of them changes."""
    reason = refused(wire.set_parameters(atomically=True, jpeg_quality=50, speed=99.0))
    assert 'out of range' in reason
    assert wire.parameter('jpeg_quality') == 80


@pytest.mark.usefixtures('race')
def test_the_speed_changes_at_once(wire, steering):
    """Also to 0, which is how somebody stops the car."""
    for speed in (2.0, 0.0, 1.0):
        assert wire.set_parameters(speed=speed)[0].successful
        steering.clear()
        command = wire.until(lambda: len(steering) > 5 and steering[-1], what='commands').twist
        assert command.linear.x == speed
        assert command.angular.z == pytest.approx(speed * YAW, abs=0.01)


def test_one_view_changes_and_the_other_does_not(wire, camera, layers):
    """A setting of its own wins over the common default."""
    tokens = [View(layer=layer).token for layer in layers]
    overlays = [wire.listen(Image, f'{NODE}/overlay/{token}') for token in tokens]

    def paint():
        for heard in overlays:
            heard.clear()
        camera(image(uniform(ORANGE)))
        wire.until(lambda: all(overlays), what='overlays')
        return [bytes(heard[-1].data) for heard in overlays]

    assert wire.set_parameters(overlay__default__scale='frame', overlay__default__gauge=False)
    before = paint()
    assert wire.set_parameters(**{f'overlay__{tokens[0]}__gauge': True})[0].successful
    after = paint()
    for heard in overlays:
        heard.unsubscribe()
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.usefixtures('race')
def test_layers_change_and_with_them_the_topics(wire, steering, layers):
    """New topics come, old ones go, and the car drives on."""
    first, last = (View(layer=layer).token for layer in layers)

    def topics():
        return {name for name, _ in wire.node.get_topic_names_and_types()}

    steering.clear()
    assert wire.set_parameters(layers=[layers[1]])[0].successful
    wire.until(lambda: f'{NODE}/overlay/{first}' not in topics(), what='the topic to go')
    assert f'{NODE}/overlay/{last}' in topics()
    assert [view['layer'] for view in wire.views()['views']] == [layers[1]]
    assert wire.set_parameters(layers=layers)[0].successful
    wire.until(lambda: f'{NODE}/overlay/{first}' in topics(), what='the topic to come back')
    gaps = [b - a for a, b in pairwise(steering.sent)]
    assert all(command.twist.linear.x == 1 for command in steering)
    assert max(gaps) < 1e9


@pytest.mark.usefixtures('race')
def test_the_model_changes_under_load(wire, steering, networks):
    """The running pilot goes on until the other is ready; no stop, no gap."""
    steering.clear()
    for network in ('slow', 'quick'):
        path = str(getattr(networks, network))
        assert wire.set_parameters(model=path, layers=[''])[0].successful
        wire.until(lambda p=path: wire.diagnostics()[2]['model'] == p, what=network)
        wire.spin(1)
    gaps = [b - a for a, b in pairwise(steering.sent)]
    assert all(command.twist.linear.x == 1 for command in steering)
    assert max(gaps) < 1e9


@pytest.mark.usefixtures('race')
def test_a_model_is_converted_where_it_disturbs_nobody(
    node, wire, steering, networks, tiny_model, tiny_profile
):
    """A Keras model needs TensorFlow for seconds, and the running pilot drives on meanwhile."""
    before = {name: str(getattr(networks, name)) for name in ('quick', 'profile')}
    steering.clear()
    for model, profile in (
        (str(tiny_model), str(tiny_profile)),
        (before['quick'], before['profile']),
    ):
        (result,) = wire.set_parameters(atomically=True, model=model, profile=profile, layers=[''])
        assert result.successful
        wire.until(lambda m=model: wire.diagnostics()[2]['model'] == m, timeout=90, what=model)
    pairs = zip(steering.sent, steering, strict=True)
    driven = [sent for sent, command in pairs if command.twist.linear.x == 1]
    # TensorFlow's import alone would take longer; a busy machine may have to stop the car once.
    assert max(b - a for a, b in pairwise(driven)) < 2e9
    assert 'tensorflow' not in Path(f'/proc/{node.process.pid}/maps').read_text()


@pytest.mark.usefixtures('race')
def test_a_model_that_cannot_be_loaded_leaves_the_running_one(
    node, wire, steering, networks, tmp_path
):
    """The reason is in the diagnostics, and the parameters say what drives."""
    broken = tmp_path / 'broken.tflite'
    broken.write_bytes(networks.quick.read_bytes()[:1000])
    steering.clear()
    assert wire.set_parameters(model=str(broken))[0].successful
    values = wire.until(
        lambda: (v := wire.diagnostics()[2])['loading'] == 'no' and 'broken' in str(v) and v,
        what='the failure',
    )
    assert values['model'] == str(networks.quick)
    assert 'broken.tflite' in values['last error']
    assert wire.parameter('model') == str(networks.quick)
    wire.spin(0.3)
    assert all(command.twist.linear.x == 1 for command in steering)
    assert node.process.poll() is None


@pytest.mark.usefixtures('race')
def test_a_profile_that_does_not_fit_leaves_the_running_one(wire, networks):
    """The shapes that were expected and received are named."""
    assert wire.set_parameters(profile='donkeycar')[0].successful
    values = wire.until(
        lambda: 'does not fit' in (v := wire.diagnostics()[2])['last error'] and v,
        what='the failure',
    )
    assert '(48, 64, 3)' in values['last error']
    assert '(120, 160, 3)' in values['last error']
    assert wire.parameter('profile') == str(networks.profile)


@pytest.mark.usefixtures('race')
def test_the_last_of_many_models_wins(wire, networks):
    """A request that is overtaken is forgotten."""
    for network in ('slow', 'quick', 'slow'):
        wire.set_parameters(model=str(getattr(networks, network)), layers=[''])
    wire.until(
        lambda: (
            (v := wire.diagnostics()[2])['model'] == str(networks.slow) and v['loading'] == 'no'
        ),
        what='the slow network',
    )
    time.sleep(0.5)
    assert wire.diagnostics()[2]['model'] == str(networks.slow)
