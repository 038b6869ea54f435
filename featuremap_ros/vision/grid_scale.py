# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What stays the same on the grids of a race: black, white, and the order of the channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError

_WILD_PERCENT = 5
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GridScale:
    """Holds a grid still from frame to frame.

    Attributes:
        low: What is black on each channel, float64 (C,), in the units of the activation.
        high: What is white, float64 (C,).
        order: All channels, as they are shown.
    """

    low: Values
    high: Values
    order: tuple[int, ...]


class ChannelSample:
    """Watches the channels of a layer on some frames of a race."""

    def __init__(self) -> None:
        """Begin without frames."""
        self._lows: list[NDArray[np.float32]] = []
        self._highs: list[NDArray[np.float32]] = []
        self._energies: list[Values] = []

    def add(self, activation: NDArray[np.float32]) -> None:
        """Take one frame.

        Args:
            activation: Of the layer, float32 (h, w, C).

        Raises:
            NotFiniteError: It holds NaN or infinity; the frame does not count.
        """
        low, high = activation.min(axis=(0, 1)), activation.max(axis=(0, 1))
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            msg = f'Feature maps of the shape {activation.shape} are not finite.'
            raise NotFiniteError(msg)
        self._lows.append(low)
        self._highs.append(high)
        self._energies.append(channel_energy(activation))

    def scale(self, *, shared: bool, by_energy: bool) -> GridScale | None:
        """Return what holds a grid of the whole race still; ``None`` without frames.

        The ends are those of all frames but the wildest twentieth, so that a flash does not darken
        the rest; frames on which a channel is constant say nothing about it.

        Args:
            shared: Whether all channels get the same ends.
            by_energy: Whether the strongest come first, else in the order of their numbers.
        """
        if not self._lows:
            return None
        lows, highs = np.stack(self._lows), np.stack(self._highs)
        count = lows.shape[1]
        if shared:
            low, high = _ends(lows.min(axis=1), highs.max(axis=1))
            ends = np.tile((low, high), (count, 1))
        else:
            ends = np.array([_ends(lows[:, i], highs[:, i]) for i in range(count)])
        energy = np.sum(self._energies, axis=0)
        order = strongest_first(energy) if by_energy else list(range(count))
        return GridScale(ends[:, 0], ends[:, 1], tuple(order))


def channel_energy(activation: NDArray[np.float32]) -> Values:
    """Return the sum of squares of every channel of (h, w, C), float64 (C,)."""
    return np.asarray(np.square(activation, dtype=np.float64).sum(axis=(0, 1)))


def strongest_first(energy: Values) -> list[int]:
    """Return all channels by their energy; equal ones by their number."""
    return [int(channel) for channel in np.argsort(-energy, kind='stable')]


def _ends(lows: NDArray[np.float32], highs: NDArray[np.float32]) -> tuple[float, float]:
    """Return what is black and what is white, of the ends on every frame."""
    varies = highs > lows
    if varies.any():
        lows, highs = lows[varies], highs[varies]
    low = np.percentile(lows.astype(np.float64), _WILD_PERCENT)
    high = np.percentile(highs.astype(np.float64), 100 - _WILD_PERCENT)
    return float(low), float(high)
