# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the cost of overlays grows with their number, the picture and the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import networks, subjects
from benchmarks.harness import interleave, Sample
from benchmarks.painting import painting
from benchmarks.report import Table
from featuremap_ros import Pilot, PilotProfile, View
from featuremap_ros.attribution.activation import reduce_channels
from featuremap_ros.pilot.heads import Head
from featuremap_ros.vision.affine import Affine, Rect
from featuremap_ros.vision.painter import Painter
from featuremap_ros.vision.preprocess import InputSpec
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Registration, Sampling
from featuremap_ros.vision.scaling import RunningScale

_LAYERS = (0, 1, 2, 4, 8, 16)
_PICTURES = ((320, 240), (640, 480), (1280, 720), (1920, 1080))
_MAPS = ((3, 6), (16, 32), (64, 128), (240, 320), (480, 640))
_CHANNELS = 32
_VGA = (640, 480)


@dataclass(frozen=True, slots=True)
class Curves:
    """What was found.

    Attributes:
        tables: One per question.
        later_over_first: Cost of each overlay after the first, over that of the first.
    """

    tables: tuple[Table, ...]
    later_over_first: float


def tables(pilot: Pilot, folder: Path, *, rounds: int) -> Curves:
    """Measure all three.

    Args:
        pilot: For the size of the picture.
        folder: For files that have to be written.
        rounds: How often each point is timed.
    """
    layers = interleave({str(count): _overlays(count, folder) for count in _LAYERS}, rounds=rounds)
    first = np.median(layers['1'].seconds - layers['0'].seconds)
    later = np.median(layers['16'].seconds - layers['1'].seconds) / 15
    pictures = interleave(
        {f'{w}x{h}': _picture(pilot, (w, h)) for w, h in _PICTURES}, rounds=rounds
    )
    maps = interleave({f'{h}x{w}': _map(h, w) for h, w in _MAPS}, rounds=rounds)
    return Curves(
        (
            _curve('Overlays of equal layers at 640x480, steering included', 'Overlays', layers),
            _curve('PilotNet, one overlay, by the size of the picture', 'Picture', pictures),
            _curve(
                f'One overlay at 640x480 without inference, by the size of the map '
                f'({_CHANNELS} channels)',
                'Map',
                maps,
            ),
        ),
        float(later / first),
    )


def _curve(title: str, column: str, samples: dict[str, Sample]) -> Table:
    return Table(f'{title} (ms)', (column, 'ms'), [(n, s.in_ms()) for n, s in samples.items()])


def _overlays(count: int, folder: Path) -> Callable[[], Any]:
    """Return a call that paints the first layers of a network of sixteen equal ones."""
    path = folder / 'stack.keras'
    if not path.exists():
        networks.stack(60, 80, layers=16, channels=8).save(path)
    profile = PilotProfile(
        'stack', InputSpec((80, 60), normalisation='/255'), {'steering': Head('steering')}
    )
    layers = tuple(f'conv_{number}' for number in range(1, count + 1))
    return _shown(Pilot.load(path, profile=profile, threads=1), layers, _VGA)


def _picture(pilot: Pilot, size: tuple[int, int]) -> Callable[[], Any]:
    """Return a call that paints one overlay of a size."""
    return _shown(pilot, (subjects.PILOTNET.layers[1],), size)


def _shown(pilot: Pilot, layers: Sequence[str], size: tuple[int, int]) -> Callable[[], Any]:
    return painting(pilot, [View(layer=layer) for layer in layers], subjects.race(2, size))


def _map(height: int, width: int) -> Callable[[], Any]:
    """Return a call that reduces, scales and paints a map of a size."""
    rng = np.random.default_rng(0)
    activation = rng.random((height, width, _CHANNELS), np.float32)
    image = subjects.race(1, _VGA)[0].image
    scale, painter = RunningScale(), Painter(threshold=0.25)
    nowhere = Registration(Sampling(), Affine())
    rect = Rect(-0.5, -0.5, _VGA[0] - 0.5, _VGA[1] - 0.5)
    out = np.empty_like(image)

    def work() -> None:
        raw = RawMap(reduce_channels(activation, 'mean'), nowhere, 'activation')
        painter.paint(image, scale(raw, 0), rect, out)

    return work
