# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One overlay of one layer from a 1080p frame, against the article's own steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
import itertools
from pathlib import Path
import tempfile
from typing import Any

import cv2
import numpy as np

from benchmarks import article_steps, subjects
from benchmarks.harness import interleave, Sample
from benchmarks.painting import painting
from benchmarks.report import Result, Table, Target
from featuremap_ros import Frame, Pilot, PilotProfile, View
from featuremap_ros.pilot import backends
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import Crop

_LAYER = 'dropout_2'
_SHARED = 'of these, what both need: crop, Lanczos, mean'
_NETWORK = 'the network in LiteRT'
_MODES = {
    'alpha (default)': 'alpha',
    'add': 'add',
    "seed (the article's look)": 'seed',
}


def run(*, quick: bool) -> Result:
    """Measure."""
    cv2.setNumThreads(1)
    backends.set_threads(1)
    frames = subjects.race(4 if quick else 24)
    with tempfile.TemporaryDirectory() as folder:
        whole = subjects.AXIONAUT.pilot(Path(folder))
        region = subjects.AXIONAUT.pilot(Path(folder), profile=_for_the_region(whole.profile))
    regions = [replace(f, image=np.ascontiguousarray(f.image[600:, :1800])) for f in frames]
    ours = {
        **{f'1800x480, {name}': _ours(region, regions, mode) for name, mode in _MODES.items()},
        **{f'whole frame, {name}': _ours(whole, frames, mode) for name, mode in _MODES.items()},
    }
    theirs = _theirs(frames)
    fed = region.preprocess(regions[0].image).tensor
    shared = {
        _SHARED: lambda: region.preprocess(regions[0].image),
        _NETWORK: lambda: region.outputs(fed),
    }
    samples = interleave({**theirs, **ours, **shared}, rounds=10 if quick else 150)
    graph, canvas, plain = (
        samples[name] for name in ('graph mode', 'fastest with a canvas', 'compiled, no canvas')
    )
    port = min(canvas, plain, key=lambda sample: sample.median)
    return Result(
        tables=(
            Table(
                "The article's steps (ms: median and quartiles)",
                ('Variant', 'ms'),
                [(name, samples[name].in_ms()) for name in (*theirs, _SHARED)],
            ),
            Table(
                'This project, steering included (times as fast: median and quartiles)',
                ('Picture, mode', 'ms', 'Graph mode', 'With a canvas', 'No canvas'),
                [
                    (
                        name,
                        samples[name].in_ms(),
                        str(graph.over(samples[name])),
                        str(canvas.over(samples[name])),
                        str(plain.over(samples[name])),
                    )
                    for name in ours
                ],
            ),
        ),
        targets=tuple(
            Target(f'{name}: times as fast as {theirs_name}', ratio.median, limit, at_least=True)
            for name in list(ours)[:3]
            for theirs_name, ratio, limit in (
                ('graph mode', graph.over(samples[name]), 25),
                ('the fastest port', port.over(samples[name]), 10),
            )
        ),
        remarks=(_remark(samples, graph, port), subjects.remark()),
        samples=samples,
    )


def _ours(pilot: Pilot, frames: Sequence[Frame], mode: str) -> Callable[[], None]:
    """Return a call that paints the article's channel."""
    return painting(pilot, [View(layer=_LAYER, reduce='channel:1', mode=mode)], frames)


def _remark(samples: Mapping[str, Sample], graph: Sample, port: Sample) -> str:
    """Say what was compared, and what holds it."""
    return (
        "Graph mode is the article's code in its own order: a session and a function "
        'built for every frame, a new figure for every frame. With a canvas: its steps '
        'and matplotlib, with one compiled function and one figure of which only the '
        'picture is drawn again. No canvas: what is left of the steps when a table of '
        'colours takes the place of matplotlib. The fastest of all ports counts. All '
        'begin with a decoded frame in memory, run on one thread, and pay for the Lanczos '
        'resize that the network was trained with; beyond that, add is '
        f'{_beyond(samples, graph):.1f} times as fast as graph mode and '
        f'{_beyond(samples, port):.1f} times as fast as the fastest port. Of a frame of '
        'this project the resize takes '
        f'{1e3 * samples[_SHARED].median:.2f} ms (OpenCV has no vector instructions for '
        'its eight taps, and they reach every pixel), the network '
        f'{1e3 * samples[_NETWORK].median:.2f} ms: ports that spend nothing else could '
        f'be {_bound(samples, port):.1f} times as fast as the fastest.'
    )


def _beyond(samples: Mapping[str, Sample], theirs: Sample) -> float:
    """Return how many times as fast adding is, beyond the work that both need."""
    shared = samples[_SHARED].median
    return (theirs.median - shared) / (samples['1800x480, add'].median - shared)


def _bound(samples: Mapping[str, Sample], theirs: Sample) -> float:
    """Return how many times as fast it is to paint nothing."""
    return theirs.median / (samples[_SHARED].median + samples[_NETWORK].median)


def _for_the_region(profile: PilotProfile) -> PilotProfile:
    """Return a profile whose frames are the 1800 x 480 pixels that the network sees."""
    return replace(profile, input=replace(profile.input, camera=(1800, 480), crop=Crop()))


def _theirs(frames: Sequence[Frame]) -> dict[str, Callable[[], Image]]:
    """Return calls that take the next frame through the article's steps."""
    # The article keeps BGR frames in memory, this project RGB ones.
    images = [np.ascontiguousarray(frame.image[..., ::-1]) for frame in frames]
    model = subjects.AXIONAUT.keras()
    compiled = article_steps.CompiledMode(model, _LAYER)

    def steps(activation: Any, coloured: Any) -> Callable[[], Image]:
        coming = itertools.cycle(images)
        return lambda: article_steps.overlay(next(coming), activation, coloured)

    return {
        'graph mode': steps(article_steps.GraphMode(model, _LAYER), article_steps.new_canvas),
        'compiled, a figure per frame': steps(compiled, article_steps.new_canvas),
        'compiled, figure kept': steps(compiled, article_steps.KeptCanvas(whole=True)),
        'fastest with a canvas': steps(compiled, article_steps.KeptCanvas(whole=False)),
        'compiled, no canvas': steps(compiled, article_steps.Table()),
    }
