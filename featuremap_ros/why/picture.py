# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The answer to why as a picture: before, after, and the sentence."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.annotate import draw_gauge, draw_label
from featuremap_ros.vision.caption import caption
from featuremap_ros.vision.enlarge import enlarged
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import as_rgb
from featuremap_ros.why.ask import Why

_BOX = (255, 255, 255)
_RIM = (20, 20, 20)
_PANEL_WIDTH = 480
_TITLES = ('as it was', 'without the box', 'without the boxes')


def draw_why(why: Why, color: str) -> Image:
    """Draw the frame with the boxes, the frame without what is in them, and the answer.

    Args:
        why: The answer.
        color: Colour order of the network's pixels, see ``featuremap_ros.vision.preprocess``.

    Returns:
        RGB, uint8 (H, W, 3): two panels side by side, and a line of text below.
    """
    before, after = draw_panels(why, color, least_width=_PANEL_WIDTH)
    pair = np.concatenate([before, after], axis=1)
    return np.concatenate([pair, caption(why.sentence, pair.shape[1], pair.shape[0])])


def draw_panels(why: Why, color: str, *, least_width: int = 0) -> tuple[Image, Image]:
    """Draw the frame with the boxes, and the frame without what is in them.

    Args:
        why: The answer.
        color: Colour order of the network's pixels, see ``featuremap_ros.vision.preprocess``.
        least_width: A smaller frame is enlarged first, so that the words fit on it (pixels).

    Returns:
        Before and after, RGB, uint8 (H, W, 3).
    """
    image, to_large = enlarged(why.frame.image, least_width)
    height, width = image.shape[:2]
    thickness = max(height // 240, 1)
    before, after = image.copy(), image.copy()
    hidden = as_rgb(why.counterfactual.pixels, color)
    for box, rect in zip(why.counterfactual.boxes, why.boxes, strict=True):
        x0, y0, x1, y1 = to_large.rect(rect).to_pixels()
        patch = cv2.resize(hidden[box.slices], (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x1, width), min(y1, height)
        after[top:bottom, left:right] = patch[top - y0 : bottom - y0, left - x0 : right - x0]
        for panel in (before, after):
            # Around the box, so that all of it can be seen, however small it is.
            for ink, away in ((_RIM, 2 * thickness), (_BOX, thickness)):
                corners = (x0 - away, y0 - away), (x1 - 1 + away, y1 - 1 + away)
                cv2.rectangle(panel, *corners, ink, thickness)
    without = _TITLES[min(len(why.boxes), 2)]
    for panel, title, left_share, steering in (
        (before, _TITLES[0], why.left_before, why.before),
        (after, without, why.left_after, why.after),
    ):
        draw_label(panel, title)
        draw_gauge(panel, left_share, steering.in_words(left_share))
    return before, after
