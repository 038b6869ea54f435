# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The shift test on a network that steers by the place of one bright bar."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.trust.shift import salient_mask, shift_test

HEIGHT, WIDTH = 30, 80
OFFSETS = [-4, -2, 2, 4]


def scene(bar=38, blob=8):
    """Return a grey picture with a bright bar and a dark blob at given columns."""
    pixels = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    pixels[5:25, bar : bar + 4] = 250
    pixels[2:8, blob : blob + 6] = 10
    return pixels


def bar_place(batch):
    """Steer by the mean column of bright pixels; nothing else counts."""
    bright = (batch > 200).all(axis=3).sum(axis=1)
    return (bright * np.arange(WIDTH)).sum(axis=1) / np.maximum(bright.sum(axis=1), 1)


def heat_at(rows, columns):
    """Return heat on a part of the picture and none elsewhere."""
    heat = np.zeros((HEIGHT, WIDTH), np.float32)
    heat[rows, columns] = 1
    return heat


def test_the_right_pixels_move_the_steering_and_the_rest_does_not():
    """As far as they were moved."""
    mask = salient_mask(heat_at(slice(5, 25), slice(38, 42)), signed=False)
    result = shift_test(mask, scene(), bar_place)
    assert result.offsets.tolist() == OFFSETS
    assert result.salient == pytest.approx(OFFSETS)
    assert result.everything == pytest.approx(OFFSETS)
    assert result.rest == pytest.approx([0] * 4)
    assert 0.05 < result.area < 0.5


def test_pixels_arrive_where_the_mask_did_not_reach():
    """A mask without a margin is enough to move all of the bar."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[5:25, 38:42] = True
    assert shift_test(mask, scene(), bar_place).salient == pytest.approx(OFFSETS)


def test_the_wrong_pixels_do_not_move_it():
    """Then it is the rest that steers."""
    mask = salient_mask(heat_at(slice(2, 8), slice(8, 14)), signed=False)
    result = shift_test(mask, scene(), bar_place)
    assert result.salient == pytest.approx([0] * 4)
    assert result.rest == pytest.approx(OFFSETS)


def test_the_three_pictures_share_the_pixels_out(rng):
    """For a linear network the changes of the two parts add up to that of all."""
    weights = rng.normal(size=(HEIGHT, WIDTH, 3))
    pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    pixels.setflags(write=False)
    mask = rng.random((HEIGHT, WIDTH)) < 0.2
    result = shift_test(mask, pixels, lambda b: (b * weights).sum(axis=(1, 2, 3)))
    assert result.salient + result.rest == pytest.approx(result.everything)
    assert np.abs(result.salient).min() > 1


def test_the_margin_is_that_of_the_article():
    """30 pixels on a picture of 640: 4 of 80, on every side."""
    heat = heat_at(15, 40)
    rows, columns = np.nonzero(salient_mask(heat, signed=False))
    assert (columns.min(), columns.max()) == (36, 44)
    assert (rows.min(), rows.max()) == (11, 19)


def test_negative_heat_counts_where_it_has_a_meaning():
    """As much as positive heat."""
    heat = -heat_at(15, 40)
    assert salient_mask(heat, signed=True)[15, 40]
    assert not salient_mask(heat, signed=True)[15, 10]


def test_a_map_without_a_peak_marks_nothing():
    """Undefined, as all heat is the same."""
    assert salient_mask(np.full((4, 5), 2, np.float32), signed=False) is None


def test_a_narrow_picture_is_moved_by_whole_pixels():
    """Never by none."""
    pixels = np.zeros((4, 6, 1), np.uint8)
    result = shift_test(np.ones((4, 6), bool), pixels, lambda b: b.mean(axis=(1, 2, 3)))
    assert result.offsets.tolist() == [-1, 1]


def test_what_the_border_repeats_did_not_come_from_the_mask():
    """Moved by two, the marked column arrives in the third, and the second stays as it was."""
    pixels = np.arange(40, dtype=np.uint8)[None, :, None]
    mask = np.zeros((1, 40), bool)
    mask[:, 0] = True
    shown = []

    def watch(batch):
        shown.extend(batch)
        return np.zeros(len(batch))

    assert shift_test(mask, pixels, watch).offsets.tolist() == [-2, -1, 1, 2]
    salient = shown[1 + 3 * 3]
    assert salient[0, :4, 0].tolist() == [0, 1, 0, 3]
