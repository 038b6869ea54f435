# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""PilotNet and three overlays at 640x480 on one thread, against what the machine allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import tempfile
from typing import Any

import cv2
import numpy as np

from benchmarks import networks, scaling, stages, subjects
from benchmarks.harness import interleave, Sample
from benchmarks.report import Result, Table, Target
from featuremap_ros import Pipeline, View

_SIZE = (640, 480)
_SIDE = 768


def run(*, quick: bool) -> Result:
    """Measure."""
    cv2.setNumThreads(1)
    subject = subjects.PILOTNET
    with tempfile.TemporaryDirectory() as folder:
        pilot = subject.pilot(Path(folder))
        curves = scaling.tables(pilot, Path(folder), rounds=5 if quick else 60)
    frames = subjects.endless(subjects.race(2 if quick else 16, _SIZE))
    first = next(frames)
    outs = [np.empty_like(first.image) for _ in subject.layers]

    def whole(mode: str) -> Callable[[], Any]:
        pipeline = Pipeline(pilot, [View(layer=layer, mode=mode) for layer in subject.layers])

        def work() -> None:
            drive = pipeline.drive(next(frames), subject.layers)
            for layer, out in zip(subject.layers, outs, strict=True):
                pipeline.paint(drive, layer, out)

        return work

    def copies() -> None:
        for out in outs:
            np.copyto(out, first.image)

    tensor = pilot.preprocess(first.image).tensor
    left, right, product = np.random.default_rng(0).random((3, _SIDE, _SIDE), np.float32)
    samples = interleave(
        {
            'alpha (default)': whole('alpha'),
            'add': whole('add'),
            'seed': whole('seed'),
            'preprocess': lambda: pilot.preprocess(first.image),
            'copies': copies,
            'network': lambda: pilot.outputs(tensor),
            'sgemm': lambda: np.matmul(left, right, out=product),
        },
        rounds=10 if quick else 300,
    )
    operations = 2 * networks.multiply_adds(networks.pilotnet())
    # A peak is the best that was seen; the other parts are medians.
    peak = 2 * _SIDE**3 / samples['sgemm'].percentile(1)
    floor = Sample(samples['preprocess'].seconds + samples['copies'].seconds + operations / peak)
    network = 1e3 * samples['network'].median
    ratios = {mode: samples[mode].over(floor) for mode in ('alpha (default)', 'add', 'seed')}
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
                [(mode, samples[mode].in_ms(), str(ratio)) for mode, ratio in ratios.items()],
            ),
            stages.table(whole('alpha'), frames=5 if quick else 300),
            *curves.tables,
        ),
        targets=(
            Target('Alpha (default): times the floor', ratios['alpha (default)'].median, 3),
            Target('Add: times the floor', ratios['add'].median, 3),
            Target('The k-th overlay over the first', curves.later_over_first, 1),
        ),
        remarks=(
            (
                'The parts of the floor take the same frame every time, so it lies in the cache '
                'and the floor is as low as it can be; the overlays take a new one every time. '
                f'The network alone takes {network:.2f} ms in LiteRT: its convolutions have too '
                'few channels for the speed of a large matrix product. With it and the '
                f'preprocessing, {network + 1e3 * samples["preprocess"].median:.2f} ms, '
                f'{(network + 1e3 * samples["preprocess"].median) / (1e3 * floor.median):.1f} '
                'times the floor are spent before anything is painted.'
            ),
            subjects.remark(),
        ),
        samples=samples,
    )
