# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Occlusion: hide a patch, see what the network says, slide on.

Zeiler and Fergus, https://arxiv.org/abs/1311.2901. A pixel's heat is the mean, over the patches
that cover it, of how much the score falls when that patch is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.errors import UnsupportedError

Score: TypeAlias = Callable[[Pixels], NDArray[np.float64]]
"""Scores pictures, uint8 (n, h, w, C), with one number each, float64 (n,)."""

# Pictures that are asked about at once, and what they may take.
_BATCH = 64
_BATCH_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Box:
    """A patch in model pixels: rows ``top`` to ``bottom``, columns ``left`` to ``right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of its pixels."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.bottom - self.top) * (self.right - self.left)


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What hiding showed.

    Attributes:
        heat: Mean fall of the score, in the score's unit, float32 (h, w) of the region.
        mean_score: Mean score with the patches that cover a pixel hidden, float32 (h, w): low
            where it matters. The picture of the article, for the probability of a class.
        region: What was searched.
        score: Of the whole picture.
        boxes: The patches.
        falls: Fall of the score for each, float64 (n,).
    """

    heat: NDArray[np.float32]
    mean_score: NDArray[np.float32]
    region: Box
    score: float
    boxes: tuple[Box, ...]
    falls: NDArray[np.float64]

    def strongest(self, *, rises: bool = True) -> int:
        """Return the index of the patch that matters most.

        Args:
            rises: Whether a score that rises matters like one that falls.
        """
        return int((np.abs(self.falls) if rises else self.falls).argmax())


def patches(region: Box, patch: int, step: int, *, first: int | None = None) -> list[Box]:
    """Return the patches of a grid that reaches over every border.

    Args:
        region: What they cover; those at its border are cut.
        patch: Side of a patch (pixels).
        step: Distance between neighbouring patches (pixels), at most ``patch``.
        first: Where the first patch begins (pixels from the border, from ``1 - patch`` to 0);
            ``step - patch`` if not given, so that every pixel is covered equally often.

    Raises:
        UnsupportedError: The grid leaves holes, or the patch is larger than the region.
    """
    height, width = region.bottom - region.top, region.right - region.left
    if not 1 <= step <= patch:
        msg = f'The step must be from 1 to the patch size {patch}: got {step}, which leaves holes.'
        raise UnsupportedError(msg)
    if patch > min(height, width):
        msg = f'A patch of {patch} pixels is larger than the picture of {width} x {height}.'
        raise UnsupportedError(msg)
    begin = step - patch if first is None else first
    if not 1 - patch <= begin <= 0:
        msg = f'The first patch must begin from {1 - patch} to 0: got {begin}.'
        raise UnsupportedError(msg)

    def spans(start: int, size: int) -> list[tuple[int, int]]:
        return [
            (start + max(i, 0), start + min(i + patch, size)) for i in range(begin, size, step)
        ]

    return [
        Box(top, left, bottom, right)
        for top, bottom in spans(region.top, height)
        for left, right in spans(region.left, width)
    ]


def occlude(
    pixels: Pixels,
    hidden: Pixels,
    score: Score,
    *,
    patch: int = 16,
    step: int = 8,
    first: int | None = None,
    region: Box | None = None,
) -> Occlusion:
    """Slide a patch over a picture.

    Patches that are cut by the border hide less; their fall is scaled to a whole patch's area,
    which assumes that evidence adds up.

    Args:
        pixels: uint8 (h, w, C); not written to.
        hidden: What shows where a patch lies, uint8 (h, w, C); see ``baseline``.
        score: Asked in batches.
        patch: Side of a patch (pixels).
        step: Distance between neighbouring patches (pixels).
        first: Where the first patch begins; see ``patches``.
        region: What the network sees of the picture; all of it if not given.

    Raises:
        UnsupportedError: Patch and step do not cover the picture.
    """
    region = region or Box(0, 0, *pixels.shape[:2])
    boxes = patches(region, patch, step, first=first)
    whole = float(score(pixels[None])[0])
    scores = np.concatenate([score(batch) for batch in _covered(pixels, hidden, boxes)])
    falls = whole - scores
    heat, mean, count = np.zeros((3, *pixels.shape[:2]), np.float64)
    for box, fall, hidden_score in zip(boxes, falls, scores, strict=True):
        heat[box.slices] += fall * (patch * patch / box.area)
        mean[box.slices] += hidden_score
        count[box.slices] += 1
    seen = region.slices
    return Occlusion(
        (heat[seen] / count[seen]).astype(np.float32),
        (mean[seen] / count[seen]).astype(np.float32),
        region,
        whole,
        tuple(boxes),
        falls,
    )


def occlude_greedily(
    pixels: Pixels,
    hidden: Pixels,
    score: Score,
    *,
    patch: int = 16,
    step: int = 8,
    rounds: int = 2,
    rises: bool = True,
    region: Box | None = None,
) -> list[Occlusion]:
    """Hide the strongest patch for good and slide again.

    Evidence that is there twice hides from a single patch: covering one of two traffic lights
    changes next to nothing. What is left after the first is hidden shows the second.

    Args:
        pixels: uint8 (h, w, C); not written to.
        hidden: What shows where a patch lies, uint8 (h, w, C).
        score: Asked in batches.
        patch: Side of a patch (pixels).
        step: Distance between neighbouring patches (pixels).
        rounds: How often to slide.
        rises: Whether a patch that lets the score rise counts like one that lets it fall.
        region: What the network sees of the picture; all of it if not given.

    Returns:
        One result a round; each sees the strongest patches of those before hidden.

    Raises:
        UnsupportedError: Patch and step do not cover the picture, or there is no round.
    """
    if rounds < 1:
        msg = f'Occlusion needs 1 round or more: got {rounds}.'
        raise UnsupportedError(msg)
    results: list[Occlusion] = []
    current = pixels
    for _ in range(rounds):
        result = occlude(current, hidden, score, patch=patch, step=step, region=region)
        results.append(result)
        current = current.copy()
        where = result.boxes[result.strongest(rises=rises)].slices
        current[where] = hidden[where]
    return results


def _covered(pixels: Pixels, hidden: Pixels, boxes: list[Box]) -> Iterator[Pixels]:
    """Yield batches of the picture with one patch hidden in each."""
    size = max(1, min(_BATCH, _BATCH_BYTES // pixels.nbytes))
    for first in range(0, len(boxes), size):
        chosen = boxes[first : first + size]
        batch = np.repeat(pixels[None], len(chosen), axis=0)
        for picture, box in zip(batch, chosen, strict=True):
            picture[box.slices] = hidden[box.slices]
        yield batch
