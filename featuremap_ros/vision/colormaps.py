# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour tables: 256 RGB entries."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnknownNameError

Table = NDArray[np.uint8]
"""uint8 (256, 3), RGB."""

_OPENCV = {
    'inferno': cv2.COLORMAP_INFERNO,
    'magma': cv2.COLORMAP_MAGMA,
    'plasma': cv2.COLORMAP_PLASMA,
    'viridis': cv2.COLORMAP_VIRIDIS,
    'cividis': cv2.COLORMAP_CIVIDIS,
    'turbo': cv2.COLORMAP_TURBO,
    'hot': cv2.COLORMAP_HOT,
    'jet': cv2.COLORMAP_JET,
    'gray': None,
}

# For signed maps: negative, zero, positive (ColorBrewer PuOr, safe for colour-blind readers).
_DIVERGING = {'diverging': ((94, 60, 153), (247, 247, 247), (230, 97, 1))}

COLORMAPS = (*_OPENCV, *_DIVERGING)


@cache
def color_table(name: str) -> Table:
    """Return a colour table by name, made once and not to be written to.

    Args:
        name: One of ``COLORMAPS``.

    Returns:
        RGB, uint8 (256, 3). Entry 0 is the low end; of a diverging table entry 128 is zero.

    Raises:
        UnknownNameError: There is no such table.
    """
    if name in _DIVERGING:
        anchors = np.array(_DIVERGING[name], np.float64)
        at = np.arange(256)
        channels = [np.interp(at, (1, 128, 255), anchors[:, c]) for c in range(3)]
        return _fixed(np.stack(channels, axis=1).round().astype(np.uint8))
    if name not in _OPENCV:
        raise UnknownNameError('colormap', name, COLORMAPS)
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    code = _OPENCV[name]
    if code is None:
        return _fixed(np.repeat(ramp, 3, axis=1))
    return _fixed(np.ascontiguousarray(cv2.applyColorMap(ramp, code)[:, 0, ::-1]))


def _fixed(table: Table) -> Table:
    table.flags.writeable = False
    return table
