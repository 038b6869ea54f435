# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which filters of a layer do nothing, always the same, or the same as another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.autocorrelation import effective_count
from featuremap_ros.trust.filters import FilterStatistics

ENOUGH_FRAMES = 500
"""Frames before a filter that was always silent is called dead."""
DEAD, SILENT = 'dead', 'silent'
"""Marks of filters that were never active."""

_HARDLY_ACTIVE = 0.001
_SATURATED_SHARE = 0.99
_SATURATED_VARIATION = 0.01
_DUPLICATE = 0.98


class Level(Enum):
    """How a layer is, in the words of ``/diagnostics``."""

    OK = 'OK'
    WARN = 'WARN'
    ERROR = 'ERROR'
    STALE = 'STALE'


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter.

    Attributes:
        index: Of the channel.
        mean: Mean activation.
        maximum: Largest activation.
        deviation: Standard deviation of the activation.
        active_share: Share of active cells, 0..1.
        silent_share: Share of frames without an active cell, 0..1.
        autocorrelation: Of its maximum from frame to frame; ``None`` where it never changed.
        silent: In every frame so far.
        dead: Silent in at least ``ENOUGH_FRAMES`` frames, or provably.
        provably_dead: No picture can make it active.
        bound: With 95 % confidence a dead filter is active in a smaller share of the frames than
            this; 0 if provably dead, ``None`` if not dead.
        saturated: Active on more than 99 % of the cells, and always nearly alike.
        duplicates: Filters that correlate with it by at least 0.98, or at most -0.98.
    """

    index: int
    mean: float
    maximum: float
    deviation: float
    active_share: float
    silent_share: float
    autocorrelation: float | None
    silent: bool
    dead: bool
    provably_dead: bool
    bound: float | None
    saturated: bool
    duplicates: tuple[int, ...]

    @property
    def sparsity(self) -> float:
        """Share of cells that are zero, 0..1."""
        return 1 - self.active_share

    @property
    def hardly_active(self) -> bool:
        """Whether it is neither silent nor active on one cell in a thousand."""
        return not self.silent and self.active_share < _HARDLY_ACTIVE

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said about it; nothing about a healthy filter."""
        texts = []
        if self.provably_dead:
            texts.append('provably dead')
        elif self.dead:
            texts.append(f'dead (fires in < {100 * (self.bound or 0):.2g} % of frames)')
        elif self.silent:
            texts.append('silent so far')
        elif self.hardly_active:
            texts.append('hardly active')
        if self.saturated:
            texts.append('saturated')
        if self.duplicates:
            texts.append(f'same as {", ".join(map(str, self.duplicates))}')
        return tuple(texts)

    @property
    def mark(self) -> str:
        """The worst of it in one word, for the channel's picture; empty if it is healthy."""
        words = {
            DEAD: self.dead,
            SILENT: self.silent,
            'rare': self.hardly_active,
            'saturated': self.saturated,
            f'= {min(self.duplicates, default=0)}': bool(self.duplicates),
        }
        return next((word for word, holds in words.items() if holds), '')


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """All filters of one layer.

    Attributes:
        frames: Frames that were seen.
        filters: By index.
        proof: Whether it was computed which filters no picture can make active.
    """

    frames: int
    filters: tuple[Filter, ...]
    proof: bool

    @property
    def enough(self) -> bool:
        """Whether enough frames were seen to call silent filters dead."""
        return self.frames >= ENOUGH_FRAMES

    @property
    def marks(self) -> dict[int, str]:
        """Words for the channels that are not healthy; see ``draw_grid``."""
        return {one.index: one.mark for one in self.filters if one.mark}

    @property
    def level(self) -> Level:
        """ERROR: all filters are dead; WARN: some are, or are hardly active; else OK.

        STALE where frames are missing and nothing is proved.
        """
        if all(f.dead for f in self.filters):
            return Level.ERROR
        if any(f.provably_dead for f in self.filters):
            return Level.WARN
        if not self.enough:
            return Level.STALE
        faulty = any(f.dead or f.hardly_active for f in self.filters)
        return Level.WARN if faulty else Level.OK

    @property
    def message(self) -> str:
        """One line about the layer."""
        dead = sum(f.dead for f in self.filters)
        proved = sum(f.provably_dead for f in self.filters)
        how = '' if not proved else ' (proved)' if proved == dead else f' ({proved} proved)'
        kinds = {
            f'dead{how}': dead,
            'silent so far': sum(f.silent and not f.dead for f in self.filters),
            'hardly active': sum(f.hardly_active for f in self.filters),
            'saturated': sum(f.saturated for f in self.filters),
            'alike': sum(bool(f.duplicates) for f in self.filters),
        }
        found = [f'{count} {kind}' for kind, count in kinds.items() if count]
        text = f'{", ".join(found)} of {len(self.filters)} filters' if found else ''
        if self.enough:
            return text or 'all filters work'
        missing = f'not enough frames ({self.frames} of {ENOUGH_FRAMES})'
        return f'{missing}: {text}' if text else missing


def judge_filters(
    statistics: FilterStatistics, proved: NDArray[np.bool_] | None = None
) -> LayerVerdict:
    """Judge every filter of a layer.

    The bound on a dead filter is the rule of three, 3 / N, with N the effective number of frames.
    A dead filter's own frames cannot tell how alike neighbours are, so the most persistent living
    filter of the layer stands for it, which makes the bound cautious.

    Args:
        statistics: What was seen.
        proved: Which filters no picture can make active, bool (C,); ``None`` if unknown.
    """
    frames = statistics.frames
    silent = (statistics.silent_frames == frames) & (frames > 0)
    provably_dead = np.zeros(statistics.channels, bool) if proved is None else proved
    dead = provably_dead | (silent & (frames >= ENOUGH_FRAMES))
    persistence = statistics.autocorrelation
    known = persistence[np.isfinite(persistence)]
    bound = min(1.0, 3 / effective_count(max(frames, 1), known.max() if known.size else 1.0))
    active, mean, deviation = statistics.active_share, statistics.mean, statistics.deviation
    saturated = (active > _SATURATED_SHARE) & (deviation < _SATURATED_VARIATION * np.abs(mean))
    correlation = statistics.correlation
    np.fill_diagonal(correlation, np.nan)
    alike = np.abs(correlation) >= _DUPLICATE
    return LayerVerdict(
        frames,
        tuple(
            Filter(
                index=i,
                mean=float(mean[i]),
                maximum=float(statistics.maximum[i]),
                deviation=float(deviation[i]),
                active_share=float(active[i]),
                silent_share=float(statistics.silent_frames[i] / max(frames, 1)),
                autocorrelation=None if np.isnan(persistence[i]) else float(persistence[i]),
                silent=bool(silent[i]),
                dead=bool(dead[i]),
                provably_dead=bool(provably_dead[i]),
                bound=(0.0 if provably_dead[i] else bound) if dead[i] else None,
                saturated=bool(saturated[i]),
                duplicates=tuple(int(j) for j in np.flatnonzero(alike[i])),
            )
            for i in range(statistics.channels)
        ),
        proved is not None,
    )
