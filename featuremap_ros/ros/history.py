# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The images of the last seconds, and what was decided on them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
import threading

from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.vision.frame import Frame

_S = 1_000_000_000
# The newest, and the one before it, to see what flickers.
_LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An image that was driven on.

    Attributes:
        frame: The image.
        steering: What was decided.
    """

    frame: Frame
    steering: Steering


@dataclass(frozen=True, slots=True)
class Incident:
    """The images before an event.

    Attributes:
        reason: What happened.
        seen: In order of time, the last one at the moment itself.
    """

    reason: str
    seen: tuple[Seen, ...]


class History:
    """A ring buffer that one thread fills and others read; every call takes microseconds."""

    def __init__(self) -> None:
        """Begin without images."""
        self._lock = threading.Lock()
        self._seen: deque[Seen] = deque()
        self._bytes = 0
        self._incident: Incident | None = None

    def add(self, seen: Seen, *, seconds: float, most_bytes: int) -> None:
        """Keep an image, forget those that are too old, and thin the others out.

        Args:
            seen: Driven on just now; a stamp before the last one's begins anew.
            seconds: How long images are kept, by their stamps.
            most_bytes: Memory that they may take. Where all would take more, they are kept at
                even distances; the newest two are kept in any case.
        """
        with self._lock:
            if self._seen and seen.frame.stamp_ns < self._seen[-1].frame.stamp_ns:
                self._seen.clear()
                self._bytes = 0
            self._seen.append(seen)
            self._bytes += seen.frame.image.nbytes
            # From half full on: what comes must not push out what is old before its time.
            if len(self._seen) > _LEAST + 1 and 2 * self._bytes > most_bytes:
                places = most_bytes // seen.frame.image.nbytes - _LEAST
                if self._between_ns() * places < seconds * _S:
                    self._forget(-_LEAST - 1)
            oldest_ns = seen.frame.stamp_ns - round(seconds * _S)
            while len(self._seen) > _LEAST and (
                self._seen[0].frame.stamp_ns < oldest_ns or self._bytes > most_bytes
            ):
                self._forget(0)

    def _between_ns(self) -> int:
        """Return how far the last image before the newest two is from the one before it."""
        before, last = (self._seen[-_LEAST - i].frame.stamp_ns for i in (2, 1))
        return last - before

    def _forget(self, place: int) -> None:
        """Forget one image."""
        self._bytes -= self._seen[place].frame.image.nbytes
        del self._seen[place]

    def newest(self) -> tuple[Seen | None, Seen | None]:
        """Return the newest image and the one before it, as far as there are any."""
        with self._lock:
            newest = self._seen[-1] if self._seen else None
            return newest, self._seen[-2] if len(self._seen) > 1 else None

    def at(self, stamp_ns: int) -> Seen:
        """Return the image whose stamp is the nearest.

        Args:
            stamp_ns: Which (ns); 0 for the newest.

        Raises:
            UnsupportedError: There is no image yet, or none of that time any more.
        """
        with self._lock:
            seen = tuple(self._seen)
        if not seen:
            msg = 'No image has been driven on yet.'
            raise UnsupportedError(msg)
        if not stamp_ns:
            return seen[-1]
        first, last = seen[0].frame.stamp_ns, seen[-1].frame.stamp_ns
        if not first <= stamp_ns <= last:
            msg = (
                f'The image of {stamp_ns} ns is not in the history, which holds {len(seen)} '
                f'images from {first} to {last} ns: set explain_stamp to one of these or to 0, '
                'or keep more with history and history_memory.'
            )
            raise UnsupportedError(msg)
        return min(seen, key=lambda one: abs(one.frame.stamp_ns - stamp_ns))

    def keep(self, reason: str) -> bool:
        """Set the images so far aside, in place of those that were set aside before.

        An event within a second of the last one belongs to it.

        Args:
            reason: What has happened.

        Returns:
            Whether they were set aside.
        """
        with self._lock:
            if not self._seen:
                return False
            before, newest = self._incident, self._seen[-1]
            if before is not None:
                since_ns = newest.frame.stamp_ns - before.seen[-1].frame.stamp_ns
                if before.seen[-1] in self._seen and since_ns < _S:
                    return False
            self._incident = Incident(reason, tuple(self._seen))
            return True

    def incident(self) -> Incident:
        """Return the images that were set aside last, or else the images so far.

        Raises:
            UnsupportedError: There is no image yet.
        """
        with self._lock:
            if self._incident is None and not self._seen:
                msg = 'No image has been driven on yet.'
                raise UnsupportedError(msg)
            return self._incident or Incident('it was asked for', tuple(self._seen))

    def forget(self, incident: Incident) -> None:
        """Let go of images that were set aside; others that were set aside since stay.

        Args:
            incident: As it was returned.
        """
        with self._lock:
            if self._incident is incident:
                self._incident = None
