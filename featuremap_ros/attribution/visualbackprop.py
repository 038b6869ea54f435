# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""VisualBackProp: what all layers agree on, from the deepest map back to the picture.

Bojarski et al., https://arxiv.org/abs/1611.05418. The mean map of each layer is enlarged to the
size of the layer before and multiplied with its mean map. It looks at no output: steering and
throttle have the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnknownNameError

OVERLAPS = ('sum', 'mean')

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """How a layer's cells gather those of its input, each as (rows, columns).

    Attributes:
        kernel: Input cells that one cell gathers.
        stride: Input cells between neighbours.
        pad: Cells added before the input's first; negative where it was cropped.
    """

    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Stage:
    """One layer on the way.

    Attributes:
        name: Of the layer.
        inputs: What it gathers from, by name, and how; layers not on the way are left out.
        size: (rows, columns) of its map.
        counts: Whether its mean map is multiplied in; pooling and the like only pass on.
    """

    name: str
    inputs: Mapping[str, Window]
    size: tuple[int, int]
    counts: bool


def visual_backprop(
    stages: Sequence[Stage],
    maps: Mapping[str, Map],
    picture: str,
    size: tuple[int, int],
    *,
    overlap: str = 'sum',
) -> Map:
    """Walk back from the last stage to the picture.

    Where several layers gather from one, what they send back is averaged. Every map is divided by
    its maximum, so no product vanishes or overflows, and the scale of the activations is without
    effect.

    Args:
        stages: In the order of computation; the walk begins at the last one.
        maps: Mean over the channels of every stage that counts and of the last, float32, not
            negative.
        picture: Name of the network's input.
        size: (rows, columns) of the network's input.
        overlap: What a cell gets of those that gathered it: ``'sum'``, as in the paper, shows the
            more of a cell the more windows see it, which with strides is a pattern of its own;
            ``'mean'`` does not.

    Returns:
        float32 (rows, columns) of the network's input, from 0 to 1; 0 everywhere if a layer is
        silent.

    Raises:
        UnknownNameError: ``overlap`` is neither.
    """
    if overlap not in OVERLAPS:
        raise UnknownNameError('overlap', overlap, OVERLAPS)
    sizes = {stage.name: stage.size for stage in stages} | {picture: size}
    sent: dict[str, list[Map]] = {name: [] for name in sizes}
    top = stages[-1]
    for stage in reversed(stages):
        if stage is top:
            relevance = maps[top.name]
        elif sent[stage.name]:
            relevance = _mean(sent[stage.name])
            if stage.counts:
                relevance = relevance * maps[stage.name]
        else:
            continue
        highest = float(relevance.max())
        if highest > 0:
            relevance = relevance / np.float32(highest)
        for name, window in stage.inputs.items():
            spread = enlarge(relevance, window, sizes[name])
            if overlap == 'mean':
                spread = spread / _coverage(window, relevance.shape, sizes[name])
            sent[name].append(spread)
    values = _mean(sent[picture]) if sent[picture] else np.zeros(size, np.float32)
    low, high = float(values.min()), float(values.max())
    return (values - low) / np.float32(high - low) if high > low else np.zeros_like(values)


def enlarge(values: Map, window: Window, size: tuple[int, int]) -> Map:
    """Spread every cell over the input cells that it gathered (transposed convolution with ones).

    Args:
        values: float32 (h, w).
        window: How the cells gathered.
        size: (rows, columns) of the input; what no cell gathered stays 0.
    """
    (down, across), (step_y, step_x) = window.kernel, window.stride
    rows, columns = values.shape
    spread = np.zeros(((rows - 1) * step_y + down, (columns - 1) * step_x + across), np.float32)
    spread[: (rows - 1) * step_y + 1 : step_y, : (columns - 1) * step_x + 1 : step_x] = values
    if window.kernel != (1, 1):
        # Each value reaches the cells after its own, so the filter looks at those before.
        ones = (np.ones(across, np.float32), np.ones(down, np.float32))
        anchor = (across - 1, down - 1)
        spread = np.asarray(
            cv2.sepFilter2D(spread, -1, *ones, anchor=anchor, borderType=cv2.BORDER_CONSTANT),
            np.float32,
        )
    out = np.zeros(size, np.float32)
    (from_y, to_y), (from_x, to_x) = (
        (max(pad, 0), min(pad + n, have))
        for pad, n, have in zip(window.pad, size, spread.shape, strict=True)
    )
    if from_y < to_y and from_x < to_x:
        top, left = from_y - window.pad[0], from_x - window.pad[1]
        out[top : top + to_y - from_y, left : left + to_x - from_x] = spread[
            from_y:to_y, from_x:to_x
        ]
    return out


@lru_cache(maxsize=256)
def _coverage(window: Window, shape: tuple[int, ...], size: tuple[int, int]) -> Map:
    """Return how many cells of a map of this shape gathered each cell of the input, at least 1."""
    return np.maximum(enlarge(np.ones(shape, np.float32), window, size), np.float32(1))


def _mean(maps: Sequence[Map]) -> Map:
    return np.asarray(np.mean(maps, axis=0), np.float32) if len(maps) > 1 else maps[0]
