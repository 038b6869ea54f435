# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Draws one grid, frame after frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.grid_view import GridView
from featuremap_ros.trust.filter_verdict import DEAD, judge_filters, SILENT
from featuremap_ros.trust.filters import FilterStatistics
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.grid import draw_grid
from featuremap_ros.vision.grid_scale import ChannelSample, GridScale


class GridPainter:
    """What a grid is drawn with: of every frame alone, until a race was sampled.

    Attributes:
        view: What is shown.
        scale: What black and white are in the whole race; ``None`` for those of each frame.
        marks: A word on channels that stood out in the sample.
    """

    def __init__(self, view: GridView) -> None:
        """Begin without a race.

        Args:
            view: With its layer.
        """
        self.view = view
        self.scale: GridScale | None = None
        self.marks: Mapping[int, str] = {}
        self.begin()

    def begin(self) -> None:
        """Begin a new sample."""
        self._sample = ChannelSample()
        self._statistics: FilterStatistics | None = None

    def take(self, activation: NDArray[np.float32]) -> None:
        """Look at one frame of a race.

        Args:
            activation: Of the layer, float32 (h, w, C).

        Raises:
            NotFiniteError: It holds NaN or infinity; the frame does not count.
        """
        self._sample.add(activation)
        if self._statistics is None:
            self._statistics = FilterStatistics(activation.shape[2])
        self._statistics.add(activation)

    def settle(self, proved: NDArray[np.bool_] | None = None) -> None:
        """Hold still from now on what the sample was like; without frames, nothing.

        Args:
            proved: Which filters no picture can make active, bool (C,); ``None`` if unknown.
        """
        style = self.view.style
        self.scale = self._sample.scale(
            shared=style.scale == 'shared', by_energy=style.order == 'energy'
        )
        if self._statistics is not None:
            self.marks = judge_filters(self._statistics, proved).marks

    def draw(
        self, activation: NDArray[np.float32], marks: Mapping[int, str] | None = None
    ) -> Image:
        """Draw one frame.

        Args:
            activation: Of the layer, float32 (h, w, C).
            marks: A word on some channels; those of the race if not given. Nothing that is active
                on this frame is called silent.

        Returns:
            RGB, uint8 (H, W, 3).

        Raises:
            NotFiniteError: The activation holds NaN or infinity.
        """
        words = self.marks if marks is None else marks
        return draw_grid(
            activation,
            self.view.style,
            page=self.view.shown_page(activation.shape[2]),
            fixed=self.scale,
            marks={
                channel: word
                for channel, word in words.items()
                if word not in (DEAD, SILENT) or not activation[..., channel].any()
            },
        )
