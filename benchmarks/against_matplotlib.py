# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Grids from matplotlib, as tutorials draw them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import interleave
from benchmarks.report import Result, Table, Target
from featuremap_ros.vision.grid import draw_grid, GridStyle

_OURS, _FIGURE = 'this project', 'matplotlib, a new figure'
_GRIDS = {'3x20': (3, 20), '17x62': (17, 62), '28x28': (28, 28)}
_PAGE = (640, 480)


def run(*, quick: bool) -> Result:
    """Measure."""
    samples = interleave(_candidates(), rounds=3 if quick else 20)
    return Result(
        tables=(
            Table(
                f'64 channels on a page of {_PAGE[0]}x{_PAGE[1]} (ms)',
                ('Maps', 'By', 'ms', 'Times as fast as a new figure'),
                [
                    (size, by, sample.in_ms(), str(samples[f'{size}, {_FIGURE}'].over(sample)))
                    for (size, by), sample in (
                        (key.split(', ', 1), sample) for key, sample in samples.items()
                    )
                ],
            ),
        ),
        targets=tuple(
            Target(
                f'64 channels of {size}: times as fast as matplotlib',
                samples[f'{size}, {_FIGURE}'].over(samples[f'{size}, {_OURS}']).median,
                1000,
                at_least=True,
            )
            for size in _GRIDS
        ),
        remarks=(
            (
                'matplotlib, too, runs beside this project. A new figure is what tutorials draw: '
                '8 x 8 axes with a picture each, made into pixels; a kept one only gets new '
                'pictures.'
            ),
        ),
        samples=samples,
    )


def _candidates() -> dict[str, Callable[[], Any]]:
    """Return calls that draw 64 channels, by size and tool."""
    candidates: dict[str, Callable[[], Any]] = {}
    rng = np.random.default_rng(0)
    for name, size in _GRIDS.items():
        maps = np.maximum(rng.normal(0, 1, (*size, 64)), 0).astype(np.float32)
        kept = _figure(maps)
        candidates |= {
            f'{name}, {_FIGURE}': lambda maps=maps: _pixels(_figure(maps)),
            f'{name}, matplotlib, the figure kept': lambda maps=maps, kept=kept: _pixels(
                _shown(kept, maps)
            ),
            f'{name}, {_OURS}': lambda maps=maps: draw_grid(maps, GridStyle(max_size=_PAGE)),
        }
    return candidates


def _figure(maps: NDArray[np.float32]) -> Figure:
    """Draw as tutorials do: 8 x 8 axes without ticks, grey, each channel by its own scale."""
    figure = Figure(figsize=(_PAGE[0] / 100, _PAGE[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    for channel in range(64):
        axes = figure.add_subplot(8, 8, channel + 1)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.imshow(maps[..., channel], cmap='gray')
    return figure


def _shown(figure: Figure, maps: NDArray[np.float32]) -> Figure:
    """Put other maps into a figure."""
    for channel, axes in enumerate(figure.axes):
        axes.images[0].set_data(maps[..., channel])
    return figure


def _pixels(figure: Figure) -> NDArray[np.uint8]:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
