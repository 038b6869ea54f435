# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Move what the map marks, and only that: does the steering follow?

The shift test of Bojarski et al., https://arxiv.org/abs/1704.07911: if the salient pixels are what
the network steers by, moving them sideways changes the steering like moving the whole picture, and
moving all the others changes little.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Score

SALIENT_SHARE = 0.1
"""Share of the pixels that count as salient, before the margin around them is added."""

# The article's margin, on pictures of its width.
_MARGIN, _MARGIN_WIDTH = 30, 640
# Shares of the width by which things are moved.
_OFFSETS = (-1 / 20, -1 / 40, 1 / 40, 1 / 20)


@dataclass(frozen=True, slots=True)
class Shift:
    """What followed from moving parts of one picture.

    Attributes:
        offsets: How far, to the right (model pixels), int64 (n,).
        salient: Change of the score where only the salient pixels moved, float64 (n,).
        rest: Where only the others moved.
        everything: Where all moved.
        area: Share of the picture that is salient, with its margin.
    """

    offsets: NDArray[np.int64]
    salient: NDArray[np.float64]
    rest: NDArray[np.float64]
    everything: NDArray[np.float64]
    area: float


def salient_mask(
    heat: NDArray[np.float32], *, signed: bool, share: float = SALIENT_SHARE
) -> NDArray[np.bool_] | None:
    """Return the pixels with the most heat and a margin around them.

    Args:
        heat: float32 (h, w), one value for every pixel.
        signed: Whether negative heat counts like positive heat.
        share: Of the pixels, without the margin.

    Returns:
        bool (h, w); ``None`` where all heat is the same.
    """
    strength = np.abs(heat) if signed else heat
    if strength.min() == strength.max():
        return None
    threshold = np.quantile(strength, 1 - share)
    # Above the least, so that a map with little heat does not mark what has none.
    marked = (strength >= threshold) & (strength > strength.min())
    reach = round(_MARGIN * heat.shape[1] / _MARGIN_WIDTH)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(marked.astype(np.uint8), kernel), bool)


def shift_test(mask: NDArray[np.bool_], pixels: Pixels, score: Score) -> Shift:
    """Move the salient pixels, the others, and all, to both sides.

    Where the salient pixels leave a gap the moved picture shows, so that both sides of their edge
    belong together; at the picture's border its last column is repeated.

    Args:
        mask: The salient pixels, bool (h, w).
        pixels: uint8 (h, w, C); not written to.
        score: Asked in batches.
    """
    width = pixels.shape[1]
    offsets = np.unique([round(share * width) or (1 if share > 0 else -1) for share in _OFFSETS])
    batch = [pixels]
    for offset in offsets:
        columns = np.arange(width) - offset
        moved = pixels[:, np.clip(columns, 0, width - 1)]
        inside = (columns >= 0) & (columns < width)
        arrived = mask[:, np.clip(columns, 0, width - 1)] & inside
        concerned = (mask | arrived)[..., None]
        batch += [np.where(concerned, moved, pixels), np.where(concerned, pixels, moved), moved]
    whole, *scores = score(np.stack(batch))
    salient, rest, everything = (np.array(scores).reshape(len(offsets), 3) - whole).T
    return Shift(offsets, salient, rest, everything, float(mask.mean()))
