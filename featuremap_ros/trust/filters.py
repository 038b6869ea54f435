# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Running statistics of every filter of a layer, over a race of any length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.trust.autocorrelation import LagOneCorrelation

# Values of a block that is summed in one go; large maps are taken in several.
_BLOCK = 2**20


class FilterStatistics:
    """What the filters of one layer did so far; the memory does not depend on the frames.

    A cell is active where the activation is not 0 (for a ReLU: above 0), and a filter is silent in
    a frame where no cell is active.

    Attributes:
        channels: Filters of the layer.
        frames: Frames taken so far.
        cells: Cells seen so far, of each filter.
        maximum: Largest activation, float64 (C,); -inf before the first frame.
        silent_frames: Frames without an active cell, int64 (C,).
    """

    def __init__(self, channels: int) -> None:
        """Begin without frames.

        Args:
            channels: Filters of the layer.
        """
        self.channels = channels
        self.frames = 0
        self.cells = 0
        self.maximum = np.full(channels, -np.inf)
        self.silent_frames = np.zeros(channels, np.int64)
        self._active = np.zeros(channels, np.int64)
        self._origin = np.zeros(channels, np.float32)
        self._sum = np.zeros(channels)
        self._products = np.zeros((channels, channels))
        self._peaks = LagOneCorrelation()

    def add(self, activation: NDArray[np.float32]) -> None:
        """Take one frame.

        Args:
            activation: Of the layer, float32 (h, w, C); not written to.

        Raises:
            NotFiniteError: It holds NaN or infinity; the frame does not count.
        """
        cells = activation.reshape(-1, self.channels)
        peaks = cells.max(axis=0)
        if not np.isfinite(peaks).all() or not np.isfinite(cells.min()):
            msg = f'Feature map of {activation.shape} holds NaN or infinity: no statistics of it.'
            raise NotFiniteError(msg)
        if self.frames == 0:
            # Taken from where the channel is, sums of squares lose no digits.
            self._origin = cells.mean(axis=0, dtype=np.float64).astype(np.float32)
        active = np.zeros(self.channels, np.int64)
        for block in _blocks(cells):
            active += np.count_nonzero(block, axis=0)
            centred = block - self._origin
            self._sum += centred.sum(axis=0, dtype=np.float64)
            self._products += centred.T @ centred
        self._active += active
        self.silent_frames += active == 0
        self.maximum = np.maximum(self.maximum, peaks)
        self._peaks.add(peaks)
        self.frames += 1
        self.cells += len(cells)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean activation, float64 (C,)."""
        return self._origin + self._sum / max(self.cells, 1)

    @property
    def deviation(self) -> NDArray[np.float64]:
        """Standard deviation over cells and frames, float64 (C,)."""
        return np.sqrt(np.diag(self._covariance))

    @property
    def active_share(self) -> NDArray[np.float64]:
        """Share of active cells, 0..1, float64 (C,); the rest of it is the sparsity."""
        return self._active / max(self.cells, 1)

    @property
    def autocorrelation(self) -> NDArray[np.float64]:
        """Of the filter's maximum from frame to frame, float64 (C,); NaN where it is constant."""
        return self._peaks.correlation if self.frames else np.full(self.channels, np.nan)

    @property
    def correlation(self) -> NDArray[np.float64]:
        """Between filters over all cells, float64 (C, C); NaN where one of them is constant."""
        deviation = self.deviation
        # What rounding in float32 leaves of a constant channel.
        varies = deviation > 1e-6 * np.abs(self.mean)
        scale = np.where(varies, deviation, np.nan)
        return np.asarray(np.clip(self._covariance / np.outer(scale, scale), -1, 1))

    @property
    def _covariance(self) -> NDArray[np.float64]:
        cells = max(self.cells, 1)
        mean = self._sum / cells
        covariance = self._products / cells - np.outer(mean, mean)
        np.fill_diagonal(covariance, np.maximum(np.diag(covariance), 0))
        return covariance


def _blocks(cells: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield all cells in blocks of limited size."""
    size = max(1, _BLOCK // cells.shape[1])
    for first in range(0, len(cells), size):
        yield cells[first : first + size]
