# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Frames that could not be used: counted, the first of them with the reason, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
import logging
from typing import overload, TypeVar

from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.vision.frame import Frame

T = TypeVar('T')

_logger = logging.getLogger(__name__)

KEPT = 1000
"""Of how many frames the reason is kept; a damaged recording of hours has more bad ones."""
_TOLD = 5


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that was left out.

    Attributes:
        stamp_ns: When it was recorded, as far as that is known (ns).
        reason: Why it could not be used.
    """

    stamp_ns: int
    reason: str


def told(reasons: Iterable[str]) -> list[str]:
    """Return reasons for people: each once, sorted, and how many more there are than a few."""
    different = sorted(set(reasons))
    if len(different) > _TOLD:
        different[_TOLD:] = [f'and {len(different) - _TOLD} other reasons']
    return different


class SkippedFrames(Sequence[BadFrame]):
    """The first frames of those left out, and how many there were.

    Attributes:
        total: Frames left out, those that are not kept included.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.total = 0
        self._first: list[BadFrame] = []
        self._began_ns: int | None = None

    def begin(self, stamp_ns: int) -> None:
        """Say when the race begins, from which the logged time counts; the first call counts.

        Args:
            stamp_ns: Of its first frame (ns).
        """
        if self._began_ns is None:
            self._began_ns = stamp_ns

    def note(self, stamp_ns: int, reason: object) -> None:
        """Add a frame; the first is logged.

        Args:
            stamp_ns: When the frame was recorded (ns).
            reason: Why it could not be used.
        """
        if not self.total:
            self.begin(stamp_ns)
            _logger.warning(
                'The frame at %.3f s cannot be used and is left out, as others like it will be: '
                '%s',
                (stamp_ns - (self._began_ns or 0)) / 1e9,
                reason,
            )
        self.total += 1
        if len(self._first) < KEPT:
            self._first.append(BadFrame(stamp_ns, str(reason)))

    def sift(
        self, frames: Iterable[Frame], use: Callable[[Frame], T]
    ) -> Iterator[tuple[Frame, T]]:
        """Use frames; those that cannot be used are noted and passed over.

        Args:
            frames: In order.
            use: Raises ``BadFrameError`` or ``NotFiniteError`` for a frame that it cannot use.

        Yields:
            Every other frame, and what came of it.
        """
        for frame in frames:
            self.begin(frame.stamp_ns)
            try:
                found = use(frame)
            except (BadFrameError, NotFiniteError) as error:
                self.note(frame.stamp_ns, error)
            else:
                yield frame, found

    def clear(self) -> None:
        """Forget all."""
        self.total = 0
        self._first.clear()
        self._began_ns = None

    @overload
    def __getitem__(self, index: int) -> BadFrame: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[BadFrame]: ...

    def __getitem__(self, index: int | slice) -> BadFrame | Sequence[BadFrame]:
        """Return one that was kept, or several."""
        return self._first[index]

    def __len__(self) -> int:
        """Return how many were kept."""
        return len(self._first)
