# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive two pilots through the same frames."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.trust.driver_error import driver_error, DriverError
from featuremap_ros.vision.frame import Frame


class TwoDrives:
    """What two pilots, and the driver, did on the frames that both could be driven on.

    Attributes:
        angular: Whether all is in radians, which needs both limits of the wheels; else in shares
            of full steering, each pilot's own.
        full_scale: Full steering to one side in that unit, the larger of both.
        skipped: Frames that one of them could not be driven on.
    """

    def __init__(self, a: Pilot, b: Pilot, driver: DriverTrack | None = None) -> None:
        """Begin without frames.

        Args:
            a: The one pilot.
            b: The other.
            driver: What the driver did, if that was recorded.
        """
        limits = [pilot.profile.max_steering_angle for pilot in (a, b)]
        known = [limit for limit in limits if limit is not None]
        self.angular = len(known) == 2
        self.full_scale = max(known) if self.angular else 1.0
        self.skipped = SkippedFrames()
        self._pilots = (a, b)
        self._driver = driver
        self._limit = known[0] if known else None
        self._stamps = array('q')
        self._columns = tuple(array('d') for _ in range(5))

    def drive(self, frames: Iterable[Frame]) -> None:
        """Drive frames, in order; a frame that one pilot cannot be fed is left out for both."""

        def steer(frame: Frame) -> list[tuple[float, float | None]]:
            return [self._steer(pilot, frame) for pilot in self._pilots]

        for frame, both in self.skipped.sift(frames, steer):
            self._stamps.append(frame.stamp_ns)
            driver = self._driven(frame)
            row = (both[0][0], both[1][0], driver, both[0][1], both[1][1])
            for column, value in zip(self._columns, row, strict=True):
                column.append(math.nan if value is None else value)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self._stamps)

    @property
    def stamps_ns(self) -> NDArray[np.int64]:
        """Stamps of the frames (ns), int64 (n,)."""
        return np.array(self._stamps, np.int64)

    @property
    def steering(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each pilot did, + left, each float64 (n,)."""
        return np.array(self._columns[0]), np.array(self._columns[1])

    @property
    def driver(self) -> NDArray[np.float64]:
        """What the driver did, + left, float64 (n,); NaN where that is not known."""
        return np.array(self._columns[2])

    @property
    def confidence(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probability of what each decided, each float64 (n,); NaN for a regression."""
        return np.array(self._columns[3]), np.array(self._columns[4])

    def difference(self) -> DriverError:
        """Return the statistics of the first pilot's steering minus the second's."""
        return driver_error(*self.steering, angular=self.angular)

    def from_driver(self) -> tuple[DriverError, DriverError] | None:
        """Return the statistics of each pilot's distance from the driver, if there is one."""
        known = np.isfinite(self.driver)
        if not known.any():
            return None
        a, b = (
            driver_error(steered[known], self.driver[known], angular=self.angular)
            for steered in self.steering
        )
        return a, b

    def _steer(self, pilot: Pilot, frame: Frame) -> tuple[float, float | None]:
        steering = pilot.forward(frame).steering
        if self.angular and steering.angle is not None:
            return steering.angle, steering.confidence
        return pilot.profile.leftward(steering), steering.confidence

    def _driven(self, frame: Frame) -> float | None:
        if self._driver is None:
            return None
        share = self._driver.share_of(frame, self._limit)
        if share is None or not self.angular or self._limit is None:
            return share
        return share * self._limit
