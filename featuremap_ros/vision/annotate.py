# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn over a finished overlay: outline, label and steering gauge."""

from __future__ import annotations

import math

import cv2

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Image

_LIGHT = (255, 255, 255)
_DARK = (20, 20, 20)
# The colours of signed maps, lighter: orange is left everywhere.
_LEFT = (255, 150, 60)
_RIGHT = (165, 130, 240)
_FULL_SCALE_DEGREES = 60.0


def draw_outline(image: Image, rect: Rect) -> None:
    """Draw where a map was sampled, one pixel wide, into ``image``."""
    x0, y0, x1, y1 = rect.to_pixels()
    cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), (160, 160, 160), 1)


def draw_label(image: Image, text: str) -> None:
    """Write one line at the top left of ``image``."""
    scale, thickness = _text_size(image)
    height = round(22 * scale)
    at = (round(8 * scale), height)
    _text(image, text, at, scale, thickness)


def draw_gauge(image: Image, left: float, text: str) -> None:
    """Draw a dial with the steering at the top right of ``image``.

    Args:
        image: RGB, uint8 (H, W, 3); drawn into.
        left: Steering from -1 (full right) to 1 (full left).
        text: Written under the needle.
    """
    height, width = image.shape[:2]
    radius = max(round(height * 0.14), 12)
    line = max(radius // 14, 1)
    centre = (width - round(1.2 * radius), round(1.2 * radius))
    degrees = _FULL_SCALE_DEGREES * min(max(left, -1.0), 1.0)
    span = (-90 - _FULL_SCALE_DEGREES, -90 + _FULL_SCALE_DEGREES)
    for color, thickness in ((_DARK, line + 1), (_LIGHT, line)):
        cv2.ellipse(image, centre, (radius, radius), 0, *span, color, thickness, cv2.LINE_AA)
    side = _LEFT if left > 0 else _RIGHT
    first, last = sorted((-90.0, -90.0 - degrees))
    cv2.ellipse(image, centre, (radius, radius), 0, first, last, side, 3 * line, cv2.LINE_AA)
    angle = math.radians(degrees)
    tip = (
        round(centre[0] - radius * math.sin(angle)),
        round(centre[1] - radius * math.cos(angle)),
    )
    cv2.line(image, centre, tip, _DARK, line + 2, cv2.LINE_AA)
    cv2.line(image, centre, tip, _LIGHT, line + 1, cv2.LINE_AA)
    scale, thickness = _text_size(image)
    (text_width, text_height), _ = cv2.getTextSize(
        text, cv2.FONT_HERSHEY_SIMPLEX, 0.6 * scale, thickness
    )
    under = centre[1] + text_height + round(6 * scale)
    left_edge = min(centre[0] - text_width // 2, width - text_width - round(4 * scale))
    _text(image, text, (left_edge, under), scale, thickness)


def _text_size(image: Image) -> tuple[float, int]:
    """Return the scale and thickness of text that suits a picture."""
    scale = max(image.shape[0] / 480, 0.5)
    return scale, max(round(scale), 1)


def _text(image: Image, text: str, at: tuple[int, int], scale: float, thickness: int) -> None:
    """Write light text with a dark rim."""
    rim = 1 if scale < 1 else 2
    for color, width in ((_DARK, thickness + rim), (_LIGHT, thickness)):
        cv2.putText(
            image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6 * scale, color, width, cv2.LINE_AA
        )
