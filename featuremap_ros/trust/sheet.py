# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A sheet of paper for small charts, drawn finer than it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image

Color: TypeAlias = tuple[int, int, int]
"""RGB, 0..255."""

PAPER: Color = (255, 255, 255)
INK: Color = (40, 40, 40)
FAINT: Color = (125, 125, 125)
RULE: Color = (225, 225, 225)

# OpenCV draws lines and letters best in twice their size.
_FINE = 2
_FRACTION_BITS = 4
_FONT = cv2.FONT_HERSHEY_DUPLEX
_FONT_HEIGHT = 21.0


class Sheet:
    """White paper in pixels, from the top left corner."""

    def __init__(self, width: int, height: int) -> None:
        """Begin with nothing drawn.

        Args:
            width: Of the picture (pixels).
            height: Of the picture (pixels).
        """
        self._paper = np.full((height * _FINE, width * _FINE, 3), PAPER, np.uint8)

    def image(self) -> Image:
        """Return the picture, RGB, uint8 (height, width, 3)."""
        height, width = self._paper.shape[:2]
        size = (width // _FINE, height // _FINE)
        return np.asarray(cv2.resize(self._paper, size, interpolation=cv2.INTER_AREA), np.uint8)

    def fill(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        """Fill a rectangle."""
        top, bottom = (round(max(v, 0) * _FINE) for v in (y, y + height))
        left, right = (round(max(v, 0) * _FINE) for v in (x, x + width))
        self._paper[top:bottom, left:right] = color

    def line(
        self,
        points: Sequence[tuple[float, float]],
        color: Color,
        *,
        width: float = 1.0,
        dashed: bool = False,
    ) -> None:
        """Draw straight lines from point to point.

        Args:
            points: (x, y) of each.
            color: Of the line.
            width: Of the line (pixels).
            dashed: Leave gaps.
        """
        path = np.array(points, np.float64) * _FINE
        for piece in _dashes(path) if dashed else [path]:
            cv2.polylines(
                self._paper,
                [np.rint(piece * 2**_FRACTION_BITS).astype(np.int32)],
                isClosed=False,
                color=color,
                thickness=max(round(width * _FINE), 1),
                lineType=cv2.LINE_AA,
                shift=_FRACTION_BITS,
            )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        color: Color = INK,
        align: float = 0.0,
    ) -> None:
        """Write one line.

        Args:
            x: Where it begins (pixels), or another part of it; see ``align``.
            y: Of the middle of its capitals.
            text: ASCII; other letters become question marks.
            size: Height of its capitals (pixels) over 0.7.
            color: Of the letters.
            align: Which part of the text is at ``x``: 0 its beginning, 0.5 its middle, 1 its end.
        """
        text = text.encode('ascii', 'replace').decode()
        scale = 0.7 * size * _FINE / _FONT_HEIGHT
        left = x * _FINE - align * text_width(text, size) * _FINE
        base = y * _FINE + 0.35 * size * _FINE
        at = (round(left), round(base))
        cv2.putText(self._paper, text, at, _FONT, scale, color, 1, cv2.LINE_AA)

    def paste(self, x: float, y: float, width: float, height: float, image: Image) -> None:
        """Put a picture into a rectangle, each of its pixels a block or a mean of blocks.

        Args:
            x: Left edge (pixels).
            y: Upper edge (pixels).
            width: Of the rectangle.
            height: Of the rectangle.
            image: RGB, uint8 (h, w, 3).
        """
        left, top, right, bottom = (round(v * _FINE) for v in (x, y, x + width, y + height))
        size = (right - left, bottom - top)
        grows = size[0] >= image.shape[1] and size[1] >= image.shape[0]
        how = cv2.INTER_NEAREST if grows else cv2.INTER_AREA
        self._paper[top:bottom, left:right] = cv2.resize(image, size, interpolation=how)


def text_width(text: str, size: float = 12) -> float:
    """Return how wide a line is (pixels)."""
    scale = 0.7 * size * _FINE / _FONT_HEIGHT
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    return float(width) / _FINE


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers within a range, about ``count`` of them."""
    span = high - low
    if not span > 0:
        return [low]
    rough = span / count
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= 0.75 * rough)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(i * step) + 0.0 for i in np.arange(first, last + 1)]


def _dashes(path: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Cut a path into pieces with gaps, measured along it."""
    dash, gap = 6.0 * _FINE, 5.0 * _FINE
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])

    def at(distance: float) -> NDArray[np.float64]:
        return np.array([np.interp(distance, along, path[:, axis]) for axis in (0, 1)])

    pieces = []
    for start in np.arange(0, along[-1], dash + gap):
        stop = min(start + dash, along[-1])
        inner = path[(along > start) & (along < stop)]
        pieces.append(np.vstack([at(start), inner, at(stop)]))
    return pieces
