# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Outline, label and gauge."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.annotate import (
    draw_driver,
    draw_gauge,
    draw_label,
    draw_outline,
    DRIVER,
)


def dial(left):
    """Return the dial drawn for a steering, and the colour-weighted side of its needle."""
    image = np.zeros((240, 320, 3), np.uint8)
    draw_gauge(image, left, 'x')
    return image


@pytest.mark.parametrize('size', [(120, 160), (480, 640), (1080, 1920)])
def test_everything_fits_into_pictures_of_every_size(size):
    """Something is drawn, and nothing fails."""
    image = np.zeros((*size, 3), np.uint8)
    draw_label(image, 'conv2d_5 mean')
    draw_gauge(image, 0.5, '12 deg left')
    assert image[: size[0] // 4].any()
    assert not image[size[0] // 2 :].any()


@pytest.mark.parametrize(
    ('width', 'left'),
    [
        (640, 'conv2d_1 mean  78x58, sees 5x5 px'),
        (160, 'conv2d_1 mean  78x58'),
        (120, 'conv2d_1 mean'),
    ],
)
def test_a_label_does_not_run_into_the_dial(width, left):
    """Of a small picture the name is left, which nothing else says."""
    wanted, drawn = np.zeros((2, width * 3 // 4, width, 3), np.uint8)
    draw_label(wanted, left)
    draw_label(drawn, 'conv2d_1 mean  78x58, sees 5x5 px', beside_dial=True)
    np.testing.assert_array_equal(drawn, wanted)


def test_a_label_keeps_away_from_the_dial():
    """Some pixels are free between the last letter and the arc, whatever is written."""
    dial_begins = np.nonzero(dial(0.5).max(axis=(0, 2)))[0].min()
    for letter in 'xme1':
        for count in range(16):
            image = np.zeros((240, 320, 3), np.uint8)
            draw_label(image, f'hi{letter * count}  40x30, sees 35x', beside_dial=True)
            assert dial_begins - np.nonzero(image.max(axis=(0, 2)))[0].max() >= 6


def test_the_needle_points_to_the_side_of_the_steering():
    """Left steering lights the left half of the dial, right steering the right one."""
    left, right = dial(1.0), dial(-1.0)
    only_left = (left.astype(int) - right).max(axis=2) > 100
    only_right = (right.astype(int) - left).max(axis=2) > 100
    assert np.nonzero(only_left)[1].mean() < np.nonzero(only_right)[1].mean() - 10


def test_steering_beyond_the_scale_stays_at_the_end_of_the_dial():
    """The needle does not turn round."""
    assert np.array_equal(dial(1.0), dial(7.0))


@pytest.mark.parametrize('size', [(120, 160), (480, 640)])
def test_the_driver_has_a_needle_of_its_own(size):
    """It points to the driver's side, and has the colour of the driver's words below."""
    image = np.zeros((*size, 3), np.uint8)
    draw_gauge(image, 0.5, '12 deg left')
    pilots = image.copy()
    draw_driver(image, -0.5, 'driver 12 deg right', pilot=0.5)
    green = (np.abs(image.astype(int) - DRIVER) < 40).all(axis=2)
    rows, columns = np.nonzero(green)
    centre = (size[1] - 1.2 * 0.14 * size[0], 1.2 * 0.14 * size[0])
    needle = rows < centre[1]
    assert needle.sum() > 10
    assert columns[needle].mean() > centre[0]
    assert (~needle).sum() > 10
    assert not (np.abs(pilots.astype(int) - DRIVER) < 40).all(axis=2).any()


@pytest.mark.parametrize('size', [(120, 160), (240, 320), (480, 640)])
@pytest.mark.parametrize('left', [0.0, 0.4])
def test_where_both_steer_alike_both_needles_are_seen(size, left):
    """The driver's lies below the pilot's, and is broader."""
    image = np.zeros((*size, 3), np.uint8)
    draw_gauge(image, left, '')
    draw_driver(image, left, '', pilot=left)
    radius = 0.14 * size[0]
    angle = np.radians(60 * left)
    middle = [size[1] - 1.2 * radius, 1.2 * radius] - 0.5 * radius * np.array(
        [np.sin(angle), np.cos(angle)]
    )
    reach = int(0.25 * radius)
    x, y = middle.round().astype(int)
    part = image[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(int)
    for color in (DRIVER, (255, 255, 255)):
        assert (np.abs(part - color) < 60).all(axis=2).sum() >= reach


def test_the_outline_runs_along_the_inside_of_the_rectangle():
    """One pixel wide, on the first and last row and column that the map covers."""
    image = np.zeros((20, 30, 3), np.uint8)
    draw_outline(image, Rect(4.5, 2.5, 14.5, 9.5))
    drawn = image.any(axis=2)
    assert drawn[3, 5:15].all()
    assert drawn[9, 5:15].all()
    assert drawn[3:10, 5].all()
    assert drawn[3:10, 14].all()
    assert drawn.sum() == 2 * 10 + 2 * 5


def test_nothing_is_drawn_over_a_picture_of_a_few_pixels():
    """Letters and dial have a least size, in which they would be all that is seen."""
    image = np.zeros((24, 32, 3), np.uint8)
    draw_label(image, 'conv2d_5 mean')
    draw_gauge(image, 0.5, '12 deg left')
    draw_driver(image, -0.5, 'driver 12 deg right', pilot=0.5)
    assert not image.any()
    draw_gauge(larger := np.zeros((48, 64, 3), np.uint8), 0.5, '')
    assert larger.any()
