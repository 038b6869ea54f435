# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A map on another grid: the pixels that the network was fed, or those of the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Affine
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Sampling

_GRID = 160


def on_model_pixels(
    values: NDArray[np.float32], sampling: Sampling, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Interpolate a map between the centres of its cells.

    Args:
        values: float32 (h, w).
        sampling: Where its cells lie.
        size: (rows, columns) of the network's input.

    Returns:
        float32 (rows, columns): linear between cells, and 0 where the map does not reach, half a
        cell beyond its outermost centres.
    """
    x, y = sampling.x, sampling.y
    cells = Affine(x.jump, y.jump, x.start, y.start)
    return np.nan_to_num(_at(values, cells, np.arange(size[0]), np.arange(size[1])))


def on_camera_pixels(raw: RawMap, size: tuple[int, int]) -> NDArray[np.float32]:
    """Interpolate a map on a grid of the camera's picture that is the same for all its maps.

    Args:
        raw: The map.
        size: (rows, columns) of the camera's picture.

    Returns:
        float32 (h, w), at most 160 on either side: linear between cells, and NaN where the map
        does not reach, half a cell beyond its outermost centres.
    """
    step = max(max(size) / _GRID, 1.0)
    rows, columns = (np.arange(step / 2 - 0.5, length - 0.5, step) for length in size)
    return _at(raw.values, raw.registration.to_cell_centres, rows, columns)


def _at(
    values: NDArray[np.float32],
    cells: Affine,
    rows: NDArray[np.floating] | NDArray[np.integer],
    columns: NDArray[np.floating] | NDArray[np.integer],
) -> NDArray[np.float32]:
    """Return a map's values at rows and columns of another grid; NaN outside of it."""
    height, width = values.shape
    y = (rows - cells.offset_y) / cells.scale_y
    x = (columns - cells.offset_x) / cells.scale_x
    at_x, at_y = (grid.astype(np.float32) for grid in np.meshgrid(x, y))
    spread = cv2.remap(values, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (np.abs(y - (height - 1) / 2) <= height / 2)[:, None] & (
        np.abs(x - (width - 1) / 2) <= width / 2
    )
    return np.where(inside, spread, np.float32(np.nan))
