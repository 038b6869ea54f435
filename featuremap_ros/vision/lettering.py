# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Letters that are drawn once and then blended in.

Drawing a line of text takes as long as painting a map, and most lines are the same on every
picture. Blended in, they differ by rounding from letters that are drawn there.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.frame import Image

Color = tuple[int, int, int]
Mask = NDArray[np.uint16]

_DARK = (20, 20, 20)


def draw_text(
    image: Image,
    text: str,
    at: tuple[int, int],
    *,
    scale: float,
    thickness: int,
    rim: int,
    color: Color,
) -> None:
    """Write a line with a dark rim into a picture; what reaches out of it is cut off.

    Args:
        image: RGB, uint8 (H, W, 3); drawn into.
        text: In ASCII.
        at: x and y of the lower left corner of its first letter (pixels).
        scale: Of OpenCV's font.
        thickness: Of the letters' strokes (pixels).
        rim: How much thicker those of the rim are (pixels).
        color: RGB, of the letters.
    """
    kept, added, (x, y) = _drawn(text, scale, thickness, rim, color)
    left, top = at[0] - x, at[1] - y
    x0, y0 = max(left, 0), max(top, 0)
    x1 = min(left + kept.shape[1], image.shape[1])
    y1 = min(top + kept.shape[0], image.shape[0])
    if x0 < x1 and y0 < y1:
        part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        blend(image[y0:y1, x0:x1], kept[part], added[part])


def taken_apart(on_black: NDArray[np.uint8], on_white: NDArray[np.uint8]) -> tuple[Mask, Mask]:
    """Return how much of a picture shows through a drawing, of 256, and what the drawing adds.

    Args:
        on_black: The drawing on a black picture, uint8.
        on_white: The same on a white one.
    """
    shown = (np.maximum(on_white, on_black) - on_black).astype(np.uint16)
    return shown + (shown > 0), on_black.astype(np.uint16)


def blend(pixels: NDArray[np.uint8], kept: Mask, added: Mask) -> None:
    """Put a drawing that was taken apart into pixels of its shape, uint8."""
    np.copyto(pixels, ((pixels * kept) >> 8) + added, casting='unsafe')


@lru_cache(maxsize=64)
def _drawn(
    text: str, scale: float, thickness: int, rim: int, color: Color
) -> tuple[Mask, Mask, tuple[int, int]]:
    """Return a line taken apart, and where in it the first letter's lower left corner lies."""
    font = cv2.FONT_HERSHEY_SIMPLEX
    (width, height), below = cv2.getTextSize(text, font, scale, thickness + rim)
    margin = thickness + rim
    at = margin, margin + height
    size = height + below + 2 * margin, width + 2 * margin, 3
    written = np.zeros(size, np.uint8), np.full(size, 255, np.uint8)
    for picture in written:
        for ink, line in ((_DARK, thickness + rim), (color, thickness)):
            cv2.putText(picture, text, at, font, scale, ink, line, cv2.LINE_AA)
    kept, added = taken_apart(*written)
    return kept, added, at
