# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SIGINT, SIGTERM and SIGHUP as a request to end, however often they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
from types import FrameType

# The last one comes when a terminal is closed, or the ssh connection to the car breaks.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Turns SIGINT, SIGTERM and SIGHUP into a flag.

    ROS's own handlers would close the context at once, and the car could no longer be told to
    stop.

    Attributes:
        stopped: Whether one has come.
    """

    def __init__(self) -> None:
        """Take over the signals; a SIGHUP that is ignored, as by ``nohup``, stays ignored."""
        self.stopped = False
        self._importing = False
        self._starting = True
        for number in _ENDING:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)

    @contextmanager
    def importing(self) -> Iterator[None]:
        """While modules are imported, end the process at once, with 0: nothing has begun yet.

        An exception inside a compiled module's import would come out as an import that failed.
        And rclpy's wheels start Python anew, for the sake of their libraries. Handlers do not
        outlive that, and a signal would end the new Python in its own way before it has them;
        what is blocked stays blocked, and waits for them.
        """
        self._importing = True
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            self._importing = False

    def started(self) -> None:
        """From now on only note signals: the main loop looks at ``stopped``."""
        self._starting = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True
        if self._importing:
            os._exit(0)
        if self._starting:
            self._starting = False
            raise KeyboardInterrupt
