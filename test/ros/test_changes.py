# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A change that breaks down over something unforeseen."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='no ROS 2: rclpy is not installed')

from rclpy.parameter import Parameter

from featuremap_ros.judging.colour_probe import ColourProbe
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.changes import Changes
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.views import ViewsTopic


class Broken:
    """Finds every configuration sound, and builds none."""

    def check(self, *_):
        """Find nothing wrong."""
        return {}

    def build(self, *_):
        """Break down."""
        raise ZeroDivisionError('an odd model')


def test_the_running_configuration_stays(own_node, networks):
    """Whatever goes wrong: a node that drives must not end over a parameter."""
    pilot = Pilot.load(networks.quick, profile=networks.profile)
    parameters, statistics = Declaration(own_node), Statistics()
    settings = parameters.settings()
    driving = Driving(
        settings.source, pilot, Pipeline(pilot, []), {}, settings, ColourProbe(pilot)
    )
    changes = Changes(
        own_node,
        parameters=parameters,
        builder=Broken(),
        workers=[],
        views=ViewsTopic(own_node),
        statistics=statistics,
        driving=driving,
    )
    own_node.set_parameters([Parameter('jpeg_quality', value=50)])
    assert changes.driving is driving
    assert statistics.snapshot().last_error == 'ZeroDivisionError: an odd model'
    changes.close(1.0)
