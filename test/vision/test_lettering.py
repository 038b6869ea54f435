# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Letters that are drawn once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featuremap_ros.vision.lettering import blend, draw_text, taken_apart

STYLE = {'scale': 0.6, 'thickness': 1, 'rim': 2, 'color': (110, 235, 160)}


def drawn(image, text, at):
    """Return the picture with a line that OpenCV draws into it."""
    expected = image.copy()
    for color, width in (((20, 20, 20), 3), (STYLE['color'], 1)):
        cv2.putText(expected, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, color, width, cv2.LINE_AA)
    return expected


@pytest.mark.parametrize(
    'at', [(20, 40), (0, 0), (-30, 40), (150, 40), (20, 118), (20, -3), (400, 40), (20, 300)]
)
def test_blended_letters_are_those_that_are_drawn_there(at):
    """But for what overlapping strokes are rounded to; also where they reach out of it.

    OpenCV leaves out parts of strokes along the border of a picture.
    """
    inside = np.s_[2:-2, 2:-2]
    image = np.random.default_rng(0).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    expected = drawn(image, '7 deg left gq', at)
    for _ in range(2):
        found = image.copy()
        draw_text(found, '7 deg left gq', at, **STYLE)
        assert np.abs(found.astype(int) - expected)[inside].max() <= 6
        assert (found != image)[inside].any() == (expected != image)[inside].any()


def test_other_words_and_colours_are_not_taken_for_each_other():
    """What is kept of one line is not shown for another."""
    pictures = []
    for text, color in (('left', (255, 0, 0)), ('right', (255, 0, 0)), ('left', (0, 255, 0))):
        image = np.zeros((40, 100, 3), np.uint8)
        draw_text(image, text, (5, 25), **{**STYLE, 'color': color})
        pictures.append(image.tobytes())
    assert len(set(pictures)) == 3


def test_a_drawing_on_nothing_is_nothing():
    """Where black stays black and white stays white, every pixel keeps its value."""
    black, white = np.zeros((1, 256), np.uint8), np.full((1, 256), 255, np.uint8)
    pixels = np.arange(256, dtype=np.uint8)[None]
    blend(pixels, *taken_apart(black, white))
    assert np.array_equal(pixels[0], np.arange(256))
    blend(pixels, *taken_apart(white, white))
    assert (pixels == 255).all()
