# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Axes with curves, points and a legend on a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featuremap_ros.trust.sheet import Color, FAINT, INK, PAPER, RULE, Sheet, text_width, ticks

PALETTE: tuple[Color, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
    (120, 80, 40),
    (90, 60, 160),
    (150, 150, 0),
    (200, 40, 60),
)
"""Okabe and Ito's colours, safe for colour-blind readers, and four more."""

_LEGEND_LINE = 17.0
_SAMPLE = 22.0


def style_of(index: int) -> tuple[Color, bool]:
    """Return the colour of the nth series, and whether it is dashed, as every second ten are."""
    return PALETTE[index % len(PALETTE)], index // len(PALETTE) % 2 == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A rectangle on a sheet in which data have a place.

    Attributes:
        sheet: Drawn on.
        left: Of the rectangle (pixels).
        top: Of the rectangle.
        width: Of the rectangle.
        height: Of the rectangle.
        x_range: What its left and right edges stand for.
        y_range: What its lower and upper edges stand for.
    """

    sheet: Sheet
    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where data lie on the sheet (pixels)."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return (
            self.left + self.width * (x - x0) / (x1 - x0),
            self.top + self.height * (y1 - y) / (y1 - y0),
        )

    def frame(self, *, title: str, x_label: str, y_label: str = '', rows: bool = False) -> None:
        """Draw grid, numbers and labels.

        Args:
            title: Above the axes.
            x_label: Below them.
            y_label: Above their numbers, at the left.
            rows: Whether the y axis has rows instead of numbers.
        """
        right, bottom = self.left + self.width, self.top + self.height
        for value in [] if rows else ticks(*self.y_range):
            _, y = self.at(self.x_range[0], value)
            self.sheet.line([(self.left, y), (right, y)], RULE)
            self.sheet.text(self.left - 8, y, f'{value:g}', size=11, color=FAINT, align=1)
        for value in ticks(*self.x_range):
            x, _ = self.at(value, self.y_range[0])
            self.sheet.line([(x, bottom), (x, bottom + 4)], FAINT)
            self.sheet.text(x, bottom + 14, f'{value:g}', size=11, color=FAINT, align=0.5)
        self.sheet.line([(self.left, self.top), (self.left, bottom), (right, bottom)], FAINT)
        self.sheet.text(self.left, self.top - 24, title, size=15)
        self.sheet.text(self.left - 8, self.top - 8, y_label, size=11, color=FAINT)
        middle = self.left + self.width / 2
        self.sheet.text(middle, bottom + 32, x_label, color=FAINT, align=0.5)

    def curve(
        self,
        x: Sequence[float],
        y: Sequence[float],
        color: Color,
        *,
        dashed: bool = False,
        width: float = 1.6,
    ) -> None:
        """Draw a curve through points."""
        points = [self.at(a, b) for a, b in zip(x, y, strict=True)]
        self.sheet.line(points, color, width=width, dashed=dashed)

    def point(
        self, x: float, y: float, interval: tuple[float, float] | None, color: Color
    ) -> None:
        """Draw a point with an interval along x; a hollow one where there is none."""
        centre, row = self.at(x, y)
        if interval is not None:
            ends = [self.at(end, y) for end in interval]
            self.sheet.line(ends, color, width=1.6)
        self.sheet.fill(centre - 4, row - 4, 8, 8, color)
        if interval is None:
            self.sheet.fill(centre - 2.5, row - 2.5, 5, 5, PAPER)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend.

    Attributes:
        name: What it is.
        color: Of its curve or point.
        dashed: Whether its curve is.
        width: Of its sample (pixels).
    """

    name: str
    color: Color
    dashed: bool = False
    width: float = 2.4


def draw_legend(sheet: Sheet, left: float, top: float, entries: Sequence[Entry]) -> None:
    """Write a legend, one line each, its first in the middle of the line at ``top``."""
    for i, entry in enumerate(entries):
        y = top + i * _LEGEND_LINE
        ends = [(left, y), (left + _SAMPLE, y)]
        sheet.line(ends, entry.color, width=entry.width, dashed=entry.dashed)
        sheet.text(left + _SAMPLE + 8, y, entry.name, color=INK)


def legend_size(names: Sequence[str]) -> tuple[float, float]:
    """Return width and height of a legend (pixels)."""
    widest = max((text_width(name) for name in names), default=0)
    return _SAMPLE + 8 + widest, _LEGEND_LINE * len(names)
