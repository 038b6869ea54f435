# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The smallest part of a picture without which the network decides otherwise."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from featuremap_ros.attribution.counterfactual import counterfactual
from featuremap_ros.attribution.occlusion import Box

HEIGHT, WIDTH = 40, 96


def scene(*cues):
    """Return a dark picture with bright cues, and the grey that hides them."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for cue in cues:
        pixels[cue.slices] = 255
    return pixels, np.zeros_like(pixels)


def brightness(cue):
    """Return a score: how bright a cue is, 0..1."""

    def score(batch):
        return batch[(slice(None), *cue.slices)].mean(axis=(1, 2, 3)) / 255

    return score


def overlap(a, b):
    """Return intersection over union of two boxes."""
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    width = min(a.right, b.right) - max(a.left, b.left)
    common = max(height, 0) * max(width, 0)
    return common / (a.area + b.area - common)


@pytest.mark.parametrize('cue', [Box(5, 60, 13, 70), Box(30, 2, 38, 12), Box(12, 40, 28, 60)])
def test_the_only_evidence_is_boxed(cue):
    """On a non-square picture the box lies on the cue and is hardly larger."""
    pixels, hidden = scene(cue)
    found = counterfactual(pixels, hidden, brightness(cue), full_scale=1)
    (box,) = found.boxes
    assert overlap(box, cue) > 0.6
    assert found.before == 1
    assert found.after < 0.25


def test_what_is_reported_was_asked_of_the_network():
    """The picture is the original with exactly the boxes hidden, and its score is the score."""
    cue = Box(8, 20, 20, 44)
    pixels, hidden = scene(cue)
    score = brightness(cue)
    found = counterfactual(pixels, hidden, score, full_scale=1)
    expected = pixels.copy()
    for box in found.boxes:
        expected[box.slices] = hidden[box.slices]
    assert np.array_equal(found.pixels, expected)
    assert found.after == score(expected[None])[0]
    assert found.change == found.after - found.before


def test_every_question_is_counted():
    """The number of evaluations is how many pictures the network saw."""
    cue = Box(8, 20, 20, 44)
    pixels, hidden = scene(cue)
    asked = []

    def score(batch):
        asked.append(len(batch))
        return brightness(cue)(batch)

    assert counterfactual(pixels, hidden, score, full_scale=1).evaluations == sum(asked)


def test_evidence_that_is_there_twice_needs_two_boxes():
    """Hiding one of two cues changes nothing, hiding both does: both are found."""
    left, right = Box(10, 10, 22, 22), Box(10, 70, 22, 82)
    pixels, hidden = scene(left, right)

    def either(batch):
        # The faintest push breaks the tie, as noise does in a real network.
        one, two = brightness(left)(batch), brightness(right)(batch)
        return np.maximum(one, two) + 0.01 * (one + two)

    found = counterfactual(pixels, hidden, either, full_scale=1)
    assert len(found.boxes) == 2
    assert found.after < 0.35
    sides = sorted(box.left < WIDTH / 2 for box in found.boxes)
    assert sides == [False, True]


def test_a_change_in_either_direction_counts():
    """Hiding what holds the steering back is as much of an answer."""
    cue = Box(8, 20, 20, 44)
    pixels, hidden = scene(cue)
    found = counterfactual(pixels, hidden, lambda b: -brightness(cue)(b), full_scale=1)
    assert found.change > 0.65


def test_where_nothing_matters_nothing_changes():
    """A network that ignores the picture has no counterfactual, and that is no error."""
    pixels, hidden = scene(Box(8, 20, 20, 44))
    found = counterfactual(pixels, hidden, lambda batch: np.zeros(len(batch)), full_scale=1)
    assert found.change == 0


def test_only_what_the_network_sees_is_searched():
    """Boxes stay in the region."""
    cue = Box(30, 20, 36, 44)
    pixels, hidden = scene(cue)
    region = Box(20, 0, HEIGHT, WIDTH)
    found = counterfactual(pixels, hidden, brightness(cue), full_scale=1, region=region)
    assert all(box.top >= 20 for box in found.boxes)


def test_the_picture_is_not_written_to():
    """A read-only picture can be asked about."""
    cue = Box(8, 20, 20, 44)
    pixels, hidden = scene(cue)
    pixels.setflags(write=False)
    assert counterfactual(pixels, hidden, brightness(cue), full_scale=1).change


def test_a_second_box_is_left_out_where_the_first_decides_alone():
    """Where something is done or not, what does not change that is not worth showing."""
    cue, beside = Box(4, 8, 14, 20), Box(24, 70, 34, 86)
    pixels, hidden = scene(cue, beside)

    def score(batch):
        return 0.1 * brightness(cue)(batch) + 0.08 * brightness(beside)(batch)

    def without_cue(batch):
        return (score(batch) > 0.12).astype(float)

    def without_both(batch):
        return (score(batch) > 0.05).astype(float)

    def without_beside(batch):
        return (brightness(beside)(batch) > 0.5).astype(float)

    for decide, cues in (
        (without_cue, [cue]),
        (without_both, [cue, beside]),
        (without_beside, [beside]),
    ):
        found = counterfactual(pixels, hidden, score, full_scale=1, decide=decide)
        assert len(found.boxes) == len(cues)
        assert all(any(overlap(box, one) > 0.5 for one in cues) for box in found.boxes)


def test_the_second_box_adds_to_the_first_and_lies_elsewhere():
    """One cue pulls up and another holds it down: hiding that would undo what the first did."""
    up, down, more = Box(4, 8, 14, 20), Box(24, 70, 34, 86), Box(24, 8, 34, 20)
    pixels, hidden = scene(up, down, more)

    def score(batch):
        pulls = 0.1 * brightness(up)(batch) + 0.07 * brightness(more)(batch)
        return pulls - 0.09 * brightness(down)(batch)

    found = counterfactual(pixels, hidden, score, full_scale=1)
    one, two = found.boxes
    assert overlap(one, up) > 0.5
    assert overlap(two, more) > 0.5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(8, 40), width=st.integers(8, 60))
def test_what_is_reported_holds_for_any_score(seed, height, width):
    """Boxes are where the network sees and apart, and the score is that of the picture shown."""
    rng = np.random.default_rng(seed)
    pixels, hidden = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    top, left = rng.integers(0, 4, 2)
    region = Box(int(top), int(left), height, width)
    weights = rng.normal(size=pixels.shape) * (rng.random(pixels.shape[:2]) < 0.2)[..., None]

    def score(batch):
        return np.tanh((batch * weights).sum(axis=(1, 2, 3)) / 3000)

    def decide(batch):
        return np.rint(2 * score(batch)) / 2

    found = counterfactual(
        pixels,
        hidden,
        score,
        full_scale=2,
        region=region,
        decide=decide if seed % 2 else None,
    )
    inside = np.zeros((height, width), int)
    for box in found.boxes:
        assert region.top <= box.top < box.bottom <= region.bottom
        assert region.left <= box.left < box.right <= region.right
        inside[box.slices] += 1
    assert inside.max() == 1
    assert np.array_equal(found.pixels, np.where((inside == 1)[..., None], hidden, pixels))
    assert found.before == score(pixels[None])[0]
    assert found.after == score(found.pixels[None])[0]
