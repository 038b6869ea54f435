# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pilot and driver over a race: what both steered, and the error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.trust.driver_error import driver_error
from featuremap_ros.trust.plot import Axes, draw_legend, Entry, PALETTE
from featuremap_ros.trust.sheet import Color, FAINT, Sheet
from featuremap_ros.vision.frame import Image

_WIDTH, _HEIGHT = 1100, 620
_LEFT, _RIGHT = 64.0, 130.0
_TOP, _STEERING, _ERROR = 88.0, 260.0, 130.0
_GAP = 72.0
_STRETCHES = 600
_PILOT, _DRIVER, _WRONG = PALETTE[0], PALETTE[2], PALETTE[1]
# The driver lies below the pilot, and is seen on both sides of it where they agree.
_THIN, _WIDE = 1.6, 5.0


def draw_driver_chart(
    stamps_ns: NDArray[np.int64],
    pilot: NDArray[np.float64],
    driver: NDArray[np.float64],
    *,
    angular: bool = True,
    names: tuple[str, str] = ('pilot', 'driver'),
    word: str = 'error',
) -> Image:
    """Draw what pilot and driver did over time, and their difference below.

    A race with more frames than the chart has room for is drawn in stretches: the steering as
    their means, the error from its lowest to its highest value, so that no outlier gets lost.

    Args:
        stamps_ns: When (ns), ascending except for jumps of the clock, int64 (n,), n > 0.
        pilot: Steering, + left, float64 (n,).
        driver: The same of the driver.
        angular: Whether both are angles (rad); else shares of full steering.
        names: Of the two; another pilot may stand in for the driver.
        word: What their difference is called.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    seconds = (stamps_ns - stamps_ns.min()) / 1e9
    scale, unit = (np.degrees(1), 'degrees') if angular else (100, '% of full steering')
    theirs, ours = scale * driver, scale * pilot
    length = max(float(seconds.max()), 1e-3)
    stretches = _stretches(seconds, length)
    sheet = Sheet(_WIDTH, _HEIGHT)
    axes = _axes(sheet, _TOP, _STEERING, length, np.concatenate([theirs, ours]))
    title = driver_error(pilot, driver, angular=angular).in_words(word)
    axes.frame(title=title, x_label='', y_label=f'{unit}, + left')
    _rule(axes, 0.0, length)
    for values, color, width in ((theirs, _DRIVER, _WIDE), (ours, _PILOT, _THIN)):
        for run in _unbroken(stretches):
            means = [float(values[part].mean()) for part in run]
            middles = [float(seconds[part].mean()) for part in run]
            axes.curve(middles, means, color, width=width)
    legend = [Entry(names[0], _PILOT), Entry(names[1], _DRIVER, width=_WIDE)]
    draw_legend(sheet, _WIDTH - _RIGHT + 18, _TOP + 8, legend)
    error = ours - theirs
    below = _axes(sheet, _TOP + _STEERING + _GAP, _ERROR, length, error)
    below.frame(title=f'{names[0]} minus {names[1]}', x_label='seconds', y_label=unit)
    _rule(below, 0.0, length)
    _band(below, seconds, error, stretches, _WRONG)
    return sheet.image()


def _axes(
    sheet: Sheet, top: float, height: float, length: float, values: NDArray[np.float64]
) -> Axes:
    """Return axes for values over the race, with some room above and below."""
    low, high = min(float(values.min()), -1.0), max(float(values.max()), 1.0)
    room = 0.05 * (high - low)
    return Axes(
        sheet=sheet,
        left=_LEFT,
        top=top,
        width=_WIDTH - _LEFT - _RIGHT,
        height=height,
        x_range=(0.0, length),
        y_range=(low - room, high + room),
    )


def _rule(axes: Axes, y: float, length: float) -> None:
    """Draw a line across."""
    axes.sheet.line([axes.at(0, y), axes.at(length, y)], FAINT)


def _stretches(seconds: NDArray[np.float64], length: float) -> list[NDArray[np.intp] | None]:
    """Return which frames lie in each of at most ``_STRETCHES`` parts of the race, or ``None``."""
    count = min(_STRETCHES, len(seconds))
    place = np.minimum((seconds * (count / length)).astype(int), count - 1)
    order = np.argsort(place, kind='stable')
    ends = np.searchsorted(place[order], np.arange(count + 1))
    return [order[start:stop] if stop > start else None for start, stop in pairwise(ends)]


def _unbroken(stretches: list[NDArray[np.intp] | None]) -> Iterator[list[NDArray[np.intp]]]:
    """Yield runs of stretches; some empty ones in a row are a gap in the recording."""
    run: list[NDArray[np.intp]] = []
    empty = 0
    for part in stretches:
        empty = 0 if part is not None else empty + 1
        if part is not None:
            run.append(part)
        elif empty > 3 and run:
            yield run
            run = []
    if run:
        yield run


def _band(
    axes: Axes,
    seconds: NDArray[np.float64],
    values: NDArray[np.float64],
    stretches: list[NDArray[np.intp] | None],
    color: Color,
) -> None:
    """Draw values from the lowest to the highest of each stretch, joined to the next."""
    for run in _unbroken(stretches):
        points = []
        for part in run:
            x = float(seconds[part].mean())
            found = values[part]
            points += [axes.at(x, float(found.min())), axes.at(x, float(found.max()))]
        axes.sheet.line(points, color, width=1.4)
