# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C between two frames instead of in the middle of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import signal
from typing import Any, NoReturn

STOPPED_CODE = 130
"""Exit code of what was stopped with Ctrl-C before its end: 128 and the number of SIGINT."""


@contextmanager
def interrupt_between_frames(progress: Callable[[int], Any]) -> Iterator[Callable[[int], None]]:
    """Hold Ctrl-C back until the frame under way is in every file.

    A second Ctrl-C ends a long frame at once. After that the files are closed: whoever presses
    on would only lose what they hold.

    Args:
        progress: Called with the number of frames done.

    Yields:
        What to call after every frame: it passes the number on, and raises ``KeyboardInterrupt``
        if Ctrl-C was pressed.
    """
    pressed = stopping = False
    before = signal.getsignal(signal.SIGINT)

    def stop() -> NoReturn:
        nonlocal stopping
        stopping = True
        raise KeyboardInterrupt

    def hold_back(_: int, __: Any) -> None:
        nonlocal pressed
        if pressed and not stopping:
            stop()
        pressed = True

    def after_frame(count: int) -> None:
        progress(count)
        if pressed:
            stop()

    signal.signal(signal.SIGINT, hold_back)
    try:
        yield after_frame
    finally:
        signal.signal(signal.SIGINT, before)
