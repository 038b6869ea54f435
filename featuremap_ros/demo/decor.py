# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures for upright surfaces: walls with windows and doors, boxes, cones."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.floor import Colour
from featuremap_ros.demo.noise import fractal_noise
from featuremap_ros.vision.frame import Image

WALL_RESOLUTION = 0.01
"""Metres per pixel of a wall."""

BOX_RESOLUTION = 0.004
"""Metres per pixel of a box or a cone."""

_PLASTERS: tuple[Colour, ...] = (
    (214, 210, 198),
    (196, 204, 208),
    (222, 216, 206),
    (188, 192, 184),
)
_DADOS: tuple[Colour, ...] = ((120, 140, 130), (150, 132, 112), (104, 120, 142), (168, 160, 148))
_CRATES: tuple[Colour, ...] = (
    (40, 92, 170),
    (170, 52, 46),
    (48, 128, 84),
    (88, 90, 96),
    (206, 200, 190),
)
_PRINTS: tuple[Colour, ...] = (
    (196, 72, 58),
    (54, 96, 140),
    (226, 196, 120),
    (74, 128, 104),
    (62, 62, 70),
    (224, 220, 208),
)
_CARDBOARD: Colour = (178, 138, 94)
_ORANGE: Colour = (232, 92, 30)


def wall(rng: np.random.Generator, length: float, height: float, colours: int) -> Image:
    """Draw a wall with a painted lower part, a skirting board, and what hangs on it.

    Args:
        rng: Source of what hangs where.
        length: Metres.
        height: Metres.
        colours: Chooses the paint; the same for all walls of a hall.

    Returns:
        RGB, uint8, seen from inside, the upper edge first; ``WALL_RESOLUTION`` metres per pixel.
    """
    shape = max(8, round(height / WALL_RESOLUTION)), max(8, round(length / WALL_RESOLUTION))
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = _PLASTERS[colours % len(_PLASTERS)]
    dado = shape[0] - round((0.9 + 0.1 * (colours % 4)) / WALL_RESOLUTION)
    picture[dado:] = _DADOS[colours % len(_DADOS)]
    picture[dado - 3 : dado] *= 0.8
    column = int(rng.uniform(0.2, 1.2) / WALL_RESOLUTION)
    while column < shape[1] - 40:
        kind = rng.random()
        if kind < 0.30:
            width = _window(picture, column, rng)
        elif kind < 0.45:
            width = _door(picture, column, rng)
        elif kind < 0.65:
            width = _bars(picture, column, rng)
        else:
            width = _poster(picture, column, rng)
        column += width + int(rng.uniform(0.4, 1.8) / WALL_RESOLUTION)
    picture[shape[0] - 9 :] = np.array([84.0, 74.0, 66.0])
    shade = 1.0 + 0.06 * fractal_noise(rng, shape, (120.0, 160.0), octaves=3)
    shade *= np.linspace(1.04, 0.86, shape[0], dtype=np.float32)[:, None]
    return _to_image(picture * shade[..., None])


