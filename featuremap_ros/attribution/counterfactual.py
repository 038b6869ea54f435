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

_SIZES = (2, 4, 8)
_KEPT = 0.8
_NEARLY = 0.9
_ENOUGH = 0.25


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
) -> Counterfactual:
    """Search the smallest box, or two, whose hiding changes the score most.

    A second box is searched where the first changes less than a quarter of full scale: evidence
    that is there twice hides from a single box.

    Args:
        pixels: uint8 (h, w, C); not written to.
        hidden: What shows where a box lies, uint8 (h, w, C); see ``baseline``.
        score: Asked in batches.
        full_scale: The score's whole range, in its unit.
        region: What the network sees of the picture; all of it if not given.

    Returns:
        The best that was found; its ``change`` is 0 where nothing changes anything.
    """
    region = region or Box(0, 0, *pixels.shape[:2])
    asked = _Counted(score)
    before = float(asked(pixels[None])[0])
    one = _best_box(pixels, hidden, asked, before, region)
    boxes: tuple[Box, ...] = (one,)
    change = _change(pixels, hidden, asked, before, boxes)
    if abs(change) < _ENOUGH * full_scale:
        without = _hide(pixels, hidden, boxes)
        two = (one, _best_box(without, hidden, asked, before, region))
        both = _change(pixels, hidden, asked, before, two)
        # Another box must be worth its place.
        if abs(both) > 1.5 * abs(change):
            boxes = two
    picture = _hide(pixels, hidden, boxes)
    after = float(asked(picture[None])[0])
    return Counterfactual(boxes, picture, before, after, asked.count)


class _Counted:
    """A score that counts the pictures it was asked about."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self.count = 0

    def __call__(self, batch: Pixels) -> NDArray[np.float64]:
        self.count += len(batch)
        return self._score(batch)


def _best_box(pixels: Pixels, hidden: Pixels, score: Score, before: float, region: Box) -> Box:
    """Return the box with the largest change for its size, trimmed to what matters."""
    height, width = region.bottom - region.top, region.right - region.left
    candidates: list[tuple[float, Box]] = []
    for size in _SIZES:
        patch = max(min(height, width) // size, 2)
        found = occlude(pixels, hidden, score, patch=patch, step=patch // 2, region=region)
        changes = (found.score - before) - found.falls
        best = int(np.abs(changes).argmax())
        candidates.append((float(changes[best]), found.boxes[best]))
    # The largest box changes most; a smaller one that does nearly as much says more.
    most = max(abs(change) for change, _ in candidates)
    change, box = next(entry for entry in reversed(candidates) if abs(entry[0]) >= _NEARLY * most)
    needed = np.sign(change) * _KEPT * most
    return _trim(pixels, hidden, score, before, box, needed)


def _trim(
    pixels: Pixels, hidden: Pixels, score: Score, before: float, box: Box, needed: float
) -> Box:
    """Take rows and columns off a box while at least the needed change stays."""
    step = max(min(box.bottom - box.top, box.right - box.left) // 4, 1) if needed else 0
    while step:
        smaller = list(_trimmed(box, step))
        # In units of what is needed, so that 1 and more is enough, whichever the direction.
        kept = [_change(pixels, hidden, score, before, (trimmed,)) / needed for trimmed in smaller]
        if kept and max(kept) >= 1:
            box = smaller[kept.index(max(kept))]
        else:
            step //= 2
    return box


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
