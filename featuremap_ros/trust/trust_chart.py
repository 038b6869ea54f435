# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Trust as pictures: curves of deletion and insertion, and all scores beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math

import numpy as np

from featuremap_ros.trust.faithfulness import Curve
from featuremap_ros.trust.plot import Axes, draw_legend, Entry, legend_size, style_of
from featuremap_ros.trust.sheet import Color, FAINT, RULE, Sheet, text_width
from featuremap_ros.vision.frame import Image

_PANEL = 380.0
_LEFT, _TOP, _BOTTOM, _GAP = 60.0, 76.0, 60.0, 80.0
_ROW = 15.0


@dataclass(frozen=True, slots=True)
class Line:
    """Curves of one method.

    Attributes:
        name: Of the method.
        deletion: float64 (n + 1,).
        insertion: float64 (n + 1,).
    """

    name: str
    deletion: Curve
    insertion: Curve


def draw_curves(baseline: str, lines: Sequence[Line], chance: Line, *, probability: bool) -> Image:
    """Draw mean curves of all methods against one baseline.

    Args:
        baseline: Its name.
        lines: One a method.
        chance: Of random orders.
        probability: Whether curves are the probability of a class.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    shown = [chance, *lines]
    legend_width, legend_height = legend_size([line.name for line in shown])
    height = max(_PANEL, legend_height)
    width = _LEFT + 2 * _PANEL + _GAP + 24 + legend_width + 16
    sheet = Sheet(math.ceil(width), math.ceil(_TOP + height + _BOTTOM))
    values = np.concatenate(
        [[0.0, 1.0], *((line.deletion, line.insertion) for line in shown)], None
    )
    reach = _padded(float(values.min()), float(values.max()))
    meaning = 'probability' if probability else 'steering: 0 whole picture, 1 baseline'
    early = ('low', 'high') if probability else ('high', 'low')
    for i, part in enumerate(('deletion', 'insertion')):
        axes = Axes(
            sheet=sheet,
            left=_LEFT + i * (_PANEL + _GAP),
            top=_TOP,
            width=_PANEL,
            height=_PANEL,
            x_range=(0.0, 1.0),
            y_range=reach,
        )
        word = 'by' if part == 'deletion' else 'into'
        title = f'{part} {word} {baseline}: early {early[i]} is good'
        share = 'replaced' if part == 'deletion' else 'put back'
        axes.frame(title=title, x_label=f'share of pixels {share}', y_label=meaning)
        for j, line in enumerate(shown):
            curve = getattr(line, part)
            x = np.linspace(0, 1, len(curve))
            color, dashed = (FAINT, True) if line is chance else style_of(j - 1)
            axes.curve(x.tolist(), curve.tolist(), color, dashed=dashed)
    entries = [Entry(chance.name, FAINT, dashed=True)]
    entries += [Entry(line.name, *style_of(i)) for i, line in enumerate(lines)]
    draw_legend(sheet, _LEFT + 2 * _PANEL + _GAP + 24, _TOP + 8, entries)
    return sheet.image()


@dataclass(frozen=True, slots=True)
class Score:
    """Mean trust of one method against one baseline.

    Attributes:
        mean: Over the frames.
        interval: Where the mean lies for sure; ``None`` of too few frames.
    """

    mean: float
    interval: tuple[float, float] | None


def draw_trust(rows: Mapping[str, Mapping[str, Score]], baselines: Sequence[str]) -> Image:
    """Draw the trust of all methods, a row each, a colour for each baseline.

    Args:
        rows: Trust by method and baseline; a baseline that is missing was undefined throughout.
        baselines: Names, in order.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    left = max((text_width(name) for name in rows), default=0) + 30
    legend_width, _ = legend_size(baselines)
    row = _ROW * (len(baselines) + 1)
    height = max(row * len(rows), 60)
    width = 520.0
    sheet = Sheet(
        math.ceil(left + width + 40 + legend_width + 16), math.ceil(_TOP + height + _BOTTOM)
    )
    ends = [
        end
        for scores in rows.values()
        for score in scores.values()
        for end in score.interval or (score.mean,)
    ]
    axes = Axes(
        sheet=sheet,
        left=left,
        top=_TOP,
        width=width,
        height=height,
        x_range=_padded(min([-0.2, *ends]), max([1.0, *ends])),
        y_range=(height, 0.0),
    )
    axes.frame(
        title='trust: score above chance',
        x_label='0: a random map; 1: finds the whole difference',
        rows=True,
    )
    sheet.line([axes.at(0, 0), axes.at(0, height)], FAINT)
    for i, (name, scores) in enumerate(rows.items()):
        sheet.text(left - 12, _TOP + (i + 0.5) * row, name, align=1)
        if i:
            sheet.line([(left, _TOP + i * row), (left + width, _TOP + i * row)], RULE)
        for j, baseline in enumerate(baselines):
            y = i * row + (j + 1) * _ROW
            _draw_score(axes, scores.get(baseline), y, style_of(j)[0])
    entries = [Entry(baseline, style_of(j)[0]) for j, baseline in enumerate(baselines)]
    draw_legend(sheet, left + width + 30, _TOP + 8, entries)
    return sheet.image()


def _draw_score(axes: Axes, score: Score | None, y: float, color: Color) -> None:
    """Draw a point with its interval, or a word in place of what is not known."""
    if score is None:
        (x, row), word = axes.at(0, y), 'undefined'
    elif score.interval is None:
        axes.point(score.mean, y, None, color)
        (x, row), word = axes.at(score.mean, y), 'too few frames'
    else:
        axes.point(score.mean, y, score.interval, color)
        return
    inside = x + 8 + text_width(word, 10) <= axes.left + axes.width
    axes.sheet.text(x + (8 if inside else -8), row, word, size=10, color=color, align=not inside)


def _padded(low: float, high: float) -> tuple[float, float]:
    """Leave some room at both ends of a range."""
    room = 0.03 * (high - low)
    return low - room, high + room
