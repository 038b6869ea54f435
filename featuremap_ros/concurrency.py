# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Work on two cores: read ahead of a consumer, and finish behind a producer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
import queue
import threading
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar('T')

_END = object()


def read_ahead(items: Iterable[T], depth: int = 4) -> Generator[T, None, None]:
    """Iterate in another thread, at most ``depth`` items ahead of the consumer.

    Closing the generator stops the thread; what the iteration raises is raised to the consumer.

    Args:
        items: What to iterate over; only the other thread touches it while this runs.
        depth: Items kept ready.
    """
    ready: queue.Queue[Any] = queue.Queue(depth)
    stop = threading.Event()

    def offer(item: Any) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def produce() -> None:
        # The end is said here, not by a callback of the future: where the producer is done
        # first, a callback runs in the consumer's thread, which nobody then reads for.
        try:
            for item in items:
                offer(item)
                if stop.is_set():
                    return
        finally:
            offer(_END)

    with ThreadPoolExecutor(1, 'read_ahead') as pool:
        production = pool.submit(produce)
        try:
            while (item := ready.get()) is not _END:
                yield item
        finally:
            stop.set()
    production.result()


class Behind(Generic[T]):
    """A function that is called in another thread, in order, at most ``depth`` calls behind.

    A context manager: leaving it waits for the calls that were accepted. What a call raises is
    raised by the next ``put`` or on leaving, and later calls are dropped.
    """

    def __init__(self, call: Callable[[T], None], depth: int = 4) -> None:
        """Start the thread.

        Args:
            call: Takes one item.
            depth: Items that may wait.
        """
        self._call = call
        self._pool = ThreadPoolExecutor(1, 'behind')
        self._free = threading.BoundedSemaphore(depth)
        self._failure: BaseException | None = None

    def put(self, item: T) -> None:
        """Hand one item over, waiting for room."""
        self._raise_failure()
        self._free.acquire()
        self._pool.submit(self._work, item).add_done_callback(self._done)

    def close(self) -> None:
        """Wait for the calls that were accepted."""
        self._pool.shutdown(wait=True)
        self._raise_failure()

    def _work(self, item: T) -> None:
        """Run one call, unless an earlier one failed."""
        if self._failure is None:
            self._call(item)

    def _done(self, future: Future[None]) -> None:
        """Make room and keep the first failure."""
        self._failure = self._failure or future.exception()
        self._free.release()

    def _raise_failure(self) -> None:
        """Raise what a call raised, once."""
        failure, self._failure = self._failure, None
        if failure is not None:
            # Later items would be written behind a gap.
            self._call = _drop
            raise failure

    def __enter__(self) -> Behind[T]:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the calls that were accepted; a failure never hides the one under way."""
        try:
            self.close()
        except Exception:
            if error is None:
                raise


def _drop(_: Any) -> None:
    """Take the place of a call that failed."""
