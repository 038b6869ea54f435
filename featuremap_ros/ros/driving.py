# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the worker drives with: pilot, pipeline, outputs and settings, swapped as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.ros.outputs import ViewOutput
from featuremap_ros.ros.settings import PilotSource, Settings


@dataclass(frozen=True, slots=True, eq=False)
class Driving:
    """One configuration of the node at work.

    Attributes:
        source: Where the pilot came from.
        pilot: The network.
        pipeline: Drives and paints; belongs to the worker.
        outputs: The topics of each view, by token.
        settings: What else is set.
    """

    source: PilotSource
    pilot: Pilot
    pipeline: Pipeline
    outputs: Mapping[str, ViewOutput]
    settings: Settings
