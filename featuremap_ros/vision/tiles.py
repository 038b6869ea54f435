# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of one size side by side on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image

_GAP = 2
_BACKGROUND = (60, 60, 60)
_MARK = (255, 70, 70)
_SMALLEST_LABELLED = 20


def lay_out(
    tiles: Sequence[Image],
    max_size: tuple[int, int],
    *,
    labels: Sequence[str] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Image:
    """Put pictures of one size side by side, as large as they fit.

    Small pictures are enlarged by whole factors, so that cells stay squares.

    Args:
        tiles: RGB, uint8 (h, w, 3) each.
        max_size: (width, height) of the result at most (pixels).
        labels: Written into the corners, where there is room.
        marks: Words by index; those tiles get a frame.
    """
    height, width = tiles[0].shape[:2]
    columns, zoom = _fit(len(tiles), (width, height), max_size)
    size = (max(int(width * zoom), 1), max(int(height * zoom), 1))
    how = cv2.INTER_NEAREST if zoom >= 1 else cv2.INTER_AREA
    rows = math.ceil(len(tiles) / columns)
    page = np.full(
        (rows * (size[1] + _GAP) + _GAP, columns * (size[0] + _GAP) + _GAP, 3),
        _BACKGROUND,
        np.uint8,
    )
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = _GAP + row * (size[1] + _GAP), _GAP + column * (size[0] + _GAP)
        # OpenCV draws straight into the page.
        place = page[top : top + size[1], left : left + size[0]]
        cv2.resize(tile, size, dst=place, interpolation=how)
        text = labels[index] if labels else ''
        if marks and index in marks:
            text = f'{text} {marks[index]}'.strip()
            cv2.rectangle(place, (0, 0), (size[0] - 1, size[1] - 1), _MARK, 1)
        if text and min(size) >= _SMALLEST_LABELLED:
            write(place, text, dark=(0, 0, 0), light=(255, 255, 255))
    return page


def _fit(count: int, tile: tuple[int, int], max_size: tuple[int, int]) -> tuple[int, float]:
    """Return the number of columns that leaves tiles largest, and their zoom."""

    def zoom(columns: int) -> float:
        cells = (columns, math.ceil(count / columns))
        return min(
            ((have - _GAP) / n - _GAP) / side
            for have, n, side in zip(max_size, cells, tile, strict=True)
        )

    columns = max(range(1, count + 1), key=zoom)
    best = zoom(columns)
    return columns, math.floor(best) if best >= 1 else max(best, 1 / max(tile))


def write(
    picture: NDArray[np.uint8],
    text: str,
    *,
    dark: int | tuple[int, int, int],
    light: int | tuple[int, int, int],
) -> None:
    """Write into the upper left corner of a picture, with a rim.

    Args:
        picture: uint8 (H, W) or (H, W, 3); drawn into.
        text: In ASCII.
        dark: Colour of the rim.
        light: Colour of the letters.
    """
    scale = min(max(picture.shape[0] / 160, 0.35), 1.2)
    at = (3, round(4 + 11 * scale / 0.5))
    for color, width in ((dark, 3), (light, 1)):
        shade = (color,) if isinstance(color, int) else color
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, shade, width, cv2.LINE_AA)
