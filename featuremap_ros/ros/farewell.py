# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What must be waited for before topics are withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
import time

from rclpy.duration import Duration
from rclpy.publisher import Publisher


def wait_for_readers(publishers: Iterable[Publisher], seconds: float) -> None:
    """Wait until the reliable subscribers have the last messages.

    Args:
        publishers: Of these messages.
        seconds: To wait at most, for all of them together (s).
    """
    until = time.monotonic() + seconds
    for publisher in publishers:
        left = max(until - time.monotonic(), 0.0)
        publisher.wait_for_all_acked(Duration(seconds=left))
