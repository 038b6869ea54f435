# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the colours of a map mean, drawn below it."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.lettering import draw_text

_LIGHT = (255, 255, 255)


def draw_legend(image: Image, colormap: str, low: str, high: str) -> None:
    """Draw a colour bar with the meaning of its two ends into the lower left of a picture.

    Args:
        image: RGB, uint8 (H, W, 3); drawn into.
        colormap: See ``color_table``.
        low: Written beside the colour of the smallest value.
        high: Written beside the colour of the largest value.
    """
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(image.shape[0] / 480, 0.45)
    (text_width, _), _ = cv2.getTextSize(low + high, font, 0.5 * scale, 1)
    scale *= min(1.0, 0.9 * image.shape[1] / (text_width + 140 * scale))
    thickness, size = max(round(scale), 1), 0.5 * scale
    bar_width, height, gap = round(110 * scale), round(12 * scale), round(7 * scale)
    (low_width, text_height), _ = cv2.getTextSize(low, font, size, thickness)
    (high_width, _), _ = cv2.getTextSize(high, font, size, thickness)
    bottom = image.shape[0] - gap
    bar_left = 5 * gap // 2 + low_width
    right = min(bar_left + bar_width + 2 * gap + high_width, image.shape[1])
    panel = image[bottom - text_height - 2 * gap : bottom, gap:right]
    np.copyto(panel, (panel * 0.35).astype(np.uint8))
    middle = bottom - gap - text_height // 2
    baseline = middle + text_height // 2
    for text, left in ((low, gap + gap // 2), (high, bar_left + bar_width + gap)):
        draw_text(
            image,
            text,
            (left, baseline),
            scale=size,
            thickness=thickness,
            rim=2,
            color=_LIGHT,
        )
    bar = image[middle - height // 2 : middle - height // 2 + height, bar_left:][:, :bar_width]
    shades = np.linspace(1, 255, max(bar.shape[1], 1)).round().astype(np.uint8)
    bar[:] = color_table(colormap)[shades][None]
