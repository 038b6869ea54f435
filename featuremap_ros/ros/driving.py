# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the worker drives with: pilot, pipeline, outputs and settings, swapped as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from featuremap_ros.judging.colour_probe import ColourProbe
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.outputs import GridOutput, ViewOutput
from featuremap_ros.ros.settings import PilotSource, Settings
from featuremap_ros.view import View


@dataclass(frozen=True, slots=True, eq=False)
class Driving:
    """One configuration of the node at work.

    Attributes:
        source: Where the pilot came from.
        pilot: The network.
        pipeline: Drives, and paints what follows every image; belongs to the worker.
        outputs: The topics of every view, by token.
        settings: What else is set.
        colours: Looks at the first images of the pilot; belongs to the worker.
        views: All views by token, those of the observer among them.
        grids: The topics of each grid, by token.
    """

    source: PilotSource
    pilot: Pilot
    pipeline: Pipeline
    outputs: Mapping[str, ViewOutput]
    settings: Settings
    colours: ColourProbe
    views: Mapping[str, View] = field(default_factory=dict)
    grids: Mapping[str, GridOutput] = field(default_factory=dict)

    @property
    def slow(self) -> tuple[str, ...]:
        """Tokens of the views that the observer computes."""
        return tuple(token for token in self.views if token not in self.pipeline.views)

    @property
    def published(self) -> tuple[ViewOutput | GridOutput, ...]:
        """The topics of all views and grids."""
        return (*self.outputs.values(), *self.grids.values())
