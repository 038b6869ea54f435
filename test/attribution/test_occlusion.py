# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Occlusion on functions whose answer is known, on pictures that are not square."""

from __future__ import annotations

import numpy as np
import pytest

from featuremap_ros.attribution.occlusion import Box, occlude, occlude_greedily, patches
from featuremap_ros.errors import UnsupportedError

RNG = np.random.default_rng(8)
HEIGHT, WIDTH = 24, 41
PIXELS = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
HIDDEN = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
WEIGHTS = RNG.normal(size=(HEIGHT, WIDTH, 3)) / 255
WHOLE = Box(0, 0, HEIGHT, WIDTH)


def linear(pictures):
    """Score with a weighted sum."""
    return (pictures * WEIGHTS).sum(axis=(1, 2, 3))


def starts(size, patch, step, first=None):
    """Return where patches begin, written out."""
    return range(step - patch if first is None else first, size, step)


def heat_of_a_linear_score(patch, step, first=None):
    """Return the closed form: for each pixel the mean of w (x - b) over its patches."""
    evidence = ((PIXELS.astype(float) - HIDDEN) * WEIGHTS).sum(axis=2)
    heat = np.zeros((HEIGHT, WIDTH))
    for r, c in np.ndindex(HEIGHT, WIDTH):
        falls = []
        for top in starts(HEIGHT, patch, step, first):
            for left in starts(WIDTH, patch, step, first):
                if top <= r < top + patch and left <= c < left + patch:
                    part = evidence[max(top, 0) : top + patch, max(left, 0) : left + patch]
                    falls.append(part.sum() * patch * patch / part.size)
        heat[r, c] = np.mean(falls)
    return heat


@pytest.mark.parametrize(('patch', 'step'), [(8, 4), (8, 8), (7, 3), (5, 1), (24, 24)])
def test_a_linear_score_has_the_closed_form(patch, step):
    """On 24 x 41 pixels, with steps that divide the patch and steps that do not."""
    found = occlude(PIXELS, HIDDEN, linear, patch=patch, step=step)
    assert found.heat == pytest.approx(heat_of_a_linear_score(patch, step), abs=1e-4)
    assert found.heat.dtype == np.float32
    assert found.score == pytest.approx(linear(PIXELS[None])[0])


def test_one_corner_is_found_where_it_is():
    """Not transposed, not shifted: the heat is in the corner that decides."""

    def corner(pictures):
        return pictures[:, :6, -10:].mean(axis=(1, 2, 3)).astype(np.float64)

    bright = np.full_like(PIXELS, 200)
    found = occlude(bright, np.zeros_like(bright), corner, patch=6, step=3)
    assert found.heat[:6, -10:].min() > 0
    assert found.heat[12:].max() == 0
    assert found.heat[:, :24].max() == 0


def test_every_pixel_is_covered_equally_often_where_the_step_divides_the_patch():
    """Borders are not seen less often than the middle."""
    count = np.zeros((HEIGHT, WIDTH), int)
    for box in patches(WHOLE, 8, 4):
        count[box.slices] += 1
    assert (count == 4).all()


def test_the_picture_of_the_article_is_the_mean_probability():
    """With the article's grid, every pixel's mean score over the patches that cover it."""
    found = occlude(PIXELS, HIDDEN, linear, patch=6, step=4, first=-5)
    expected = np.zeros((HEIGHT, WIDTH))
    for r, c in np.ndindex(HEIGHT, WIDTH):
        scores = []
        for top in starts(HEIGHT, 6, 4, -5):
            for left in starts(WIDTH, 6, 4, -5):
                if top <= r < top + 6 and left <= c < left + 6:
                    picture = PIXELS.copy()
                    where = np.s_[max(top, 0) : top + 6, max(left, 0) : left + 6]
                    picture[where] = HIDDEN[where]
                    scores.append(linear(picture[None])[0])
        expected[r, c] = np.mean(scores)
    assert found.mean_score == pytest.approx(expected, rel=1e-5)


def test_only_the_region_that_the_network_sees_is_searched():
    """The map covers the region, and no patch reaches out of it."""
    region = Box(10, 3, 24, 38)
    found = occlude(PIXELS, HIDDEN, linear, patch=6, step=3, region=region)
    assert found.heat.shape == (14, 35)
    for box in found.boxes:
        assert box.top >= 10
        assert 3 <= box.left < box.right <= 38


@pytest.mark.parametrize(
    ('patch', 'step', 'first', 'message'),
    [
        (8, 9, None, r'from 1 to the patch size 8: got 9, which leaves holes'),
        (8, 0, None, r'from 1 to the patch size 8: got 0'),
        (25, 5, None, r'A patch of 25 pixels is larger than the picture of 41 x 24'),
        (8, 4, 1, r'begin from -7 to 0: got 1'),
        (8, 4, -8, r'begin from -7 to 0: got -8'),
    ],
)
def test_grids_that_do_not_cover_the_picture_are_refused(patch, step, first, message):
    """The message names the numbers."""
    with pytest.raises(UnsupportedError, match=message):
        occlude(PIXELS, HIDDEN, linear, patch=patch, step=step, first=first)


def redundant(pictures):
    """Say 1 if at least one of two bright squares is there."""
    seen = [pictures[:, 4:8, left : left + 4].mean(axis=(1, 2, 3)) > 200 for left in (6, 30)]
    return np.where(seen[0] | seen[1], 0.999, 0.0025) - 1e-4 * ~seen[0]


def test_evidence_that_is_there_twice_hides_from_one_patch_and_greedy_finds_both():
    """The article's two traffic lights: 0.999 with one hidden, 0.0025 with both."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[4:8, 6:10] = picture[4:8, 30:34] = 250
    hidden = np.full_like(picture, 40)
    once = occlude(picture, hidden, redundant, patch=6, step=3)
    assert once.falls.max() < 0.01
    rounds = occlude_greedily(picture, hidden, redundant, patch=6, step=3, rounds=2)
    assert rounds[1].falls.max() > 0.99
    first, second = (found.boxes[found.strongest()] for found in rounds)
    assert first.left < 10 < first.right + 4
    assert second.left < 34
    assert second.right > 30


def test_a_rising_score_counts_unless_it_is_told_not_to():
    """For steering both directions matter, for the probability of a class only the fall."""
    weights = np.zeros((HEIGHT, WIDTH, 3))
    weights[4:8, 4:8], weights[16:20, 30:34] = -2, 1

    def score(pictures):
        return (pictures * weights).sum(axis=(1, 2, 3))

    picture = np.full_like(PIXELS, 100)
    found = occlude(picture, np.zeros_like(picture), score, patch=4, step=4)
    box = found.boxes[found.strongest()]
    assert (box.top, box.left) == (4, 4)
    box = found.boxes[found.strongest(rises=False)]
    assert (box.top, box.left) == (16, 28)


def test_pictures_are_asked_for_in_batches_and_not_written_to():
    """Every patch once, the whole picture once."""
    asked = []

    def score(pictures):
        asked.append(len(pictures))
        return linear(pictures)

    before = PIXELS.copy()
    found = occlude(PIXELS, HIDDEN, score, patch=4, step=2)
    assert max(asked) <= 64
    assert sum(asked) == len(found.boxes) + 1
    assert np.array_equal(PIXELS, before)
