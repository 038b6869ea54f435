# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From settings and a pilot to something that drives."""

from __future__ import annotations

from rclpy.node import Node

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.grid_view import GridView
from featuremap_ros.judging.colour_probe import ColourProbe
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.command import check_pilot
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.every_image import follows_every_image
from featuremap_ros.ros.loader import load_pilot
from featuremap_ros.ros.outputs import GridOutput, ViewOutput
from featuremap_ros.ros.safety import check_replay, choose_message
from featuremap_ros.ros.settings import Settings
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.view import ACTIVATION, View


def views_of(settings: Settings, pilot: Pilot) -> dict[str, View]:
    """Return what the settings show, by token, the activations first.

    Raises:
        FeatureMapError: A name means nothing, or something cannot be drawn like that.
    """
    return dict(Pipeline(pilot, settings.views(Explainer(pilot))).views)


class Builder:
    """Builds configurations; views that stay keep their topics.

    Attributes:
        message: Type of the steering command, the same for all of them.
    """

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
        self.message = message

    @classmethod
    def begin(
        cls, node: Node, *, parameters: Declaration, statistics: Statistics, follows_clock: bool
    ) -> tuple[Builder, Driving]:
        """Load the pilot that the parameters name, and build the first configuration.

        Args:
            node: Owns the topics.
            parameters: Say what is wanted.
            statistics: Count what is published.
            follows_clock: Whether ``use_sim_time`` is set.

        Raises:
            FeatureMapError: It cannot work.
        """
        settings = parameters.settings()
        check_replay(node, settings, follows_clock=follows_clock)
        pilot = load_pilot(settings)
        message = choose_message(
            settings, pilot, follows_clock=follows_clock, logger=node.get_logger()
        )
        builder = cls(node, parameters=parameters, statistics=statistics, message=message)
        return builder, builder.build(settings, pilot)

    def check(self, settings: Settings, pilot: Pilot) -> dict[str, View]:
        """Return the views of a configuration that would work, by token.

        Raises:
            FeatureMapError: It would not.
        """
        check_pilot(self.message, settings.steering, pilot)
        return views_of(settings, pilot)

    def build(self, settings: Settings, pilot: Pilot, before: Driving | None = None) -> Driving:
        """Build a configuration.

        Args:
            settings: Read again once the settings of new views are declared.
            pilot: The network.
            before: The configuration at work, whose topics are taken over where they stay.

        Raises:
            FeatureMapError: It cannot work; nothing was created.
        """
        for view in self.check(settings, pilot).values():
            self._parameters.declare_view(view)
        settings = self._parameters.settings()
        views = self.check(settings, pilot)
        quick = [view for view in views.values() if follows_every_image(view, pilot)]
        shown = [
            GridView(layer=view.layer, style=settings.grid, page=settings.page)
            for view in views.values()
            if view.method == ACTIVATION
        ]
        pipeline = Pipeline(pilot, quick, shown)
        outputs = dict(before.outputs) if before else {}
        grids = dict(before.grids) if before else {}
        return Driving(
            settings.source,
            pilot,
            pipeline,
            {
                token: outputs.get(token) or ViewOutput(self._node, view, self._statistics)
                for token, view in views.items()
            },
            settings,
            before.colours if before and before.pilot is pilot else ColourProbe(pilot),
            views,
            {
                token: grids.get(token) or GridOutput(self._node, grid, self._statistics)
                for token, grid in pipeline.grids.items()
            },
        )
