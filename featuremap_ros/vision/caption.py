# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A line of text as a picture, to be put above or below another one."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.frame import Image

_STRIP = 0.09
_LEAST_HEIGHT = 24


def caption_height(height: int) -> int:
    """Return how high the strip for a picture is (pixels).

    Args:
        height: Of the picture (pixels).
    """
    return max(round(height * _STRIP), _LEAST_HEIGHT)


def caption(text: str, width: int, height: int) -> Image:
    """Return a dark strip with one line of text that fits its width.

    Args:
        text: ASCII.
        width: Of the strip (pixels).
        height: Of the picture that it belongs to (pixels); see ``caption_height``.

    Returns:
        RGB, uint8 (h, width, 3).
    """
    strip = np.full((caption_height(height), width, 3), 24, np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, strip.shape[0] / 44
    (text_width, _), _ = cv2.getTextSize(text, font, scale, 1)
    scale *= min(1.0, 0.96 * width / max(text_width, 1))
    (text_width, text_height), _ = cv2.getTextSize(text, font, scale, 1)
    at = ((width - text_width) // 2, (strip.shape[0] + text_height) // 2)
    cv2.putText(strip, text, at, font, scale, (255, 255, 255), max(round(scale), 1), cv2.LINE_AA)
    return strip
