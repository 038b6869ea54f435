# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The article's look, against its steps in plain NumPy."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.seed import SeedPainter


def article(frame_bgr, activation):
    """The notebook's steps on a BGR crop, with a look-up table for the colour map."""
    spread = activation.max() - activation.min()
    grey_map = (255 * ((activation - activation.min()) / spread)).astype(np.uint8)
    colors = color_table('inferno')[grey_map]
    size = frame_bgr.shape[1], frame_bgr.shape[0]
    up = cv2.resize(colors, size, interpolation=cv2.INTER_CUBIC).astype(int)
    # COLOR_BGR2GRAY takes the first channel, which is red here, for blue.
    grey = (up[..., 0] * 3735 + up[..., 1] * 19235 + up[..., 2] * 9798 + 2**14) >> 15
    added = frame_bgr.astype(int) + np.where(grey[..., None] > 80, up, 0)
    return np.minimum(added, 255).astype(np.uint8)


def test_it_equals_the_articles_steps():
    """The crop is the article's picture, all else the camera's; one picture after the other."""
    rng = np.random.default_rng(4)
    painter = SeedPainter()
    for height, width in ((90, 160), (300, 700), (90, 160), (90, 160)):
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        activation = rng.random((7, 12), dtype=np.float32)
        heat = (activation - activation.min()) / (activation.max() - activation.min())
        painted = painter.paint(image, heat, Rect(4.5, 39.5, width - 10.5, height - 0.5))
        expected = article(image[40:, 5:-10, ::-1], activation)[..., ::-1]
        assert np.array_equal(painted[40:, 5:-10], expected)
        assert np.array_equal(painted[:40], image[:40])
        assert np.array_equal(painted[:, :5], image[:, :5])
        assert np.array_equal(painted[:, -10:], image[:, -10:])


def test_the_picture_is_not_written_to():
    """A read-only picture can be painted over."""
    image = np.full((20, 30, 3), 90, np.uint8)
    image.setflags(write=False)
    painted = SeedPainter().paint(image, np.ones((2, 3), np.float32), Rect(-0.5, -0.5, 29.5, 19.5))
    assert (painted != image).any()
