# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Smooth random fields, the stuff that wood, concrete and wear are made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""A random field: float32 (H, W)."""


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]
) -> Field:
    """Draw one octave of noise: random values on a coarse grid, interpolated.

    Args:
        rng: Source of the values.
        shape: Height and width (px).
        cell: Height and width of the grid's cells (px).

    Returns:
        Field with values within about -1..1.
    """
    rows, columns = (
        max(2, round(side / size) + 1) for side, size in zip(shape, cell, strict=True)
    )
    coarse = rng.uniform(-1.0, 1.0, (rows, columns)).astype(np.float32)
    field = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32)


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cell: tuple[float, float],
    *,
    octaves: int = 4,
) -> Field:
    """Add octaves of noise, each half as large and half as strong as the one before.

    Args:
        rng: Source of the values.
        shape: Height and width (px).
        cell: Height and width of the first octave's cells (px).
        octaves: How many.

    Returns:
        Field with values within about -1..1.
    """
    total = np.zeros(shape, np.float32)
    weights = [0.5**octave for octave in range(octaves)]
    for octave, weight in enumerate(weights):
        size = (max(cell[0] / 2**octave, 1.0), max(cell[1] / 2**octave, 1.0))
        total += np.float32(weight / sum(weights)) * smooth_noise(rng, shape, size)
    return total
