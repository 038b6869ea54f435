# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The smallest part of a picture without which the network decides otherwise.

Found by occlusion at several sizes, then trimmed side by side as long as most of the change stays,
and always confirmed by running the network on the very picture that is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Box, occlude, Score

# Boxes that are searched: the shorter side divided by these.
_DIVISORS = (2, 4, 8)
# A smaller box is preferred to a larger one if it has this share of its change.
_NEARLY = 0.9
# What trimming must leave of the largest change.
_KEPT = 0.8
# Share of full scale from which on one box is answer enough.
_ENOUGH = 0.25
# Two boxes are worth reading only where they change this many times as much as one.
_WORTH = 1.5


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What to hide, and what it does.

    Attributes:
        boxes: One or two boxes to hide (model pixels).
        pixels: The picture with the boxes hidden, uint8 (h, w, C).
        before: Score of the whole picture.
        after: Score of ``pixels``, asked of the network.
        evaluations: How many pictures the network was asked about.
    """

    boxes: tuple[Box, ...]
    pixels: Pixels
    before: float
    after: float
    evaluations: int

    @property
    def change(self) -> float:
        """How much hiding changes the score."""
        return self.after - self.before


def counterfactual(
    pixels: Pixels,
    hidden: Pixels,
    score: Score,
    *,
    full_scale: float,
    region: Box | None = None,
    decide: Score | None = None,
) -> Counterfactual:
    """Search the smallest box, or two, whose hiding changes the score most.

    A second box is searched where the first changes less than a quarter of full scale: evidence
    that is there twice hides from a single box. Both are kept only where neither of them alone
    does.

    Args:
        pixels: uint8 (h, w, C); not written to.
        hidden: What shows where a box lies, uint8 (h, w, C); see ``baseline``.
        score: Asked in batches.
        full_scale: The score's whole range, in its unit.
        region: What the network sees of the picture; all of it if not given.
        decide: What is done on pictures, where that is not the score itself but one of a few
            values: a box that does not change it is not worth its place beside one that does.

    Returns:
        The best that was found; its ``change`` is 0 where nothing changes anything.
    """
    region = region or Box(0, 0, *pixels.shape[:2])
    asked, done = _Counted(score), _Counted(decide or score)
    before = float(asked(pixels[None])[0])
    one = _best_box(pixels, hidden, asked, before, region)
    boxes: tuple[Box, ...] = (one,)
    change = _change(pixels, hidden, asked, before, boxes)
    if abs(change) < _ENOUGH * full_scale:
        # What it adds to the first is asked, in the same direction and elsewhere.
        without = _hide(pixels, hidden, boxes)
        direction = float(np.sign(change))
        two = _best_box(without, hidden, asked, before + change, region, direction, one)
        choices = [(one,), (two,), (one, two)]
        pictures = np.stack([_hide(pixels, hidden, choice) for choice in choices])
        changes = np.abs(asked(pictures) - before)
        decided = np.zeros(len(choices))
        if decide is not None:
            decided = np.abs(done(pictures) - done(pixels[None]))
        boxes = choices[_fewest(decided, 1.0) if decided.any() else _fewest(changes, _WORTH)]
    picture = _hide(pixels, hidden, boxes)
    after = float(asked(picture[None])[0])
    return Counterfactual(boxes, picture, before, after, asked.count + done.count)


class _Counted:
    """A score that counts the pictures it was asked about."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self.count = 0

    def __call__(self, batch: Pixels) -> NDArray[np.float64]:
        self.count += len(batch)
        return self._score(batch)


def _fewest(changes: NDArray[np.float64], worth: float) -> int:
    """Choose among one box, the other, and both: both only where that changes more for sure."""
    *single, both = changes
    return 2 if both > worth * max(single) * (1 + 1e-6) else int(np.argmax(single))


def _best_box(
    pixels: Pixels,
    hidden: Pixels,
    score: Score,
    before: float,
    region: Box,
    direction: float = 0.0,
    other: Box | None = None,
) -> Box:
    """Return the box with the largest change for its size, trimmed to what matters.

    ``direction`` is the sign that a change must have, 0 for either; it does not overlap ``other``.
    """
    height, width = region.bottom - region.top, region.right - region.left

    def size_of(changes: NDArray[np.float64], boxes: Sequence[Box]) -> NDArray[np.float64]:
        sizes = changes * direction if direction else np.abs(changes)
        taken = [other is not None and _overlap(box, other) for box in boxes]
        return np.where(taken, -np.inf, sizes)

    found: list[tuple[float, float, Box]] = []
    for divisor in _DIVISORS:
        patch = max(min(height, width) // divisor, 2)
        slid = occlude(pixels, hidden, score, patch=patch, step=patch // 2, region=region)
        changes = (slid.score - before) - slid.falls
        sizes = size_of(changes, slid.boxes)
        best = int(sizes.argmax())
        found.append((float(sizes[best]), float(changes[best]), slid.boxes[best]))
    # The largest box changes most; a smaller one that does nearly as much says more.
    most = max(size for size, _, _ in found)
    if most <= 0:
        return found[-1][2]
    _, change, box = next(entry for entry in reversed(found) if entry[0] >= _NEARLY * most)
    return _trim(pixels, hidden, score, before, box, np.sign(change) * _KEPT * most)


def _trim(
    pixels: Pixels, hidden: Pixels, score: Score, before: float, box: Box, needed: float
) -> Box:
    """Take rows and columns off a box while at least the needed change stays."""
    step = max(min(box.bottom - box.top, box.right - box.left) // 4, 1)
    while step:
        smaller = list(_trimmed(box, step))
        # In units of what is needed, so that 1 and more is enough, whichever the direction.
        kept = [_change(pixels, hidden, score, before, (trimmed,)) / needed for trimmed in smaller]
        if kept and max(kept) >= 1:
            box = smaller[kept.index(max(kept))]
        else:
            step //= 2
    return box


def _overlap(a: Box, b: Box) -> bool:
    """Return whether two boxes have pixels in common."""
    rows = max(a.top, b.top) < min(a.bottom, b.bottom)
    return rows and max(a.left, b.left) < min(a.right, b.right)


def _trimmed(box: Box, step: int) -> Iterable[Box]:
    """Return the box with one of its sides moved inwards."""
    if box.bottom - box.top > step:
        yield replace(box, top=box.top + step)
        yield replace(box, bottom=box.bottom - step)
    if box.right - box.left > step:
        yield replace(box, left=box.left + step)
        yield replace(box, right=box.right - step)


def _change(
    pixels: Pixels, hidden: Pixels, score: Score, before: float, boxes: Sequence[Box]
) -> float:
    """Ask the network what hiding these boxes changes."""
    return float(score(_hide(pixels, hidden, boxes)[None])[0]) - before


def _hide(pixels: Pixels, hidden: Pixels, boxes: Sequence[Box]) -> Pixels:
    """Return a copy with boxes hidden."""
    picture = pixels.copy()
    for box in boxes:
        picture[box.slices] = hidden[box.slices]
    return picture
