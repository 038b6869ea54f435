# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Heat on pictures, against the definition written out plainly."""

from __future__ import annotations

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.painter import Painter


def define(image, heat, rect, *, colormap, mode, threshold, opacity, signed):
    """The four steps of the definition on the whole picture, pixel by pixel in float64."""
    entries = np.rint(127 * heat) + 128 if signed else np.rint(255 * heat)
    x0, y0, x1, y1 = rect.to_pixels()
    up = cv2.resize(
        entries.astype(np.uint8), (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC
    ).astype(int)
    table = color_table(colormap)
    out = image.copy()
    for row in range(max(y0, 0), min(y1, image.shape[0])):
        for column in range(max(x0, 0), min(x1, image.shape[1])):
            u = up[row - y0, column - x0]
            strength = abs(u - 128) / 127 if signed else u / 255
            if strength < threshold or strength == 0:
                continue
            pixel, color = image[row, column].astype(float), table[u].astype(float)
            if mode == 'add':
                light = opacity * color
                if signed:
                    ramp = min((strength - threshold) / max(1 - threshold, 1 / 255), 1)
                    light = opacity * ramp * table[1 if u < 128 else 255].astype(float)
                out[row, column] = np.minimum(pixel + np.rint(light), 255)
            else:
                ramp = min((strength - threshold) / max(1 - threshold, 1 / 255), 1)
                a = np.rint(255 * opacity * ramp)
                mixed = np.rint(pixel * (255 - a) / 255) + np.rint(color * a / 255)
                out[row, column] = np.minimum(mixed, 255)
    return out


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cells=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    corner=st.tuples(st.floats(-20, 30), st.floats(-20, 20)),
    extent=st.tuples(st.floats(1, 60), st.floats(1, 50)),
    mode=st.sampled_from(['alpha', 'add']),
    threshold=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    opacity=st.sampled_from([0.0, 0.5, 1.0]),
    signed=st.booleans(),
    colormap=st.sampled_from(['inferno', 'diverging']),
)
def test_painting_equals_its_definition_bit_for_bit(
    seed, cells, corner, extent, mode, threshold, opacity, signed, colormap
):
    """Every mode, sign, threshold and rectangle, also those that reach out of the picture."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (24, 37, 3), dtype=np.uint8)
    heat = rng.uniform(-1 if signed else 0, 1, cells).astype(np.float32)
    rect = Rect(corner[0], corner[1], corner[0] + extent[0], corner[1] + extent[1])
    settings_ = {
        'colormap': colormap,
        'mode': mode,
        'threshold': threshold,
        'opacity': opacity,
        'signed': signed,
    }
    painted = Painter(**settings_).paint(image, heat, rect)
    assert np.array_equal(painted, define(image, heat, rect, **settings_))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    mode=st.sampled_from(['alpha', 'add']),
    threshold=st.sampled_from([0.0, 0.3, 0.9]),
    signed=st.booleans(),
)
def test_what_a_painter_keeps_from_one_picture_does_not_show_in_the_next(
    seed, mode, threshold, signed
):
    """One painter on maps, places and pictures of many sizes paints what a new one paints."""
    rng = np.random.default_rng(seed)
    settings_ = {'mode': mode, 'threshold': threshold, 'signed': signed}
    kept = Painter(**settings_)
    for rows, columns in rng.integers(20, 60, (6, 2)):
        image = rng.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        low = -1 if signed else 0
        heat = rng.uniform(low, 1, rng.integers(1, 6, 2)).astype(np.float32)
        left, top = rng.uniform(-10, 40, 2)
        rect = Rect(left, top, left + rng.uniform(1, 50), top + rng.uniform(1, 50))
        for _ in range(2):
            painted = kept.paint(image, heat, rect)
            assert np.array_equal(painted, Painter(**settings_).paint(image, heat, rect))


@pytest.mark.parametrize('mode', ['alpha', 'add'])
def test_a_picture_of_several_bands_equals_one_painted_in_parts(mode):
    """Rows are painted in bands; where they are cut does not show, sparse heat included."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (480, 900, 3), dtype=np.uint8)
    heat = np.where(rng.random((8, 13)) > 0.8, 1, 0.1).astype(np.float32)
    rect = Rect(30.5, 20.5, 889.5, 459.5)
    painter = Painter(mode=mode, threshold=0.3)
    up = cv2.resize(
        np.rint(255 * heat).astype(np.uint8), (859, 439), interpolation=cv2.INTER_CUBIC
    )
    expected = image.copy()
    for row in range(439):
        line = image[21 + row : 22 + row]
        cells = (up[row : row + 1] / np.float32(255)).astype(np.float32)
        expected[21 + row] = painter.paint(line, cells, Rect(30.5, -0.5, 889.5, 0.5))[0]
    assert np.array_equal(painter.paint(image, heat, rect), expected)


