# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node did, counted; read once a second for the diagnostics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
import threading
import time


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What happened since the last one, and since the start.

    Attributes:
        seconds: Since the last snapshot.
        counts: Since the start, by name.
        recent: The same since the last snapshot.
        samples: Values taken since the last snapshot, by name.
        last_error: Text of the last error; empty if there was none.
    """

    seconds: float
    counts: Mapping[str, int]
    recent: Mapping[str, int]
    samples: Mapping[str, list[float]]
    last_error: str

    def rate(self, name: str) -> float:
        """Return how often something happened since the last snapshot (Hz)."""
        return self.recent.get(name, 0) / self.seconds

    def percentile(self, name: str, percent: int) -> float | None:
        """Return a percentile (nearest rank) of the samples; ``None`` without samples."""
        ordered = sorted(self.samples.get(name, ()))
        return ordered[round((len(ordered) - 1) * percent / 100)] if ordered else None


class Statistics:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._samples: dict[str, list[float]] = {}
        self._since = time.monotonic()
        self._last_error = ''

    def count(self, name: str) -> None:
        """Count one event."""
        with self._lock:
            self._counts[name] += 1

    def sample(self, name: str, value: float) -> None:
        """Note a value."""
        with self._lock:
            self._samples.setdefault(name, []).append(value)

    def error(self, name: str, text: str) -> None:
        """Count an error and keep its text."""
        with self._lock:
            self._counts[name] += 1
            self._last_error = text

    def snapshot(self) -> Snapshot:
        """Return what happened, and begin anew."""
        with self._lock:
            now = time.monotonic()
            taken = Snapshot(
                max(now - self._since, 1e-6),
                dict(self._counts),
                dict(self._counts - self._before),
                self._samples,
                self._last_error,
            )
            self._since, self._samples, self._before = now, {}, self._counts.copy()
            return taken
