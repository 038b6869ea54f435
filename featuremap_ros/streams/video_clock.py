# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From time stamps of all kinds to the ascending times that a video needs."""

from __future__ import annotations

from fractions import Fraction

TICKS = Fraction(1, 90_000)
"""The unit of time in videos (s)."""
LONGEST_GAP = 3600 * 90_000
LARGEST_STEP_BACK = 90_000


class VideoClock:
    """Times of a video's frames.

    The first frame is at 0 and every other at its true distance from it, rounded to a tick
    (11 microseconds). A frame that is not later than the one before is shown one tick after
    it. Where the source's clock was set, that is when time goes back by more than a second or
    leaps ahead by more than an hour, the video goes on at its usual pace.

    Attributes:
        nudged: Number of frames that are not shown at their true time.
        interval: The latest distance between two frames (ticks); 1/30 s before there is one.
    """

    def __init__(self) -> None:
        """Start before the first frame."""
        self.nudged = 0
        self.interval = 3000
        self._origin_ns: int | None = None
        self._offset = 0
        self._last = -1

    def tick(self, stamp_ns: int) -> int:
        """Return when to show a frame.

        Args:
            stamp_ns: When it was taken (ns).

        Returns:
            Time in the video (ticks), later than all before.
        """
        if self._origin_ns is None:
            self._origin_ns = stamp_ns
            self._last = 0
            return 0
        # Whole numbers throughout: floats lose nanoseconds since 1970.
        true = self._offset + ((stamp_ns - self._origin_ns) * 9 + 50_000) // 100_000
        step = true - self._last
        if step <= -LARGEST_STEP_BACK or step > LONGEST_GAP:
            self.nudged += 1
            self._last += self.interval
            self._origin_ns, self._offset = stamp_ns, self._last
        elif step <= 0:
            self.nudged += 1
            self._last += 1
        else:
            self.interval = step
            self._last = true
        return self._last
