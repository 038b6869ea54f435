# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of one size side by side on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.lettering import blend, Mask, taken_apart

_GAP = 2
_BACKGROUND = 60
_MARK = (255, 70, 70)
_SMALLEST_LABELLED = 20
# So many coloured pixels stay in the processor's cache.
_CHUNK_PIXELS = 48_000


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
    page, places = _page(len(tiles), columns, size)
    for index, tile in enumerate(tiles):
        # OpenCV draws straight into the page.
        cv2.resize(tile, size, dst=places[divmod(index, columns)], interpolation=how)
    _write_all(places, len(tiles), labels, marks)
    return page


def lay_out_shades(
    shades: NDArray[np.uint8],
    table: NDArray[np.uint8],
    max_size: tuple[int, int],
    *,
    labels: Sequence[str] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Image:
    """Put pictures in entries of one colour table side by side; the same as ``lay_out``.

    Args:
        shades: uint8 (n, h, w).
        table: RGB, uint8 (256, 3).
        max_size: (width, height) of the result at most (pixels).
        labels: Written into the corners, where there is room.
        marks: Words by index; those tiles get a frame.
    """
    count, height, width = shades.shape
    columns, zoom = _fit(count, (width, height), max_size)
    if zoom < 1:
        return lay_out([table[shade] for shade in shades], max_size, labels=labels, marks=marks)
    factor = int(zoom)
    page, places = _page(count, columns, (width * factor, height * factor))
    pixels = 2 - factor % 2
    words = _words(table, pixels)
    step = max(_CHUNK_PIXELS // (columns * height * width * factor), 1) * columns
    for first in range(0, count, step):
        # Wide, then high: a row of a tile is coloured once.
        wide = shades[first : first + step].reshape(-1, width)
        if factor > pixels:
            wide = np.repeat(wide, factor // pixels, axis=1)
        looked_up = cv2.LUT(wide, words).view(np.uint8).reshape(len(wide), -1, 4)
        colored = cv2.cvtColor(looked_up, cv2.COLOR_RGBA2RGB)
        tiles = colored.reshape(-1, height, 1, width * factor, 3)
        for index in range(0, len(tiles), columns):
            there = tiles[index : index + columns]
            high = places[(first + index) // columns, : len(there)]
            high.reshape(-1, height, factor, width * factor, 3)[...] = there
    _write_all(places, count, labels, marks)
    return page


def _words(table: NDArray[np.uint8], pixels: int) -> NDArray[Any]:
    """Return a colour table whose entries are words of four bytes per pixel, (256, 1).

    To look up a word of one or two pixels takes as long as to look up one byte.
    """
    words = np.zeros((256, pixels, 4), np.uint8)
    words[..., :3] = table[:, None]
    return words.reshape(256, -1).view(np.int32 if pixels == 1 else np.float64)


def _page(count: int, columns: int, size: tuple[int, int]) -> tuple[Image, Image]:
    """Return an empty page, and a view of its places: (rows, columns, height, width, 3)."""
    rows, (width, height) = math.ceil(count / columns), size
    shape = (rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3)
    page = np.full(shape, _BACKGROUND, np.uint8)
    cells = page[_GAP:, _GAP:].reshape(rows, height + _GAP, columns, width + _GAP, 3)
    return page, cells[:, :height, :, :width].swapaxes(1, 2)


def _write_all(
    places: Image, count: int, labels: Sequence[str] | None, marks: Mapping[int, str] | None
) -> None:
    """Write labels and marks into a page's places."""
    rows, columns, height, width, _ = places.shape
    texts = [labels[index] if labels else '' for index in range(count)]
    for index, word in (marks or {}).items():
        texts[index] = f'{texts[index]} {word}'.strip()
        place = places[divmod(index, columns)]
        cv2.rectangle(place, (0, 0), (width - 1, height - 1), _MARK, 1)
    if not any(texts) or min(height, width) < _SMALLEST_LABELLED:
        return
    kept, added = _letters(tuple(texts), rows, columns, (width, height))
    # Numbers instead of pixels, for longer runs.
    corner = places[:, :, : kept.shape[2]].reshape(*kept.shape[:3], -1)[..., : kept.shape[3]]
    blend(corner, kept, added)


@lru_cache(maxsize=16)
def _letters(
    texts: tuple[str, ...], rows: int, columns: int, size: tuple[int, int]
) -> tuple[Mask, Mask]:
    """Return how much of a page shows through its labels, of 256, and what they add.

    Both are (rows, columns, height, 3 width) of the corners that labels reach into. Drawing
    letters takes longer than all else on a page, and they are the same on every one.
    """
    width, height = size
    written = np.zeros((2, rows * columns, height, width), np.uint8)
    written[1] = 255
    for index, text in enumerate(texts):
        if text:
            for picture in written[:, index]:
                draw_corner_text(picture, text, dark=0, light=255)
    kept, added = taken_apart(*written)
    reached = np.argwhere((kept < 256).any(axis=0))
    bottom, right = reached.max(axis=0) + 1
    kept, added = (
        part[:, :bottom, :right].repeat(3, axis=2).reshape(rows, columns, bottom, 3 * right)
        for part in (kept, added)
    )
    return kept, added


@lru_cache(maxsize=64)
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


def draw_corner_text(
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
