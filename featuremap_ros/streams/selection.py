# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which part of a source is wanted: start, duration, every n-th frame."""

from __future__ import annotations

from dataclasses import dataclass

from featuremap_ros.errors import SourceError

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a source.

    Attributes:
        start: Where it begins (s after the source's beginning); ``None``: at the beginning.
        duration: How long it lasts (s); ``None``: to the end.
        every: Take every n-th frame of it.
    """

    start: float | None = None
    duration: float | None = None
    every: int = 1

    def __post_init__(self) -> None:
        """Refuse what selects nothing.

        Raises:
            SourceError: A negative start, no duration, or ``every`` below 1.
        """
        if self.start is not None and not 0 <= self.start < 2**31:
            raise SourceError(f'start must be 0 s or later, got {self.start}.')
        if self.duration is not None and not 0 < self.duration < 2**31:
            raise SourceError(f'duration must be above 0 s, got {self.duration}.')
        if self.every < 1:
            raise SourceError(f'every must be 1 (all frames) or more, got {self.every}.')

    def range_ns(self, begin_ns: int) -> tuple[int | None, int | None]:
        """Return the first time that belongs to the part and the first after it.

        Args:
            begin_ns: When the source begins (ns).

        Returns:
            Start and stop (ns); ``None`` where the part is open.
        """
        start = None if self.start is None else begin_ns + round(self.start * NS)
        stop = None
        if self.duration is not None:
            stop = (begin_ns if start is None else start) + round(self.duration * NS)
        return start, stop


def evenly(total: int, count: int) -> list[int]:
    """Choose positions that are spread evenly, the first and the last among them.

    Args:
        total: Number of positions there are.
        count: Number of positions wanted at most.

    Returns:
        Ascending positions in 0..total-1, all of them if there are no more than wanted.
    """
    if total <= count:
        return list(range(total))
    if count < 2:
        return [total // 2] * count
    return [position * (total - 1) // (count - 1) for position in range(count)]