def box_side(rng: np.random.Generator, length: float, height: float, kind: int) -> Image:
    """Draw one side of a box.

    Args:
        rng: Source of stains.
        length: Metres.
        height: Metres.
        kind: Chooses cardboard or a plastic crate and its colour; the same for all its sides.

    Returns:
        RGB, uint8, the upper edge first; ``BOX_RESOLUTION`` metres per pixel.
    """
    shape = max(8, round(height / BOX_RESOLUTION)), max(8, round(length / BOX_RESOLUTION))
    picture = np.empty((*shape, 3), np.float32)
    if kind % 2 == 0:
        picture[:] = _CARDBOARD
        tape = max(2, round(0.025 / BOX_RESOLUTION))
        middle = shape[1] // 2
        picture[: shape[0] // 3, middle - tape : middle + tape] = np.array([202.0, 176.0, 134.0])
        picture[shape[0] // 2 : shape[0] // 2 + 12, 8 : 8 + shape[1] // 4] *= 0.72
    else:
        picture[:] = _CRATES[kind // 2 % len(_CRATES)]
        for row in range(6, shape[0] - 4, 22):
            picture[row : row + 3] *= 0.72
        picture[4:16, shape[1] // 3 : 2 * shape[1] // 3] *= 0.45
    edge = np.ones(shape, np.float32)
    edge[:2], edge[-2:], edge[:, :2], edge[:, -2:] = 1.12, 0.7, 0.85, 0.85
    edge += 0.07 * fractal_noise(rng, shape, (40.0, 40.0), octaves=4)
    edge *= np.linspace(1.02, 0.8, shape[0], dtype=np.float32)[:, None]
    return _to_image(picture * edge[..., None])


def cone(height: float) -> NDArray[np.uint8]:
    """Draw a traffic cone from the side.

    Args:
        height: Metres; the picture is 0.8 times as wide.

    Returns:
        RGBA, uint8, the tip first; ``BOX_RESOLUTION`` metres per pixel.
    """
    rows = max(16, round(height / BOX_RESOLUTION))
    columns = max(12, round(0.8 * height / BOX_RESOLUTION))
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = _ORANGE
    for first, last in ((0.28, 0.42), (0.58, 0.70)):
        picture[round(first * rows) : round(last * rows)] = np.array([235.0, 232.0, 226.0])
    foot = round(0.93 * rows)
    picture[foot:] = np.array([60.0, 44.0, 40.0])
    across = np.linspace(-1.0, 1.0, columns, dtype=np.float32)
    picture *= (1.05 - 0.4 * (across + 0.25) ** 2)[None, :, None]
    row = np.arange(rows)[:, None] / rows
    half_width = np.where(np.arange(rows)[:, None] >= foot, 0.95, 0.09 + 0.55 * row)
    alpha = (np.abs(across)[None, :] <= half_width) * 255
    return np.dstack([_to_image(picture), alpha.astype(np.uint8)])


def _window(picture: NDArray[np.float32], column: int, rng: np.random.Generator) -> int:
    """Put a bright window into a wall; return its width (px)."""
    width, height = int(rng.uniform(80, 170)), int(rng.uniform(90, 130))
    sill = picture.shape[0] - 100
    rows, columns = slice(max(0, sill - height), sill), slice(column, column + width)
    picture[rows, columns] = np.array([236.0, 240.0, 238.0])
    part = picture[rows, columns]
    inner = part[6:-6, 6:-6]
    sky = np.linspace(0.0, 1.0, inner.shape[0], dtype=np.float32)[:, None, None]
    inner[:] = (1.0 - sky) * np.array([206.0, 228.0, 246.0]) + sky * np.array(
        [228.0, 232.0, 222.0]
    )
    for bar in range(1, 3):
        place = bar * part.shape[1] // 3
        part[:, place - 2 : place + 2] = 190.0
    return width


def _door(picture: NDArray[np.float32], column: int, rng: np.random.Generator) -> int:
    """Put a door into a wall; return its width (px)."""
    colour = np.array(
        [(126, 88, 58), (92, 110, 128), (150, 150, 146)][rng.integers(3)], np.float32
    )
    picture[-204:, column : column + 96] *= 0.62
    picture[-200:, column + 4 : column + 92] = colour
    picture[-110:-104, column + 78 : column + 88] = 210.0
    return 96


def _bars(picture: NDArray[np.float32], column: int, rng: np.random.Generator) -> int:
    """Hang wall bars on a wall; return their width (px)."""
    width = int(rng.uniform(90, 200))
    part = picture[-230:-12, column : column + width]
    for row in range(0, part.shape[0] - 4, 14):
        part[row : row + 4] = np.array([176.0, 132.0, 84.0])
        part[row + 4 : row + 6] *= 0.75
    for post in range(0, part.shape[1], 80):
        part[:, post : post + 6] = np.array([142.0, 102.0, 62.0])
    return width


def _poster(picture: NDArray[np.float32], column: int, rng: np.random.Generator) -> int:
    """Hang a poster with coloured fields on a wall; return its width (px)."""
    width, height = int(rng.uniform(50, 120)), int(rng.uniform(40, 90))
    top = picture.shape[0] - int(rng.uniform(60, 150)) - height
    part = picture[max(0, top) : top + height, column : column + width]
    part[:] = np.array([238.0, 234.0, 224.0])
    inner = part[3:-3, 3:-3]
    inner[:] = _PRINTS[rng.integers(len(_PRINTS))]
    for _ in range(3):
        row, start = rng.integers(0, height - 8), rng.integers(0, width - 10)
        colour = np.array(_PRINTS[rng.integers(len(_PRINTS))], np.float32) * rng.uniform(0.6, 1.1)
        inner[row : row + rng.integers(5, 25), start : start + rng.integers(8, 50)] = colour
    return width


def _to_image(picture: NDArray[np.float32]) -> Image:
    """Round to a picture and take off the hardest edges, as paint and dust do."""
    clipped = np.clip(picture, 0.0, 255.0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(clipped, (3, 3), 0.6), np.uint8)
