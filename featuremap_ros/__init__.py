# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""See what a driving network reacts to, live on the robot and on recorded races.

    pilot = Pilot.load('autopilot.h5', profile='donkeycar')
    pipeline = Pipeline(pilot, [View(layer='conv2d_5', scale='frame')])
    result = pipeline.process(Frame(image, stamp_ns=0))
    result.steering.angle, result.overlays['conv2d_5']

``GridView`` shows all channels of a layer, as its ``GridStyle`` says. What is refused raises a
``FeatureMapError`` that says what was expected; its kinds are in ``featuremap_ros.errors``.

Importing this package imports neither TensorFlow nor ROS.
"""

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.pipeline import Pipeline, Result
from featuremap_ros.version import __version__
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.grid import GridStyle

__all__ = [
    'FeatureMapError',
    'Frame',
    'GridStyle',
    'GridView',
    'Pilot',
    'PilotProfile',
    'Pipeline',
    'Result',
    'Steering',
    'View',
    '__version__',
]
