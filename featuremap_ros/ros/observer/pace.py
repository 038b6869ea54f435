# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the observer keeps up with what is asked of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import statistics
import threading
import time

_RECENT = 5


@dataclass(frozen=True, slots=True)
class PaceReport:
    """The last rounds.

    Attributes:
        resting: Whether nobody asks for anything.
        rounds: Since the start.
        seconds: Duration of a round without judgements (s): the median of the last ones, or what
            the one under way has taken so far if that is more; ``None`` before the first.
        judging: Duration of the last judgement of a view (s); ``None`` before the first.
        costs: Time that each view took last (s), by token.
        refused: Why views cannot be computed, by token.
        error: The last one; empty if the rounds go on.
        waiting: How long the observer has been busy with one request (s); 0 while it is not.
    """

    resting: bool
    rounds: int
    seconds: float | None
    judging: float | None
    costs: Mapping[str, float]
    refused: Mapping[str, str]
    error: str
    waiting: float = 0.0

    def missed(self, rate: float) -> str:
        """Say that a rate cannot be met; empty if it can.

        Args:
            rate: Rounds per second (Hz).
        """
        if self.resting or not rate or self.seconds is None or self.seconds * rate <= 1:
            return ''
        dear = sorted(self.costs.items(), key=lambda item: -item[1])
        parts = ', '.join(f'{token} {seconds:.2g} s' for token, seconds in dear)
        return (
            f'slow_rate {rate:g} Hz cannot be met: a round takes {self.seconds:.2g} s'
            f' ({parts or "filters"})'
        )


class Pace:
    """Times rounds and their steps; one thread counts, another reads."""

    def __init__(self) -> None:
        """Begin at rest."""
        self._lock = threading.Lock()
        self._rounds = 0
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._this = 0.0
        self._judging: float | None = None
        self._costs: dict[str, float] = {}
        self._refused: dict[str, str] = {}
        self._error = ''
        self._resting = True
        self._asked: float | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Time one request, of whatever kind."""
        self._asked = time.monotonic()
        try:
            yield
        finally:
            self._asked = None

    def rest(self) -> None:
        """Note that nobody asks for anything."""
        with self._lock:
            self._resting = True
            self._recent.clear()
            self._costs, self._refused = {}, {}

    def step(self, kind: str, token: str, seconds: float, refused: str) -> None:
        """Note a step of a round.

        Args:
            kind: ``'paint'``, ``'judge'`` or ``'filters'``.
            token: Of the view.
            seconds: How long it took.
            refused: Why it cannot be computed; empty if it can.
        """
        with self._lock:
            self._resting, self._error = False, ''
            if kind == 'judge':
                self._judging = seconds
                return
            self._this += seconds
            if kind == 'paint':
                self._costs[token] = seconds
                self._refused.pop(token, None)
                if refused:
                    self._refused[token] = refused

    def round(self) -> None:
        """Note the end of a round."""
        with self._lock:
            self._rounds += 1
            self._recent.append(self._this)
            self._this = 0.0

    def failed(self, text: str) -> None:
        """Note why a round came to nothing."""
        with self._lock:
            self._error, self._this = text, 0.0

    def report(self) -> PaceReport:
        """Return what is known now."""
        with self._lock:
            asked = self._asked
            usual = statistics.median(self._recent) if self._recent else 0.0
            return PaceReport(
                self._resting,
                self._rounds,
                max(usual, self._this) or None,
                self._judging,
                dict(self._costs),
                dict(self._refused),
                self._error,
                0.0 if asked is None else time.monotonic() - asked,
            )
