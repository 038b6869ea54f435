# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Bare floors seen from above: boards, tiles, carpet, concrete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.noise import Field, fractal_noise, smooth_noise
from featuremap_ros.vision.frame import Image

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

FloorMaker = Callable[[np.random.Generator, tuple[int, int], float], Image]
"""From random numbers, a shape (px) and a resolution (m per px) to a picture."""

_WOODS: tuple[Colour, ...] = ((196, 154, 104), (176, 132, 86), (208, 172, 126), (150, 110, 74))
_STONES: tuple[Colour, ...] = ((168, 162, 152), (142, 146, 150), (176, 150, 128), (120, 124, 122))
_CARPETS: tuple[Colour, ...] = ((92, 98, 108), (112, 104, 96), (84, 104, 98), (124, 92, 84))
_CONCRETES: tuple[Colour, ...] = ((138, 136, 132), (112, 112, 114), (152, 148, 140))


def boards(rng: np.random.Generator, shape: tuple[int, int], resolution: float) -> Image:
    """Lay wooden boards of different tones with dark joints and a grain along them.

    Args:
        rng: Source of the pattern.
        shape: Height and width (px).
        resolution: Metres per pixel.
    """
    width = max(4, round(rng.uniform(0.08, 0.14) / resolution))
    length = max(8, round(rng.uniform(0.9, 1.6) / resolution))
    row, column = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    board = row // width
    shifts = rng.integers(0, length, int(board.max()) + 1)
    along = column + shifts[board[:, 0]][:, None]
    piece = along // length
    tones = rng.normal(0.0, 0.07, (int(board.max()) + 1, int(piece.max()) + 1))
    tone = tones.astype(np.float32)[board, piece]
    tone += 0.10 * fractal_noise(rng, shape, (0.02 / resolution, 0.5 / resolution), octaves=3)
    tone += 0.05 * fractal_noise(rng, shape, (1.0 / resolution, 1.0 / resolution), octaves=2)
    joints = (row % width == 0) | (along % length == 0)
    tone -= 0.28 * joints
    return _tint(tone, _pick(rng, _WOODS))


def tiles(rng: np.random.Generator, shape: tuple[int, int], resolution: float) -> Image:
    """Lay square tiles with grout between them.

    Args:
        rng: Source of the pattern.
        shape: Height and width (px).
        resolution: Metres per pixel.
    """
    side = max(8, round(rng.uniform(0.25, 0.45) / resolution))
    grout = max(1, round(0.006 / resolution))
    row, column = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    tones = rng.normal(0.0, 0.045, (shape[0] // side + 1, shape[1] // side + 1))
    if rng.random() < 0.4:
        tones[(np.add.outer(*map(np.arange, tones.shape)) % 2) == 1] -= 0.16
    tone = tones.astype(np.float32)[row // side, column // side]
    tone += 0.09 * fractal_noise(rng, shape, (0.12 / resolution, 0.12 / resolution), octaves=4)
    tone -= rng.uniform(0.12, 0.25) * ((row % side < grout) | (column % side < grout))
    return _tint(tone, _pick(rng, _STONES))


def carpet(rng: np.random.Generator, shape: tuple[int, int], resolution: float) -> Image:
    """Roll out a short-haired carpet: fine speckles and soft, trodden patches.

    Args:
        rng: Source of the pattern.
        shape: Height and width (px).
        resolution: Metres per pixel.
    """
    tone = 0.07 * rng.standard_normal(shape, np.float32)
    tone += 0.09 * smooth_noise(rng, shape, (2.5, 2.5))
    tone += 0.12 * fractal_noise(rng, shape, (0.9 / resolution, 0.9 / resolution), octaves=5)
    return _tint(tone, _pick(rng, _CARPETS))


def concrete(rng: np.random.Generator, shape: tuple[int, int], resolution: float) -> Image:
    """Pour a concrete floor with stains and a few expansion joints.

    Args:
        rng: Source of the pattern.
        shape: Height and width (px).
        resolution: Metres per pixel.
    """
    tone = 0.22 * fractal_noise(rng, shape, (1.4 / resolution, 1.4 / resolution), octaves=7)
    tone += 0.05 * smooth_noise(rng, shape, (1.5, 1.5))
    gap = max(8, round(rng.uniform(2.0, 3.0) / resolution))
    tone[::gap, :] -= 0.2
    tone[:, ::gap] -= 0.2
    return _tint(tone, _pick(rng, _CONCRETES))


FLOORS: Mapping[str, FloorMaker] = MappingProxyType(
    {'boards': boards, 'tiles': tiles, 'carpet': carpet, 'concrete': concrete}
)
"""Floors by name."""


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> NDArray[np.float32]:
    """Take one of the colours and vary it a little: float32 (3,)."""
    colour = np.array(colours[rng.integers(len(colours))], np.float32)
    return np.asarray(colour * rng.uniform(0.85, 1.1) + rng.uniform(-6.0, 6.0, 3), np.float32)


def _tint(tone: Field, colour: NDArray[np.float32]) -> Image:
    """Colour a field of relative brightness, 0 for the colour itself."""
    picture: Image = np.clip((1.0 + tone)[..., None] * colour, 0.0, 255.0).astype(np.uint8)
    return picture
