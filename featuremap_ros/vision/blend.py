# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Blend the colours of a table into a picture: ``out = round(keep * image / 255) + color``.

A table is uint8 (256, 4). An entry holds an RGB colour, weighted already, and what is kept of the
picture, of 255. Sums saturate.

This is most of what painting costs. Compiled from C it takes one pass over the pixels. Where there
was no C compiler, or the processor lacks the instructions, OpenCV takes five, with the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.passes import Passes

try:
    from featuremap_ros.vision._blend import blend as compiled_blend
except ImportError:
    COMPILED = False
else:
    COMPILED = True

Blend = Callable[[Image, NDArray[np.uint8], Image], None]
"""Of a picture, RGB uint8 (h, w, 3), and table entries, uint8 (h, w), into an output of the
picture's shape, which may be the picture."""


def blend_by(table: NDArray[np.uint8]) -> Blend:
    """Return the quickest way to blend with a table, for one thread at a time.

    Args:
        table: uint8 (256, 4), see above.
    """
    return partial(_compiled, table) if COMPILED else Passes(table)


def _compiled(table: NDArray[np.uint8], image: Image, up: NDArray[np.uint8], out: Image) -> None:
    """Blend in compiled code, which wants the pixels of a row side by side."""
    if image.strides[1:] != (3, 1):
        image = np.ascontiguousarray(image)
    compiled_blend(image, up, table, out)
