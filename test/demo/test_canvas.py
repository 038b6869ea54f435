# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Paint lies where it is put, in metres."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.demo.canvas import Canvas, FloorMap

RESOLUTION = 0.01
FLOOR_MAP = FloorMap(-1.0, 2.0, RESOLUTION)
RED = (200, 30, 20)


@pytest.fixture
def canvas() -> Canvas:
    """Return a grey floor of 3 m x 4 m with its upper left corner at (-1, 2)."""
    bare = np.full((400, 300, 3), 90, np.uint8)
    return Canvas(picture=bare, floor_map=FLOOR_MAP, rng=np.random.default_rng(1))


def painted(canvas: Canvas) -> np.ndarray:
    """Return where at least half of a pixel is red."""
    return canvas.picture[..., 0].astype(int) - canvas.picture[..., 1] > 85


def test_pixels_and_metres():
    """The corner of the picture is half a pixel before the first pixel's centre, y upwards."""
    pixels = FLOOR_MAP.to_pixels(np.array([[-1.0, 2.0], [0.0, 0.0]]))
    np.testing.assert_allclose(pixels, [[-0.5, -0.5], [99.5, 199.5]])


def test_a_sheet_covers_its_rectangle(canvas):
    """And nothing else."""
    corners = np.array([[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]])
    canvas.patch(corners, colour=RED, wear=0.0)
    rows, columns = np.nonzero(painted(canvas))
    assert (columns.min(), columns.max()) == pytest.approx((100, 199), abs=1)
    assert (rows.min(), rows.max()) == pytest.approx((100, 149), abs=1)
    red, green, blue = canvas.picture[125, 150].astype(int)
    assert red > 160
    assert max(green, blue) < 60


def test_tape_has_its_width_and_is_cut_straight(canvas):
    """0.1 m across, and no longer than the line."""
    canvas.line(np.array([[0.0, 0.0], [1.0, 0.0]]), width=0.1, colour=RED)
    rows, columns = np.nonzero(painted(canvas))
    assert np.ptp(rows) + 1 == pytest.approx(10, abs=2)
    assert (columns.min(), columns.max()) == pytest.approx((100, 199), abs=1)


def test_a_closed_line_comes_back(canvas):
    """Between its last and its first point too."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    canvas.line(corners, width=0.04, colour=RED, closed=True)
    assert painted(canvas)[150, 98:102].any()


def test_worn_paint_shows_the_floor():
    """More of it, the more it is worn."""
    brightness = []
    for wear in (0.0, 0.5, 1.0):
        bare = np.zeros((100, 100, 3), np.uint8)
        canvas = Canvas(picture=bare, floor_map=FLOOR_MAP, rng=np.random.default_rng(1))
        corners = np.array([[-1.0, 1.0], [0.0, 1.0], [0.0, 2.0], [-1.0, 2.0]])
        canvas.patch(corners, colour=(200, 200, 200), wear=wear)
        brightness.append(canvas.picture.mean())
        assert bare.max() == 0
    assert brightness == sorted(brightness, reverse=True)
    assert brightness[0] > 1.2 * brightness[2]
