# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A place for exactly one message: the newest."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar('T')


class Mailbox(Generic[T]):
    """Hands the newest item from one thread to another and counts what nobody took.

    A queue would make every picture older while the reader is busy; this keeps one.
    """

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._item: T | None = None
        self._dropped = 0
        self._closed = False

    @property
    def dropped(self) -> int:
        """How many items were replaced before they were taken."""
        return self._dropped

    def put(self, item: T) -> None:
        """Leave an item, in place of one that still waits; never blocks on the reader."""
        with self._filled:
            self._dropped += self._item is not None
            self._item = item
            self._filled.notify()

    def take(self) -> T | None:
        """Wait for an item and take it.

        Returns:
            The item, or ``None`` once the mailbox is closed.
        """
        with self._filled:
            self._filled.wait_for(lambda: self._item is not None or self._closed)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> None:
        """Let the reader go, now and from now on."""
        with self._filled:
            self._closed = True
            self._filled.notify_all()
