# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The answer to why as a picture: before, after, and the sentence."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.annotate import draw_gauge
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import as_rgb
from featuremap_ros.why import Why, words

_BOX = (255, 150, 60)
_STRIP = 0.09


def draw_why(why: Why, color: str) -> Image:
    """Draw the frame with the boxes, the frame without what is in them, and the answer.

    Args:
        why: The answer.
        color: Colour order of the network's pixels, see ``featuremap_ros.vision.preprocess``.

    Returns:
        RGB, uint8 (H, W, 3), twice as wide as the frame.
    """
    image = why.frame.image
    thickness = max(image.shape[0] // 240, 1)
    before, after = image.copy(), image.copy()
    hidden = as_rgb(why.counterfactual.pixels, color)
    for box, rect in zip(why.counterfactual.boxes, why.boxes, strict=True):
        x0, y0, x1, y1 = rect.to_pixels()
        patch = cv2.resize(hidden[box.slices], (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x1, image.shape[1]), min(y1, image.shape[0])
        after[top:bottom, left:right] = patch[top - y0 : bottom - y0, left - x0 : right - x0]
        for panel in (before, after):
            # Around the box, so that all of it can be seen, however small it is.
            corners = (x0 - thickness, y0 - thickness), (x1 - 1 + thickness, y1 - 1 + thickness)
            cv2.rectangle(panel, *corners, _BOX, thickness)
    draw_gauge(before, why.left_before, words(why.before, why.left_before))
    draw_gauge(after, why.left_after, words(why.after, why.left_after))
    pair = np.concatenate([before, after], axis=1)
    return np.concatenate([pair, _caption(why.sentence, pair.shape[1], image.shape[0])])


def _caption(text: str, width: int, height: int) -> Image:
    """Return a dark strip with one line of text that fits its width."""
    strip = np.full((max(round(height * _STRIP), 24), width, 3), 24, np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, strip.shape[0] / 44
    (text_width, _), _ = cv2.getTextSize(text, font, scale, 1)
    scale *= min(1.0, 0.96 * width / text_width)
    (text_width, text_height), _ = cv2.getTextSize(text, font, scale, 1)
    at = ((width - text_width) // 2, (strip.shape[0] + text_height) // 2)
    cv2.putText(strip, text, at, font, scale, (255, 255, 255), max(round(scale), 1), cv2.LINE_AA)
    return strip
