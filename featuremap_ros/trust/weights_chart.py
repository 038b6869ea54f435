# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is left of maps with shuffled weights, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from featuremap_ros.trust.plot import Axes, style_of
from featuremap_ros.trust.sheet import FAINT, INK, RULE, Sheet, text_width
from featuremap_ros.trust.trust_chart import Score
from featuremap_ros.vision.frame import Image

_WAY, _ENDS = 400.0, 320.0
_LEFT, _TOP, _BOTTOM, _GAP, _ROW = 60.0, 76.0, 60.0, 60.0, 30.0


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of the maps of one method.

    Attributes:
        name: Of the method.
        way: (layers shuffled, rank correlation) from the trained network on.
        end: With all layers shuffled; ``None`` if it is undefined.
        between: Of two shuffled networks with each other; ``None`` if it is undefined.
    """

    name: str
    way: Sequence[tuple[int, float]]
    end: Score | None
    between: float | None


def draw_weights(methods: Sequence[Remains], layers: int, marks: Sequence[float]) -> Image:
    """Draw the way from the trained network to a shuffled one, and its end.

    Args:
        methods: In order.
        layers: With weights, that are shuffled at the end.
        marks: Rank correlations at which the verdict changes.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    names = _LEFT + _WAY + _GAP + 34
    left = names + max((text_width(one.name) for one in methods), default=0) + 16
    height = max(300.0, _ROW * len(methods))
    sheet = Sheet(math.ceil(left + _ENDS + 100), math.ceil(_TOP + height + _BOTTOM))
    values = [v for one in methods for _, v in one.way]
    values += [v for one in methods if one.end for v in one.end.interval or (one.end.mean,)]
    values += [one.between for one in methods if one.between is not None]
    reach = (min([-0.1, *values]) - 0.03, 1.03)
    way = Axes(
        sheet=sheet,
        left=_LEFT,
        top=_TOP,
        width=_WAY,
        height=height,
        x_range=(0, layers),
        y_range=reach,
    )
    way.frame(
        title='what is left of the map: rank correlation',
        x_label='layers shuffled, from the outputs down',
    )
    ends = Axes(
        sheet=sheet,
        left=left,
        top=_TOP,
        width=_ENDS,
        height=height,
        x_range=reach,
        y_range=(height, 0.0),
    )
    ends.frame(title='all layers shuffled', x_label='rank correlation', rows=True)
    for mark in marks:
        sheet.line([way.at(0, mark), way.at(layers, mark)], FAINT, dashed=True)
        sheet.line([ends.at(mark, 0), ends.at(mark, height)], FAINT, dashed=True)
    row = height / max(len(methods), 1)
    for i, one in enumerate(methods):
        (color, dashed), y = style_of(i), (i + 0.5) * row
        if one.way:
            shuffled, left_over = zip(*one.way, strict=True)
            way.curve(shuffled, left_over, color, dashed=dashed)
        sample = [(names - 34, _TOP + y), (names - 12, _TOP + y)]
        sheet.line(sample, color, width=2.4, dashed=dashed)
        sheet.text(names, _TOP + y, one.name, color=INK)
        if i:
            sheet.line([ends.at(reach[0], i * row), ends.at(reach[1], i * row)], RULE)
        if one.between is not None:
            x, _ = ends.at(one.between, y)
            sheet.line([(x, _TOP + y - 8), (x, _TOP + y + 8)], FAINT, width=2)
        if one.end is None:
            sheet.text(left + 8, _TOP + y, 'undefined', size=10, color=color)
        else:
            ends.point(one.end.mean, y, one.end.interval, color)
    sheet.text(left + _ENDS + 12, _TOP + 8, 'grey bar:', size=10, color=FAINT)
    sheet.text(left + _ENDS + 12, _TOP + 22, 'two shuffled', size=10, color=FAINT)
    sheet.text(left + _ENDS + 12, _TOP + 36, 'networks', size=10, color=FAINT)
    return sheet.image()
