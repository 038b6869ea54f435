# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From settings and a pilot to something that drives."""

from __future__ import annotations

from rclpy.node import Node

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.command import check_pilot
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.outputs import ViewOutput
from featuremap_ros.ros.settings import Settings
from featuremap_ros.ros.statistics import Statistics


def pipeline_of(settings: Settings, pilot: Pilot) -> Pipeline:
    """Return the pipeline that draws what the settings say.

    Raises:
        FeatureMapError: A layer does not exist or cannot be drawn like that.
    """
    layers = settings.layers or pilot.network.showcase()
    for layer in layers:
        pilot.network.registered(layer)
    return Pipeline(pilot, [settings.view(layer) for layer in layers])


class Builder:
    """Builds configurations; views that stay keep their topics."""

    def __init__(
        self, node: Node, *, parameters: Declaration, statistics: Statistics, message: str
    ) -> None:
        """Note what every configuration shares.

        Args:
            node: Owns the topics.
            parameters: Get the settings of new views declared.
            statistics: Count what is published.
            message: Type of the steering command.
        """
        self._node = node
        self._parameters = parameters
        self._statistics = statistics
        self._message = message

    def check(self, settings: Settings, pilot: Pilot) -> Pipeline:
        """Return the pipeline for a configuration that would work.

        Raises:
            FeatureMapError: It would not.
        """
        check_pilot(self._message, settings.steering, pilot)
        return pipeline_of(settings, pilot)

    def build(self, settings: Settings, pilot: Pilot, before: Driving | None = None) -> Driving:
        """Build a configuration.

        Args:
            settings: Read again once the settings of new views are declared.
            pilot: The network.
            before: The configuration at work, whose topics are taken over where they stay.

        Raises:
            FeatureMapError: It cannot work; nothing was created.
        """
        for token in self.check(settings, pilot).views:
            self._parameters.declare_view(token)
        settings = self._parameters.settings()
        pipeline = self.check(settings, pilot)
        outputs = dict(before.outputs) if before else {}
        kept = {
            token: outputs.get(token) or ViewOutput(self._node, token, self._statistics)
            for token in pipeline.views
        }
        return Driving(settings.source, pilot, pipeline, kept, settings)
