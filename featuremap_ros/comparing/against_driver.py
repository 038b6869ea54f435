# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A pilot beside the driver whose race it sees: needle, figures, chart, worst moments."""

from __future__ import annotations

from dataclasses import asdict
import logging
import math
from pathlib import Path
from typing import Any

from featuremap_ros.errors import SourceError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.write import write_png
from featuremap_ros.trust.driver_chart import draw_driver_chart
from featuremap_ros.trust.driver_error import DriverComparison
from featuremap_ros.vision.annotate import draw_driver
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.why.moments import largest_errors, WorstMoment

CHART = 'driver.png'
DRIVER, DRIVER_ANGLE = 'driver', 'driver_angle'
"""Columns: as the model counts its steering, and the angle (rad), + left."""

_logger = logging.getLogger(__name__)


def driver_beside(
    source: Source, topic: str | None, limit: float | None, wheelbase: float | None = None
) -> DriverTrack | None:
    """Return the driver to compare with; one that cannot be read is left out if nobody asked.

    Args:
        source: The race.
        topic: What was asked for, if anything.
        limit: Of the wheels (rad), if it is known.
        wheelbase: Of the car (m); without it twists tell no steering.

    Raises:
        SourceError: What was asked for cannot be read.
        UnknownNameError: There is nothing of that name.
    """
    try:
        return driver_of(source, topic, limit, wheelbase=wheelbase)
    except SourceError as error:
        if topic is not None:
            raise
        _logger.warning('The pilot is not compared with the driver: %s', error)
        return None


class AgainstDriver:
    """Compares frame by frame: angles, or shares of full steering where its angle is not known."""

    def __init__(self, track: DriverTrack, profile: PilotProfile) -> None:
        """Begin without frames.

        Args:
            track: What was recorded.
            profile: Of the pilot.
        """
        self._track = track
        self._limit = profile.max_steering_angle
        self._left = profile.heads['steering'].left
        self._seen = DriverComparison(angular=self._limit is not None)

    def take(self, frame: Frame, steering: Steering) -> float | None:
        """Compare one frame.

        Args:
            frame: The camera's frame; joined by its log time where it has one.
            steering: What the pilot decided on it.

        Returns:
            What the driver did, as a share of full steering, + left; ``None`` if nothing was
            recorded near the frame, or angles whose share of full steering is not known.
        """
        share = self._track.share_of(frame, self._limit)
        if share is not None:
            scale = self._limit or 1.0
            self._seen.add(frame.stamp_ns, scale * self._left * steering.value, scale * share)
        return share

    def angle(self, share: float) -> float | None:
        """Return the driver's steering angle (rad), + left; ``None`` where it is not known."""
        return None if self._limit is None else self._limit * share

    def cells(self, share: float) -> dict[str, float | None]:
        """Return what the driver did, by the column of the table.

        Args:
            share: As ``take`` returned it.
        """
        return {DRIVER: self._left * share, DRIVER_ANGLE: self.angle(share)}

    def draw(self, image: Image, share: float, steering: Steering) -> None:
        """Draw the driver's needle into a dial with the pilot's.

        Args:
            image: RGB, uint8 (H, W, 3); drawn into.
            share: What the driver did, as a share of full steering, + left.
            steering: What the pilot decided there.
        """
        angle = self.angle(share)
        size = f'{abs(share):.2f}' if angle is None else f'{math.degrees(abs(angle)):.0f} deg'
        side = 'left' if share > 0 else 'right'
        straight = not float(size.split()[0])
        text = 'driver straight' if straight else f'driver {size} {side}'
        draw_driver(image, share, text, pilot=self._left * steering.value)

    def worst(self, count: int) -> list[WorstMoment]:
        """Return the moments of largest disagreement, worst first.

        Args:
            count: How many.
        """
        errors = self._seen.pilot - self._seen.driver
        return largest_errors(self._seen.stamps_ns, errors, count, full_scale=self._limit or 1.0)

    def summary(self) -> dict[str, Any]:
        """Return the figures (+ = pilot too far left) and their unit, or why there are none."""
        found = self._seen.error()
        if found is not None:
            data = asdict(found)
            angular = data.pop('angular')
            return {
                'topic': self._track.topic,
                'unit': 'rad' if angular else 'share of full steering',
                **{k: round(v, 6) if isinstance(v, float) else v for k, v in data.items()},
                'in_words': found.in_words(),
            }
        reason = 'nothing was recorded near any frame'
        if not self._track.comparable(self._limit):
            reason = 'the limit of the wheels is not known: give --max-steering-angle'
        return {'topic': self._track.topic, 'frames': 0, 'reason': reason}

    def write_chart(self, folder: Path) -> None:
        """Write the race as a chart; nothing, if no frame could be compared.

        Raises:
            SinkError: It cannot be written.
        """
        seen = self._seen
        if seen.error() is not None:
            chart = draw_driver_chart(
                seen.stamps_ns, seen.pilot, seen.driver, angular=seen.angular
            )
            write_png(folder / CHART, chart)