def test_heat_lies_in_its_rectangle_and_nowhere_else():
    """Outside the rectangle the picture is untouched."""
    image = np.full((60, 80, 3), 90, np.uint8)
    painted = Painter(opacity=1.0).paint(
        image, np.ones((3, 4), np.float32), Rect(9.5, 19.5, 29.5, 39.5)
    )
    changed = (painted != image).any(axis=2)
    assert changed[20:40, 10:30].all()
    changed[20:40, 10:30] = False
    assert not changed.any()


def test_one_hot_cell_glows_around_its_centre():
    """The centroid of the light is the cell's centre within a tenth of a pixel."""
    heat = np.zeros((5, 7), np.float32)
    heat[2, 4] = 1
    image = np.zeros((200, 280, 3), np.uint8)
    painted = Painter(colormap='gray', mode='add', opacity=1).paint(
        image, heat, Rect(-0.5, -0.5, 279.5, 199.5)
    )
    light = painted[..., 0].astype(float)
    rows, columns = np.mgrid[:200, :280]
    centroid = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
    assert centroid == pytest.approx((4.5 * 40 - 0.5, 2.5 * 40 - 0.5), abs=0.1)


def test_no_heat_leaves_the_picture_as_it_is():
    """A dark map paints nothing, in any mode."""
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    for mode in ('alpha', 'add'):
        painted = Painter(mode=mode).paint(image, np.zeros((2, 3), np.float32), Rect(0, 0, 20, 10))
        assert np.array_equal(painted, image)


def test_added_evidence_is_the_brighter_the_stronger_it_is():
    """Near zero nothing is seen, on either side, though zero has a bright colour."""
    image = np.zeros((1, 5, 3), np.uint8)
    heat = np.array([[-1, -0.1, 0, 0.1, 1]], np.float32)
    painter = Painter(mode='add', signed=True, colormap='diverging', opacity=1.0)
    light = painter.paint(image, heat, Rect(-0.5, -0.5, 4.5, 0.5)).max(axis=2)[0].astype(int)
    assert light[2] == 0
    assert max(light[1], light[3]) < 30
    assert min(light[0], light[4]) > 140


def test_it_paints_into_the_given_array_and_never_into_the_picture():
    """The picture may be read-only, the output may be a message's memory."""
    image = np.full((20, 30, 3), 90, np.uint8)
    image.setflags(write=False)
    buffer = bytearray(20 * 30 * 3)
    out = np.frombuffer(buffer, np.uint8).reshape(20, 30, 3)
    painted = Painter().paint(image, np.ones((2, 3), np.float32), Rect(0, 0, 20, 10), out)
    assert painted is out
    assert any(buffer)
    assert (image == 90).all()


def test_a_rectangle_outside_the_picture_paints_nothing():
    """A map of another part of the world is no error."""
    image = np.full((20, 30, 3), 90, np.uint8)
    painted = Painter().paint(image, np.ones((2, 3), np.float32), Rect(50, 50, 70, 60))
    assert np.array_equal(painted, image)
