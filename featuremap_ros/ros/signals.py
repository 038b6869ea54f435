# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SIGINT and SIGTERM as a wish to end, however often they come."""

from __future__ import annotations

import signal
from types import FrameType


class Signals:
    """Turns SIGINT and SIGTERM into a flag.

    ROS's own handlers would close the context at once, and the car could no longer be told to
    stop.

    Attributes:
        stopped: Whether one has come.
    """

    def __init__(self) -> None:
        """Take over both signals."""
        self.stopped = False
        self._starting = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def started(self) -> None:
        """From now on only note signals: the main loop looks at ``stopped``."""
        self._starting = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        if self._starting:
            self._starting = False
            raise KeyboardInterrupt
