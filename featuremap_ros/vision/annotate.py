# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn over a finished overlay: outline, label and steering gauge.

Of pictures of a few pixels, label and gauge would leave nothing: there they are left out.
"""

from __future__ import annotations

import math

import cv2

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.lettering import draw_text

_LIGHT = (255, 255, 255)
_DARK = (20, 20, 20)
# The colours of signed maps, lighter: orange is left everywhere.
_LEFT = (255, 150, 60)
_RIGHT = (165, 130, 240)
DRIVER = (110, 235, 160)
"""Colour of what the driver did; the pilot's needle is white."""
_FULL_SCALE_DEGREES = 60.0
# (width, height) of a picture that is still seen under a label and a dial.
_LEAST = (64, 40)
# How many lines the driver's needle is broader than the pilot's.
_BROADER = 4


def draw_outline(image: Image, rect: Rect) -> None:
    """Draw where a map was sampled, one pixel wide, into ``image``."""
    x0, y0, x1, y1 = rect.to_pixels()
    cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), (160, 160, 160), 1)


def draw_label(image: Image, text: str, *, line: int = 0, beside_dial: bool = False) -> None:
    """Write one line at the top left of ``image``.

    Args:
        image: RGB, uint8 (H, W, 3); drawn into.
        text: What.
        line: Which one, from the top.
        beside_dial: Whether ``draw_gauge`` draws there, too: what would run into it is left out,
            from the end, in the parts that two blanks or a comma make.
    """
    if _too_small(image):
        return
    scale, thickness = _text_size(image)
    if beside_dial:
        (x, _), radius = _dial(image)
        room = x - radius - round(16 * scale)
        while _measure(text, scale, thickness)[0] > room:
            shorter = text[: max(text.rfind('  '), text.rfind(', '), 0)]
            if not shorter:
                break
            text = shorter
    height = round(22 * scale * (1 + line))
    at = (round(8 * scale), height)
    _text(image, text, at, scale, thickness)


def draw_gauge(image: Image, left: float, text: str) -> None:
    """Draw a dial with the steering at the top right of ``image``.

    Args:
        image: RGB, uint8 (H, W, 3); drawn into.
        left: Steering from -1 (full right) to 1 (full left).
        text: Written under the needle.
    """
    if _too_small(image):
        return
    centre, radius = _dial(image)
    line = max(radius // 14, 1)
    degrees = _FULL_SCALE_DEGREES * min(max(left, -1.0), 1.0)
    span = (-90 - _FULL_SCALE_DEGREES, -90 + _FULL_SCALE_DEGREES)
    for color, thickness in ((_DARK, line + 1), (_LIGHT, line)):
        cv2.ellipse(image, centre, (radius, radius), 0, *span, color, thickness, cv2.LINE_AA)
    side = _LEFT if left > 0 else _RIGHT
    first, last = sorted((-90.0, -90.0 - degrees))
    cv2.ellipse(image, centre, (radius, radius), 0, first, last, side, 3 * line, cv2.LINE_AA)
    _needle(image, left, _LIGHT)
    _under_dial(image, 0, text, _LIGHT)


def draw_driver(image: Image, left: float, text: str, *, pilot: float) -> None:
    """Draw what the driver did into the dial of ``draw_gauge``, in a colour of its own.

    The driver's needle is short and broad and lies below the pilot's, so that both are seen where
    they agree.

    Args:
        image: RGB, uint8 (H, W, 3), with the dial; drawn into.
        left: Steering from -1 (full right) to 1 (full left).
        text: Written below the pilot's, in the needle's colour.
        pilot: What ``draw_gauge`` was given.
    """
    if _too_small(image):
        return
    _needle(image, left, DRIVER, length=0.72, broader=_BROADER)
    _needle(image, pilot, _LIGHT)
    _under_dial(image, 1, text, DRIVER)


def _too_small(image: Image) -> bool:
    height, width = image.shape[:2]
    return bool(width < _LEAST[0] or height < _LEAST[1])


def _dial(image: Image) -> tuple[tuple[int, int], int]:
    """Return centre and radius of the dial (pixels)."""
    height, width = image.shape[:2]
    radius = max(round(height * 0.14), 12)
    return (width - round(1.2 * radius), round(1.2 * radius)), radius


def _needle(
    image: Image,
    left: float,
    color: tuple[int, int, int],
    *,
    length: float = 1.0,
    broader: int = 0,
) -> None:
    """Draw a needle; ``length`` is its share of the radius, ``broader`` counts lines."""
    (x, y), radius = _dial(image)
    line = max(radius // 14, 1)
    angle = math.radians(_FULL_SCALE_DEGREES * min(max(left, -1.0), 1.0))
    tip = (
        round(x - length * radius * math.sin(angle)),
        round(y - length * radius * math.cos(angle)),
    )
    across = line + 1 + broader * line
    cv2.line(image, (x, y), tip, _DARK, across + 1, cv2.LINE_AA)
    cv2.line(image, (x, y), tip, color, across, cv2.LINE_AA)


def _under_dial(image: Image, row: int, text: str, color: tuple[int, int, int]) -> None:
    """Write a line under the dial, from the first on."""
    (x, y), _ = _dial(image)
    scale, thickness = _text_size(image)
    width, height = _measure(text, scale, thickness)
    under = y + height + round(6 * scale) + row * round(24 * scale)
    left_edge = min(x - width // 2, image.shape[1] - width - round(4 * scale))
    _text(image, text, (left_edge, under), scale, thickness, color)


def _measure(text: str, scale: float, thickness: int) -> tuple[int, int]:
    """Return width and height of a line (pixels)."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.6 * scale, thickness)
    return width, height


def _text_size(image: Image) -> tuple[float, int]:
    """Return the scale and thickness of text that suits a picture."""
    scale = max(image.shape[0] / 480, 0.5)
    return scale, max(round(scale), 1)


def _text(
    image: Image,
    text: str,
    at: tuple[int, int],
    scale: float,
    thickness: int,
    color: tuple[int, int, int] = _LIGHT,
) -> None:
    """Write text with a dark rim."""
    rim = 1 if scale < 1 else 2
    draw_text(image, text, at, scale=0.6 * scale, thickness=thickness, rim=rim, color=color)
