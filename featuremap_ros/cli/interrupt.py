# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C between two frames instead of in the middle of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import signal
from typing import Any


@contextmanager
def interrupt_between_frames(progress: Callable[[int], Any]) -> Iterator[Callable[[int], None]]:
    """Hold Ctrl-C back until the frame under way is in every file.

    A second Ctrl-C is not held back.

    Args:
        progress: Called with the number of frames done.

    Yields:
        What to call after every frame: it passes the number on, and raises ``KeyboardInterrupt``
        if Ctrl-C was pressed.
    """
    pressed = False
    before = signal.getsignal(signal.SIGINT)

    def hold_back(_: int, __: Any) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    def after_frame(count: int) -> None:
        progress(count)
        if pressed:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, hold_back)
    try:
        yield after_frame
    finally:
        signal.signal(signal.SIGINT, before)
