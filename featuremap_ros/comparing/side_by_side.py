# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One moment as two pilots see it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from featuremap_ros.explaining.explanation import Explanation
from featuremap_ros.explaining.painting import paint_explanation
from featuremap_ros.trust.sheet import FAINT, Sheet
from featuremap_ros.vision.annotate import draw_gauge
from featuremap_ros.vision.frame import Image

_PANEL = 560
_MARGIN = 16
_HEAD = 66


def draw_both(
    image: Image,
    explained: Mapping[str, tuple[Explanation, Explanation]],
    *,
    names: tuple[str, str],
    left: tuple[float, float],
    steered: tuple[str, str],
    agreement: Mapping[str, float | None],
    title: str,
) -> Image:
    """Draw a frame for each pilot and method, side by side.

    Args:
        image: The camera's picture, RGB, uint8 (H, W, 3).
        explained: By method, what each pilot's map is; without any, only the frame is drawn.
        names: Of the pilots.
        left: Steering of each, from -1 (full right) to 1 (full left).
        steered: The same in words.
        agreement: Of the maps, by method.
        title: Above all.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    rows: list[tuple[str, tuple[Image, Image]]] = [
        (name, (_painted(image, a), _painted(image, b))) for name, (a, b) in explained.items()
    ] or [('', (image, image))]
    tall = round(_PANEL * image.shape[0] / image.shape[1])
    sheet = Sheet(2 * _PANEL + 3 * _MARGIN, _HEAD + len(rows) * (tall + 34) + 4)
    sheet.text(_MARGIN, 20, title, size=17)
    for column in (0, 1):
        x = _MARGIN + column * (_PANEL + _MARGIN)
        sheet.text(x, 48, f'{names[column]}: {steered[column]}', size=15)
    for row, (method, panels) in enumerate(rows):
        y = _HEAD + row * (tall + 34)
        for column, panel in enumerate(panels):
            x = _MARGIN + column * (_PANEL + _MARGIN)
            shown = panel.copy()
            draw_gauge(shown, left[column], '')
            sheet.paste(x, y, _PANEL, tall, shown)
        sheet.text(_MARGIN, y + tall + 14, _said(method, agreement.get(method)), color=FAINT)
    return sheet.image()


def _painted(image: Image, explanation: Explanation) -> Image:
    return np.ascontiguousarray(paint_explanation(image, explanation, least_width=_PANEL))


def _said(method: str, correlation: float | None) -> str:
    if not method:
        return ''
    if correlation is None:
        return f'{method}: how far the maps agree is not defined here'
    return f'{method}: the maps correlate by {correlation:.2f} in the pixels of the camera'
