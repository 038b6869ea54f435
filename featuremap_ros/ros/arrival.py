# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A message with the moments at which it came in."""

from __future__ import annotations

from dataclasses import dataclass
import time
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that has just come in.

    Attributes:
        message: ``sensor_msgs/Image`` or ``CompressedImage``.
        clock_ns: The node's clock then (ns); it follows ``/clock`` if the node does.
        steady_ns: ``time.monotonic_ns()`` then.
    """

    message: Any
    clock_ns: int
    steady_ns: int

    @classmethod
    def now(cls, message: Any, clock_ns: int) -> Arrival:
        """Note when a message came in."""
        return cls(message, clock_ns, time.monotonic_ns())

    @property
    def stamp_ns(self) -> int:
        """Time of acquisition, as the header says (ns)."""
        stamp = self.message.header.stamp
        return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)

    @property
    def taken_ns(self) -> int:
        """When the image was taken (ns): its stamp, or its arrival where the camera sets none.

        Images are kept, and maps compared, by their times: those must differ.
        """
        return stamp if (stamp := self.stamp_ns) > 0 else self.clock_ns
