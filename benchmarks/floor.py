# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""PilotNet and three overlays at 640x480 on one thread, against what the machine allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
import tempfile
from typing import Any

import cv2
import numpy as np

from benchmarks import networks, scaling, stages, subjects
from benchmarks.harness import interleave, Sample
from benchmarks.painting import painting
from benchmarks.report import Result, Table, Target
from featuremap_ros import Pilot, View

_SIZE = (640, 480)
_SIDE = 768
_MODES = {'alpha (default)': 'alpha', 'add': 'add', 'seed': 'seed'}


def run(*, quick: bool) -> Result:
    """Measure."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        pilot = subjects.PILOTNET.pilot(Path(folder))
        curves = scaling.tables(pilot, Path(folder), rounds=5 if quick else 60)
    whole = {title: _overlays(pilot, mode, quick=quick) for title, mode in _MODES.items()}
    samples = interleave({**whole, **_parts(pilot)}, rounds=10 if quick else 300)
    operations = 2 * networks.multiply_adds(networks.pilotnet())
    # A peak is the best that was seen; the other parts are medians.
    peak = 2 * _SIDE**3 / samples['sgemm'].percentile(1)
    floor = Sample(samples['preprocess'].seconds + samples['copies'].seconds + operations / peak)
    ratios = {title: samples[title].over(floor) for title in _MODES}
    return Result(
        tables=(
            Table(
                'The floor (ms)',
                ('Part', 'ms'),
                [
                    ('Preprocessing', samples['preprocess'].in_ms()),
                    (
                        f'{operations / 1e6:.1f} MFLOP at sgemm peak, {peak / 1e9:.0f} GFLOP/s',
                        f'{1e3 * operations / peak:.3g}',
                    ),
                    ('Three copies of the frame', samples['copies'].in_ms()),
                    ('Together', floor.in_ms()),
                ],
            ),
            Table(
                'Steering and three overlays (ms, and times the floor: median and quartiles)',
                ('Mode', 'ms', 'Times the floor'),
                [(title, samples[title].in_ms(), str(ratio)) for title, ratio in ratios.items()],
            ),
            stages.table(whole['alpha (default)'], frames=5 if quick else 300),
            *curves.tables,
        ),
        targets=(
            Target('Alpha (default): times the floor', ratios['alpha (default)'].median, 3),
            Target('Add: times the floor', ratios['add'].median, 3),
            Target('The k-th overlay over the first', curves.later_over_first, 1),
        ),
        remarks=(_remark(samples, floor), subjects.remark()),
        samples=samples,
    )


def _overlays(pilot: Pilot, mode: str, *, quick: bool) -> Callable[[], Any]:
    """Return a call that paints three overlays on the next frame."""
    views = [View(layer=layer, mode=mode) for layer in subjects.PILOTNET.layers]
    return painting(pilot, views, subjects.race(2 if quick else 16, _SIZE))


def _parts(pilot: Pilot) -> dict[str, Callable[[], Any]]:
    """Return calls that do the parts of the floor, and the network alone."""
    image = subjects.race(1, _SIZE)[0].image
    tensor = pilot.preprocess(image).tensor
    outs = [np.empty_like(image) for _ in subjects.PILOTNET.layers]
    left, right, product = np.random.default_rng(0).random((3, _SIDE, _SIDE), np.float32)

    def copies() -> None:
        for out in outs:
            np.copyto(out, image)

    return {
        'preprocess': lambda: pilot.preprocess(image),
        'copies': copies,
        'network': lambda: pilot.outputs(tensor),
        'sgemm': lambda: np.matmul(left, right, out=product),
    }


def _remark(samples: Mapping[str, Sample], floor: Sample) -> str:
    """Say what the floor is, and what is spent before anything is painted."""
    network = 1e3 * samples['network'].median
    before = network + 1e3 * samples['preprocess'].median
    return (
        'The parts of the floor take the same frame every time, so it lies in the cache '
        'and the floor is as low as it can be; the overlays take a new one every time. '
        f'The network alone takes {network:.2f} ms in LiteRT: its convolutions have too '
        'few channels for the speed of a large matrix product. With it and the '
        f'preprocessing, {before:.2f} ms, {before / (1e3 * floor.median):.1f} '
        'times the floor are spent before anything is painted.'
    )
