# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of a real node: declared, checked, applied."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter

from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.parameters import OVERLAY_PARAMETERS, PARAMETERS
from featuremap_ros.ros.settings import SettingsError
from featuremap_ros.view import View


class NodeOfHumble(Node):
    """A node that cannot tell when a parameter has been stored, as in Humble's rclpy."""

    @property
    def add_post_set_parameters_callback(self):
        """Hide what came later."""
        raise AttributeError


@pytest.fixture(params=[Node, NodeOfHumble], ids=['now', 'humble'])
def node(request, domain, monkeypatch):
    """Return a node that runs until the test ends."""
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    context = Context()
    context.init(domain_id=domain)
    node = request.param('car', context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture
def turn(node):
    """Return what lets the node's executor do its work."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    yield lambda: executor.spin_once(timeout_sec=0.2)
    executor.shutdown()


def test_everything_is_described(node):
    """Type, text and range, as ``ros2 param describe`` shows them."""
    Declaration(node)
    for parameter in PARAMETERS:
        about = node.describe_parameter(parameter.name)
        assert about.description == parameter.text
        assert about.read_only == parameter.read_only
        limits = [*about.floating_point_range, *about.integer_range]
        if parameter.low is not None:
            assert (limits[0].from_value, limits[0].to_value) == (parameter.low, parameter.high)
    for parameter in OVERLAY_PARAMETERS:
        assert node.has_parameter(f'overlay.default.{parameter.name}')


def test_a_change_is_applied_once_it_is_stored(node, turn):
    """What is applied has the new value."""
    declaration = Declaration(node)
    applied = []
    declaration.listen(lambda *_: None, applied.append)
    (result,) = node.set_parameters([Parameter('jpeg_quality', value=50)])
    assert result.successful
    turn()
    assert [settings.jpeg_quality for settings in applied] == [50]


def test_a_refused_change_is_not_applied(node, turn):
    """Whoever checks has the last word, and sees all settings together."""

    def check(settings, changed):
        if settings.jpeg_quality < 60:
            raise SettingsError(f'too ugly: {changed}')

    declaration = Declaration(node)
    applied = []
    declaration.listen(check, applied.append)
    (result,) = node.set_parameters([Parameter('jpeg_quality', value=50)])
    assert not result.successful
    assert 'too ugly' in result.reason
    turn()
    assert applied == []
    assert declaration.settings().jpeg_quality == 80


def test_the_settings_of_a_view_are_there_without_values(node):
    """They can be set, and until then the common default holds."""
    declaration = Declaration(node)
    declaration.declare_view(View(layer='conv'))
    declaration.declare_view(View(layer='conv'))
    assert declaration.settings().shown(View(layer='conv')).opacity == 0.9
    node.set_parameters([Parameter('overlay.default.opacity', value=0.5)])
    assert declaration.settings().shown(View(layer='conv')).opacity == 0.5
    node.set_parameters([Parameter('overlay.conv.opacity', value=0.7)])
    assert declaration.settings().shown(View(layer='conv')).opacity == 0.7
    assert declaration.settings().shown(View(layer='other')).opacity == 0.5


def test_the_options_of_a_method_are_parameters(node):
    """They begin with the method's own defaults, and belong to one view."""
    declaration = Declaration(node)
    view = View(method='occlusion')
    declaration.declare_view(view)
    assert node.get_parameter('method.occlusion.steering.patch').value == 16
    (result,) = node.set_parameters([Parameter('method.occlusion.steering.patch', value=24)])
    assert result.successful
    settings = declaration.settings()
    assert settings.shown(view).options['patch'] == 24
    assert settings.shown(View(method='occlusion', target='throttle')).options == {}


def test_restoring_is_not_heard(node, turn):
    """Setting parameters back to what drives is no new wish."""
    declaration = Declaration(node)
    applied = []
    declaration.listen(lambda *_: None, applied.append)
    declaration.restore({'model': 'old.h5', 'layers': ['a']})
    turn()
    assert applied == []
    assert declaration.settings().source.model == 'old.h5'
