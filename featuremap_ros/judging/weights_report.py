# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What shuffled weights leave of the maps: as rows of a table, and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from featuremap_ros.judging.weights_test import FOLLOWS, STAYS, WeightsTally, WeightsTest
from featuremap_ros.trust.trust_chart import Score
from featuremap_ros.trust.weights_chart import draw_weights, Remains
from featuremap_ros.vision.frame import Image

WEIGHTS_HEAD = (
    'map', 'frames', 'undefined', 'left', '95 % interval', 'signed', 'two shuffled', 'verdict'
)  # fmt: skip


def weights_row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a row of the table.

    Args:
        name: Of the map.
        found: From ``WeightsTally.to_json``.
    """
    left, signed = found['left'], found['left_with_signs']
    between = '-'
    if left['interval'] is not None:
        low, high = left['interval']
        between = f'{low:.2f} to {high:.2f}'
    figures = (left['mean'], signed and signed['mean'], found['two_shuffled_networks']['mean'])
    mean, with_signs, shuffled = ('-' if f is None else f'{f:.2f}' for f in figures)
    counts = (str(left['frames']), str(left['undefined']))
    return (name, *counts, mean, between, with_signs, shuffled, found['verdict'])


def weights_chart(test: WeightsTest) -> Image:
    """Draw what is left of all maps, RGB, uint8 (H, W, 3)."""
    shown = [
        _remains(subject.name, tally)
        for subject, tally in test.tallies.items()
        if not tally.refused
    ]
    return draw_weights(shown, len(test.layers), (FOLLOWS, STAYS))


def _remains(name: str, tally: WeightsTally) -> Remains:
    """Return the curve of a map: whole until the first layer that it can depend on."""
    left = tally.left.mean
    end = None if left is None else Score(left, tally.left.interval)
    way = [(tally.untouched, 1.0)]
    way += [(n, mean.mean) for n, mean in tally.way.items() if mean.mean is not None]
    return Remains(name, way, end, tally.between.mean)
