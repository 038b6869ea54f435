# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything about one frame on one page."""

from __future__ import annotations

from collections.abc import Sequence
import math

import cv2
import numpy as np

from featuremap_ros.pilot.heads import Steering
from featuremap_ros.vision.annotate import draw_gauge, draw_label
from featuremap_ros.vision.caption import caption, caption_height
from featuremap_ros.vision.enlarge import enlarged
from featuremap_ros.vision.frame import Image

TILE_WIDTH = 960
"""Of a tile before it is shrunk to its place (pixels): enough for words."""

# Largest size of the page (pixels), and what it should look like.
_PAGE = (1920, 4000)
_SCREEN = 16 / 9
# What an empty place costs, as a share of all, against a page of another shape.
_EMPTY = 3
_GAP = 2
_BACKGROUND = 60


def frame_tile(image: Image, left: float, steering: Steering, when: str) -> Image:
    """Draw the camera's picture with the decision.

    Args:
        image: RGB, uint8 (H, W, 3).
        left: Steering from -1 (full right) to 1 (full left).
        steering: What was decided.
        when: The time of the frame in words.

    Returns:
        RGB, uint8 (h, ``TILE_WIDTH`` or more, 3).
    """
    tile, _ = enlarged(image, TILE_WIDTH)
    tile = tile.copy()
    draw_label(tile, f'camera  {when}', beside_dial=True)
    draw_gauge(tile, left, steering.in_words(left))
    return tile


def captioned_tile(image: Image, text: str, size: tuple[int, int]) -> Image:
    """Fit any picture into a tile, below a line that says what it is.

    Args:
        image: RGB, uint8 (H, W, 3).
        text: ASCII.
        size: (width, height) of the tile (pixels).

    Returns:
        RGB, uint8 (height, width, 3).
    """
    width, height = size
    strip = caption_height(height)
    zoom = min(width / image.shape[1], (height - strip) / image.shape[0])
    fitted = tuple(max(int(n * zoom), 1) for n in image.shape[1::-1])
    how = cv2.INTER_NEAREST if zoom >= 1 else cv2.INTER_AREA
    tile = np.full((height, width, 3), _BACKGROUND, np.uint8)
    tile[:strip] = caption(text, width, height)
    left, top = (width - fitted[0]) // 2, strip + (height - strip - fitted[1]) // 2
    tile[top : top + fitted[1], left : left + fitted[0]] = cv2.resize(
        image, fitted, interpolation=how
    )
    return tile


def draw_overview(tiles: Sequence[Image]) -> Image:
    """Put tiles on one page, like a screen where that leaves few places empty.

    Args:
        tiles: RGB, uint8 (h, w, 3) each, of one shape; at least one.

    Returns:
        RGB, uint8 (H, W, 3), 1920 x 4000 pixels at most.
    """
    count, (height, width) = len(tiles), tiles[0].shape[:2]
    columns = min(range(1, count + 1), key=lambda n: _cost(n, count, width / height))
    rows = math.ceil(count / columns)
    places = (_PAGE[0] - _GAP) // columns - _GAP, (_PAGE[1] - _GAP) // rows - _GAP
    zoom = min(1.0, places[0] / width, places[1] / height)
    size = max(int(width * zoom), 1), max(int(height * zoom), 1)
    page = np.full(
        (rows * (size[1] + _GAP) + _GAP, columns * (size[0] + _GAP) + _GAP, 3),
        _BACKGROUND,
        np.uint8,
    )
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = _GAP + row * (size[1] + _GAP), _GAP + column * (size[0] + _GAP)
        page[top : top + size[1], left : left + size[0]] = cv2.resize(
            tile, size, interpolation=cv2.INTER_AREA
        )
    return page


def _cost(columns: int, count: int, aspect: float) -> float:
    """Return how bad a page is: for its shape, and for places that stay empty."""
    rows = math.ceil(count / columns)
    empty = (rows * columns - count) / count
    return abs(math.log(columns * aspect / rows / _SCREEN)) + _EMPTY * empty
