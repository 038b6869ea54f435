# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is to be done with one race of a season, as data that can travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
import hashlib
import json
from typing import Any

from featuremap_ros.grid_view import GridView
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.season.fingerprint import fingerprint
from featuremap_ros.version import __version__
from featuremap_ros.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """What is the same for all races.

    Attributes:
        model: The pilot's file, a path that is the same wherever the work is done, or a URL.
        sha256: Digests of the model's files, by their place in it.
        profile: Of the pilot.
        views: What is shown.
        grids: What is shown beside the frame.
        topic: Image topic.
        start: Skip the first seconds (s).
        duration: Stop after so many (s).
        every: Only each nth frame.
        fps: Of pictures without times.
        driver: Topic of the driver's steering.
        wheelbase: Of the car (m), for a driver's twists.
        explain_worst: How many moments of largest disagreement are explained.
        bag_images: How overlays are kept in the bag.
        prefix: What the new topics of the bag begin with.
    """

    model: str
    sha256: Mapping[str, str]
    profile: PilotProfile
    views: tuple[View, ...]
    grids: tuple[GridView, ...] = ()
    topic: str | None = None
    start: float | None = None
    duration: float | None = None
    every: int = 1
    fps: float = 30.0
    driver: str | None = None
    wheelbase: float | None = None
    explain_worst: int = 0
    bag_images: str = 'jpeg'
    prefix: str = '/featuremap'

    def digest(self) -> str:
        """Return what changes when anything does that the result depends on."""
        options = {**asdict(self), 'model': None}
        text = json.dumps(options, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceJob:
    """One race.

    Attributes:
        name: Its folder in the season's.
        source: A path or URL.
        out: The season's folder, a path or URL.
        options: How it is rendered.
        restart: Whether it is rendered although it has been.
        version: Of this package.
    """

    name: str
    source: str
    out: str
    options: RenderOptions
    restart: bool = False
    version: str = __version__

    def identity(self) -> dict[str, Any]:
        """Return by what a finished render of this job is recognised.

        Raises:
            SourceError: The source cannot be read.
        """
        return {
            'source': fingerprint(self.source),
            'model': dict(self.options.sha256),
            'options': self.options.digest(),
        }
