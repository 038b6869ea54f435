# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race with a driver, on which a network is tried in many ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.fit import Driver, MARGIN
from featuremap_ros.proposing.trial import Trial
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.source import Source
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import InputSpec

_Key = TypeVar('_Key')

SHARES = 'shares of full steering'
UNITS = {'radians': 1.0, 'degrees': math.radians(1)}
"""What else a network may steer in, in radians."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is driven, by whom, and on which race.

    Attributes:
        engine: The network.
        source: The race.
        track: What its driver did.
        limit: Of the wheels (rad), if it is known.
        progress: Told the number of frames done.
        unit: What the network is taken to steer in: ``SHARES``, or one of ``UNITS``, which takes
            ``limit``.
    """

    engine: Engine
    source: Source
    track: DriverTrack
    limit: float | None
    progress: Callable[[int], None]
    unit: str = SHARES

    def steered(self, trial: Trial, spec: InputSpec, head: Head) -> NDArray[np.float64]:
        """Return what the car would have done, in shares of full steering, float64 (n,)."""
        if self.unit == SHARES or not self.limit:
            return trial.steered(spec, head)
        return trial.read(spec, head) * (UNITS[self.unit] / self.limit)

    def frames(self, count: int) -> Iterator[tuple[Image, float]]:
        """Yield frames that are spread over the race, and the driver's steering where known."""
        for frame in self.source.sample(count):
            if self.track.comparable(self.limit):
                steered = self.track.share_of(frame, self.limit)
            else:
                steered = self.track.at(frame.stamp_ns if frame.log_ns is None else frame.log_ns)
            if steered is not None:
                yield frame.image, steered

    def drive(
        self, frames: Iterable[tuple[Image, float]], specs: Mapping[_Key, InputSpec]
    ) -> tuple[Trial, Driver] | None:
        """Drive frames in many ways.

        Args:
            frames: Of ``frames``.
            specs: The ways to feed the network.

        Returns:
            ``None`` where no frame can be driven, or the driver never moves the wheel.
        """
        trial = Trial(self.engine, list(specs.values()))
        steered = []
        for image, angle in frames:
            self.progress(1)
            if trial.feed(image):
                steered.append(angle)
        full = 1.0 if self.track.comparable(self.limit) else None
        driver = Driver(np.array(steered), full)
        if not steered or driver.idle.max() < MARGIN:
            return None
        return trial, driver
