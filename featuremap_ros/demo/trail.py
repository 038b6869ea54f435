# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The path that the car has taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import math

from featuremap_ros.demo.track import Pose

SPACING = 0.1
"""Between two poses that are kept (m)."""

LENGTH = 300
"""How many poses are kept; the oldest goes."""


class Trail:
    """Poses at even distances, oldest first."""

    def __init__(self) -> None:
        """Begin anew."""
        self._poses: deque[Pose] = deque(maxlen=LENGTH)

    def __iter__(self) -> Iterator[Pose]:
        """Give the poses, oldest first."""
        return iter(self._poses)

    def follow(self, pose: Pose) -> None:
        """Keep a pose if the car has come far enough.

        Args:
            pose: Of base_link now.
        """
        last = self._poses[-1] if self._poses else None
        if last is None or math.hypot(pose.x - last.x, pose.y - last.y) >= SPACING:
            self._poses.append(pose)

    def clear(self) -> None:
        """Forget the path: the car was put elsewhere."""
        self._poses.clear()
