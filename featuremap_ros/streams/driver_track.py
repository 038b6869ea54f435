# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the driver did: the steering that was recorded beside the pictures."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from featuremap_ros.vision.frame import Frame


@dataclass(frozen=True, slots=True)
class DriverTrack:
    """Recorded steering.

    Attributes:
        topic: Where it was recorded.
        stamps_ns: Log times (ns), ascending; of a tub the stamps of its frames.
        angles: Steering, + = left: angles (rad), or shares of full steering.
        in_shares: Whether they are shares: -1 to 1 instead of radians.
        limit: Of the wheels (rad), which makes angles of shares; ``None`` where it is not known.
        within_ns: How far the angle that belongs to a frame may be away (ns).
    """

    topic: str
    stamps_ns: tuple[int, ...]
    angles: tuple[float, ...]
    in_shares: bool = False
    limit: float | None = None
    within_ns: int = 200_000_000

    def at(self, stamp_ns: int) -> float | None:
        """Return the angle (rad) recorded nearest to a time.

        Args:
            stamp_ns: Log time (ns).

        Returns:
            ``None`` if nothing is near, or for shares without a limit of the wheels.
        """
        recorded = self._nearest(stamp_ns)
        if recorded is None or not self.in_shares:
            return recorded
        return None if self.limit is None else recorded * self.limit

    def comparable(self, limit: float | None) -> bool:
        """Whether it can be compared with a pilot whose limit of the wheels (rad) is this."""
        return self.in_shares or limit is not None

    def share(self, stamp_ns: int, limit: float | None) -> float | None:
        """Return the steering recorded nearest to a time as a share of full steering, + = left.

        Args:
            stamp_ns: Log time (ns).
            limit: Of the wheels (rad), if it is known.

        Returns:
            ``None`` if nothing is near, or for angles without a limit of the wheels.
        """
        recorded = self._nearest(stamp_ns)
        if recorded is None or self.in_shares:
            return recorded
        return None if limit is None else recorded / limit

    def share_of(self, frame: Frame, limit: float | None) -> float | None:
        """Return what was recorded at a frame, as a share of full steering; see ``share``."""
        return self.share(frame.stamp_ns if frame.log_ns is None else frame.log_ns, limit)

    def _nearest(self, stamp_ns: int) -> float | None:
        right = bisect_left(self.stamps_ns, stamp_ns)
        near = [i for i in (right - 1, right) if 0 <= i < len(self.stamps_ns)]
        best = min(near, key=lambda i: abs(self.stamps_ns[i] - stamp_ns), default=None)
        if best is None or abs(self.stamps_ns[best] - stamp_ns) > self.within_ns:
            return None
        return self.angles[best]
