# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A map on another grid: one value for every pixel that the network was fed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.registration import Sampling


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
    height, width = values.shape
    rows = (np.arange(size[0]) - sampling.y.start) / sampling.y.jump
    columns = (np.arange(size[1]) - sampling.x.start) / sampling.x.jump
    at_x, at_y = (grid.astype(np.float32) for grid in np.meshgrid(columns, rows))
    spread = cv2.remap(values, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (np.abs(rows - (height - 1) / 2) <= height / 2)[:, None] & (
        np.abs(columns - (width - 1) / 2) <= width / 2
    )
    return np.where(inside, spread, np.float32(0))
