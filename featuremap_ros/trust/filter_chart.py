# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The filters of a layer over a race, as a heat map of channels and time."""

from __future__ import annotations

from collections.abc import Mapping
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.filter_verdict import Filter, LayerVerdict
from featuremap_ros.trust.sheet import Color, FAINT, INK, RULE, Sheet, text_width, ticks
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image

_MOST_WIDTH, _MARGIN = 1100, 20
_LEFT, _TOP, _BOTTOM = 70, 76, 54
_MAP_WIDTH = 660
_BAR_LEFT, _BAR_WIDTH = _LEFT + _MAP_WIDTH + 16, 90
_NOTES_LEFT = _BAR_LEFT + _BAR_WIDTH + 14
_LEAST_ROW, _LARGEST_ROW, _TEXT_ROW = 3, 22, 13

_HEALTHY: Color = (120, 160, 190)
_GREY: Color = (205, 205, 205)


def draw_filters(
    name: str, verdict: LayerVerdict, activity: NDArray[np.float64], seconds: float
) -> Image:
    """Draw how active each filter was when.

    Each row is bright where its filter was most active, so that weak filters show as well as
    strong ones; a filter that did nothing is grey. Bars beside it give the share of active cells.

    Args:
        name: Of the layer.
        verdict: Of its filters.
        activity: Mean size of the activation by filter and stretch of the race, float64 (C, T).
        seconds: How long the race is.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    count = len(verdict.filters)
    row = min(max(560 // count, _LEAST_ROW), _LARGEST_ROW)
    height = row * count
    level = f'{verdict.level.value}: {verdict.message}, {verdict.frames} frames'
    notes = {i: _note(i, one, row) for i, one in enumerate(verdict.filters) if one.remarks}
    right = max(
        _LEFT + text_width(level),
        _BAR_LEFT + _BAR_WIDTH,
        *(_NOTES_LEFT + text_width(note, 11) for note in notes.values()),
    )
    sheet = Sheet(min(math.ceil(right) + _MARGIN, _MOST_WIDTH), _TOP + height + _BOTTOM)
    sheet.text(_LEFT, 22, name, size=18)
    sheet.text(_LEFT, 44, level, color=FAINT)
    sheet.text(_BAR_LEFT, 64, 'cells active (%)', size=11, color=FAINT)
    sheet.paste(_LEFT, _TOP, _MAP_WIDTH, height, _heat(activity))
    _draw_time(sheet, _TOP + height, seconds)
    _draw_bars(sheet, verdict.filters, row, notes)
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200) if n * row >= _TEXT_ROW)
    for i in range(0, count, every):
        y = _TOP + (i + 0.5) * row
        sheet.text(_LEFT - 10, y, str(i), size=11, color=FAINT, align=1)
    return sheet.image()


def _heat(activity: NDArray[np.float64]) -> Image:
    """Colour rows by their own largest value."""
    if not activity.shape[1]:
        return np.full((len(activity), 1, 3), _GREY, np.uint8)
    largest = activity.max(axis=1, keepdims=True)
    share = np.divide(activity, largest, out=np.zeros_like(activity), where=largest > 0)
    colors = color_table('inferno')[np.rint(share * 255).astype(np.intp)]
    colors[largest[:, 0] == 0] = _GREY
    return np.asarray(colors, np.uint8)


def _draw_time(sheet: Sheet, y: float, seconds: float) -> None:
    """Draw the axis under the map."""
    for at in ticks(0, seconds, 8) if seconds > 0 else []:
        x = _LEFT + _MAP_WIDTH * at / seconds
        sheet.line([(x, y), (x, y + 5)], FAINT)
        # The last one stays beside the numbers of the bars.
        align = 1 if at == seconds else 0.5
        sheet.text(x, y + 15, f'{at:g}', size=11, color=FAINT, align=align)
    sheet.text(_LEFT + _MAP_WIDTH / 2, y + 36, 'time (s)', color=FAINT, align=0.5)


def _draw_bars(
    sheet: Sheet, filters: tuple[Filter, ...], row: int, notes: Mapping[int, str]
) -> None:
    """Draw the active share of each filter, and what is to be said about it."""
    bottom = _TOP + row * len(filters)
    for share in (0, 0.5, 1):
        x = _BAR_LEFT + _BAR_WIDTH * share
        sheet.line([(x, _TOP), (x, bottom)], RULE)
        sheet.text(x, bottom + 15, f'{100 * share:g}', size=11, color=FAINT, align=share)
    free = _TOP + 4.0
    for i, one in enumerate(filters):
        y = _TOP + i * row
        color = _color(one)
        sheet.fill(_BAR_LEFT, y + 0.5, max(_BAR_WIDTH * one.active_share, 1), row - 1, color)
        if i not in notes:
            continue
        sheet.fill(_NOTES_LEFT - 9, y + 0.5, 4, row - 1, color)
        # Notes that are closer than lines can be slide down.
        at = max(y + row / 2, free)
        sheet.text(_NOTES_LEFT, at, notes[i], size=11, color=INK)
        free = at + _TEXT_ROW


def _note(index: int, one: Filter, row: int) -> str:
    """Return what is said beside a filter, with its number where the rows are too low for one."""
    note = '; '.join(one.remarks)
    return _cut(note if row >= _TEXT_ROW else f'{index}: {note}', _MOST_WIDTH - _NOTES_LEFT - 6)


def _color(one: Filter) -> Color:
    """Return the colour of a filter's bar and mark."""
    if one.dead:
        return (200, 40, 40)
    if one.silent or one.hardly_active:
        return (235, 140, 30)
    if one.saturated:
        return (40, 90, 200)
    if one.duplicates:
        return (140, 70, 170)
    return _HEALTHY


def _cut(text: str, width: float) -> str:
    """Shorten a line to fit."""
    if text_width(text, 11) <= width:
        return text
    while text and text_width(text + '...', 11) > width:
        text = text[:-1]
    return text + '...'
