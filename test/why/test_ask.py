# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Why it steered like that, on the demo's pilot and a tiny one."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
import pytest

from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import as_rgb
from featuremap_ros.why.ask import ask_why
from featuremap_ros.why.picture import draw_panels, draw_why


@pytest.fixture(scope='module')
def demo_pilot():
    """Return the pilot that comes with the package."""
    with pilot_path() as path:
        return Pilot.load(path, profile='demo')


@pytest.fixture(scope='module')
def why(demo_pilot):
    """Return the answer for the first frame of a drive."""
    return ask_why(demo_pilot, Simulator(World(3)).frame())


def test_the_answer_is_what_the_network_says_to_the_reported_picture(why, demo_pilot):
    """Hiding the boxes in the network's input, by hand, gives the decision that is reported."""
    pixels = why.counterfactual.pixels
    assert np.array_equal(pixels, as_rgb(pixels, 'rgb'))
    outputs = demo_pilot.outputs(pixels[None].astype(np.float32) / np.float32(255))
    assert why.after.value == pytest.approx(float(outputs['steering'][0]), abs=1e-6)
    fed = demo_pilot.forward(why.frame).model_input.pixels
    changed = (fed != pixels).any(axis=2)
    outside = np.ones_like(changed)
    for box in why.counterfactual.boxes:
        outside[box.slices] = False
    assert not changed[outside].any()


def test_the_boxes_lie_on_the_camera_picture(why):
    """They are inside what the network sees: the demo's crop begins below the horizon."""
    height, width = why.frame.image.shape[:2]
    for rect in why.boxes:
        assert -1 <= rect.left < rect.right <= width
        assert height * 0.25 < rect.top < rect.bottom <= height


def test_the_sentence_names_both_decisions(why):
    """It is the sentence that one tells a friend."""
    assert why.found
    assert why.before.in_words(why.left_before) in why.sentence
    assert why.sentence.startswith(('Hide ', 'It steers '))


def test_a_picture_that_says_nothing_is_told_so(demo_pilot):
    """On a grey wall no box is needed."""
    grey = Frame(np.full((240, 320, 3), 128, np.uint8), 0)
    why = ask_why(demo_pilot, grey)
    assert not why.found
    assert why.sentence.endswith('and no box that was tried changes that noticeably.')


def test_a_class_that_flips_is_an_answer_however_little_the_mean_moves(why):
    """Two bins that are nearly as likely: the car does something else."""
    one, other = (Steering(value, None, None, 0.5, {}) for value in (-0.5, 0.5))
    still = replace(why, before=one, after=one, left_before=0.5, left_after=0.5, change=0.001)
    flips = replace(still, after=other, left_after=-0.5)
    assert not still.found
    assert flips.found
    assert flips.sentence.endswith('and it steers 0.50 right instead of 0.50 left.')


@pytest.mark.parametrize(
    ('after', 'change', 'said'),
    [(0.402, 0.1, 'a little further to the left'), (0.4, -0.1, 'leans to the right and decides')],
)
def test_what_reads_the_same_is_told_apart(why, after, change, said):
    """A degree is rounded, and a limit holds back: the sentence does not claim a difference."""
    now, then = (Steering(-v, v, None, None, {}) for v in (0.4, after))
    same = replace(why, before=now, after=then, left_before=0.4, left_after=after, change=change)
    assert said in same.sentence
    assert 'instead of' not in same.sentence


@pytest.mark.parametrize(
    ('angle', 'left', 'text'),
    [
        (math.radians(14.2), 0.5, '14 degrees left'),
        (math.radians(-1.1), -0.1, '1 degree right'),
        (math.radians(-0.2), -0.1, 'straight on'),
        (None, -0.5, '0.50 right'),
        (None, 0.001, 'straight on'),
    ],
)
def test_steering_in_words(angle, left, text):
    """Degrees where the car's limit is known, the model's units where not."""
    assert Steering(0.0, angle, None, None, {}).in_words(left) == text


def test_the_picture_shows_before_and_after(why):
    """Both panels are the camera's picture but for boxes, dials and titles."""
    height, width = why.frame.image.shape[:2]
    left, right = draw_panels(why, 'rgb')
    assert left.shape == right.shape == (height, width, 3)
    box = why.boxes[0]
    row = round((box.top + box.bottom) / 2)
    column = round((box.left + box.right) / 2)
    assert np.array_equal(left[row, column], why.frame.image[row, column])
    assert not np.array_equal(left, right)
    corner = np.s_[height - 8 : height, :8]
    if not _covers(why.boxes, 0, height - 1):
        assert np.array_equal(left[corner], why.frame.image[corner])


def test_a_small_frame_is_enlarged_for_the_words(why):
    """The boxes stay on what they hide."""
    small = draw_panels(why, 'rgb')[1]
    large = draw_panels(why, 'rgb', least_width=3 * small.shape[1])[1]
    box = why.boxes[0]
    rows = slice(round(box.top) + 2, round(box.bottom) - 2)
    columns = slice(round(box.left) + 2, round(box.right) - 2)
    inside = large[1::3, 1::3][rows, columns].astype(int)
    assert np.abs(inside - small[rows, columns]).max() <= 3


def test_the_sentence_stands_under_both(why):
    """Side by side, at a size at which it can be read."""
    picture = draw_why(why, 'rgb')
    panel = draw_panels(why, 'rgb', least_width=480)[0]
    assert np.array_equal(picture[: panel.shape[0], : panel.shape[1]], panel)
    assert picture.shape[1] == 2 * panel.shape[1] == 960
    strip = picture[panel.shape[0] :]
    assert strip.max() > 200
    assert np.median(strip) < 40


def _covers(boxes: tuple[Rect, ...], x: float, y: float) -> bool:
    return any(b.left - 9 <= x <= b.right + 9 and b.top - 9 <= y <= b.bottom + 9 for b in boxes)
