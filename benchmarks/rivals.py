# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The same maps and pictures from keract, tf-keras-vis and matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import tempfile
from typing import Any

import cv2
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.saliency import Saliency

from benchmarks import environments, subjects
from benchmarks.harness import Elsewhere, interleave, Ratio, Sample
from benchmarks.keract_side import agree, described, serving
from benchmarks.report import Result, Table, Target
from benchmarks.subjects import Subject
from featuremap_ros.attribution.gradcam import grad_cam
from featuremap_ros.pilot.keras.gradients import KerasGradients
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.targets import Target as Asked
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients
from featuremap_ros.vision.grid import draw_grid, GridStyle

_SUBJECTS = (subjects.AXIONAUT, subjects.PILOTNET)
_KERACT = ('keract==4.5.2', 'tensorflow==2.21.0', 'tf-keras==2.21.0')
_GRIDS = {'3x20': (3, 20), '17x62': (17, 62), '28x28': (28, 28)}
_PAGE = (640, 480)


def run(*, quick: bool) -> Result:
    """Measure."""
    cv2.setNumThreads(1)
    rounds = 6 if quick else 60
    grids = interleave(_grids(), rounds=3 if quick else 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gradients = interleave(_gradients(folder), rounds=rounds // 2)
        maps, lacking = _maps(folder, rounds)
    return Result(
        tables=(
            *(
                Table(
                    f'Activations: {work} (ms: median and quartiles)',
                    ('Network', 'By', 'ms', 'Times as fast as keract'),
                    [
                        (subject.title, by, maps[key].in_ms(), str(_gain(maps, subject, work, by)))
                        for subject in _SUBJECTS
                        for by in ('keract', *_ENGINES)
                        for key in (f'{subject.title}, {work}, {by}',)
                    ],
                )
                for work in _WORK
                if not lacking
            ),
            Table(
                'What drives the steering of PilotNet, forward pass included (ms)',
                ('Map', 'By', 'ms', 'Times as fast as tf-keras-vis'),
                [
                    (kind, by, sample.in_ms(), str(gradients[f'{kind}, {_VIS}'].over(sample)))
                    for (kind, by), sample in (
                        (key.split(', ', 1), sample) for key, sample in gradients.items()
                    )
                ],
            ),
            Table(
                f'64 channels on a page of {_PAGE[0]}x{_PAGE[1]} (ms)',
                ('Maps', 'By', 'ms', 'Times as fast as a new figure'),
                [
                    (size, by, sample.in_ms(), str(grids[f'{size}, {_FIGURE}'].over(sample)))
                    for (size, by), sample in (
                        (key.split(', ', 1), sample) for key, sample in grids.items()
                    )
                ],
            ),
        ),
        targets=(
            *(
                Target(
                    f'{subject.title}, {work}, one thread: times as fast as keract',
                    _gain(maps, subject, work, _ENGINES[0]).median,
                    20,
                    at_least=True,
                )
                for subject in _SUBJECTS
                for work in _WORK
                if not lacking
            ),
            *(
                Target(
                    f'64 channels of {size}: times as fast as matplotlib',
                    grids[f'{size}, {_FIGURE}'].over(grids[f'{size}, {_OURS}']).median,
                    1000,
                    at_least=True,
                )
                for size in _GRIDS
            ),
        ),
        remarks=(
            lacking
            or (
                f'keract ({_KERACT[0]}, the last release) knows Keras 2 only. It runs in an '
                f'environment of its own ({", ".join(_KERACT[1:])}), with the same weights and '
                'picture, and its maps agree with ours. It and TensorFlow have their default '
                'threads. Its time is mostly overhead, whatever the network; ours is the network '
                'itself, so that a larger one leaves less between them: see the floor.'
            ),
            (
                'tf-keras-vis and matplotlib are test dependencies of this project and run beside '
                'it in one process. tf-keras-vis has no HiResCAM; its SmoothGrad has 25 copies, '
                'as ours. A new figure is what tutorials draw: 8 x 8 axes with a picture each, '
                'made into pixels; a kept one only gets new pictures.'
            ),
            subjects.remark(),
        ),
        samples={**maps, **gradients, **grids},
    )


_ENGINES = ('LiteRT, 1 thread', 'LiteRT, 2 threads')
_WORK = {
    'one layer': lambda subject: subject.layers[-1:],
    'steering and three layers': lambda subject: subject.layers,
}
_VIS, _OURS, _FIGURE = 'tf-keras-vis', 'this project', 'matplotlib, a new figure'


def _maps(folder: Path, rounds: int) -> tuple[dict[str, Sample], str]:
    """Time maps; also say why keract does not run, if it does not."""
    try:
        python = environments.python_of('keract', _KERACT)
    except environments.SetupError as error:
        return {}, f'{error}.'
    candidates: dict[str, Callable[[], Any] | Elsewhere] = {}
    for subject in _SUBJECTS:
        picture = described(subject, folder)
        for work, layers in _WORK.items():
            for threads, name in enumerate(_ENGINES, 1):
                engine = load_engine(subject.file(folder), threads=threads)
                inputs = {engine.network.inputs[0].name: picture}
                reading = _reading(engine, inputs, layers(subject))
                candidates[f'{subject.title}, {work}, {name}'] = reading
    with serving(python, folder) as ask:
        for subject in _SUBJECTS:
            for number, work in enumerate(_WORK):
                ask(f'check {subject.profile} {number}')
                agree(subject, folder, candidates[f'{subject.title}, {work}, {_ENGINES[0]}'])
                asking = _asking(ask, f'{subject.profile} {number}')
                candidates[f'{subject.title}, {work}, keract'] = Elsewhere(asking)
        return interleave(candidates, rounds=rounds), ''


def _gain(maps: dict[str, Sample], subject: Subject, work: str, by: str) -> Ratio:
    """Return how many times as fast as keract an engine is."""
    keract = maps[f'{subject.title}, {work}, keract']
    return keract.over(maps[f'{subject.title}, {work}, {by}'])


def _reading(engine: Any, inputs: Any, layers: Any) -> Callable[[], Any]:
    return lambda: engine.run(inputs, layers)


def _asking(ask: Callable[[str], float], name: str) -> Callable[[], float]:
    return lambda: ask(name)


def _gradients(folder: Path) -> dict[str, Callable[[], Any]]:
    """Return calls that say what drives PilotNet, by kind and tool."""
    subject = subjects.PILOTNET
    layer = subject.layers[-1]
    model = subject.keras()
    pilot = subject.pilot(folder)
    shape = (1, *model.inputs[0].shape[1:])
    picture = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    copies = np.repeat(picture, 25, axis=0)
    output = pilot.network.outputs[0].name
    asked = Asked(f'{output}:0', output, 0, (), 1.0, 'output', ('against', 'for'))
    engine = load_engine(subject.file(folder))
    inputs = pilot.inputs(picture)
    ours = TFLiteGradients(engine.model)  # type: ignore[attr-defined]
    theirs = KerasGradients(model, describe(model, 'benchmark'))
    gradcam, saliency = Gradcam(model, clone=False), Saliency(model, clone=False)

    def score(value: Any) -> Any:
        return value[..., 0]

    def cam(by: Any, weigh: Any) -> Callable[[], Any]:
        def draw() -> Any:
            activation = engine.run(inputs, [layer])[1][layer]
            return weigh(activation, by.by_layer(inputs, layer, activation, asked).values[0])

        return draw

    tensorflow = 'this project, in TensorFlow'
    return {
        f'Grad-CAM, {_VIS}': lambda: gradcam(
            score, picture, penultimate_layer=layer, expand_cam=False
        ),
        f'Grad-CAM, {_OURS}': cam(ours, grad_cam),
        f'Grad-CAM, {tensorflow}': cam(theirs, grad_cam),
        f'Saliency, {_VIS}': lambda: saliency(score, picture),
        f'Saliency, {_OURS}': lambda: ours.by_input(inputs, picture, asked),
        f'Saliency, {tensorflow}': lambda: theirs.by_input(inputs, picture, asked),
        f'SmoothGrad, {_VIS}': lambda: saliency(
            score, picture, smooth_samples=25, smooth_noise=0.15
        ),
        f'SmoothGrad, {_OURS}': lambda: ours.by_input(inputs, copies, asked),
        f'SmoothGrad, {tensorflow}': lambda: theirs.by_input(inputs, copies, asked),
    }


def _grids() -> dict[str, Callable[[], Any]]:
    """Return calls that draw 64 channels, by size and tool."""
    candidates: dict[str, Callable[[], Any]] = {}
    rng = np.random.default_rng(0)
    for name, size in _GRIDS.items():
        maps = np.maximum(rng.normal(0, 1, (*size, 64)), 0).astype(np.float32)
        kept = _figure(maps)
        candidates |= {
            f'{name}, {_FIGURE}': lambda maps=maps: _pixels(_figure(maps)),
            f'{name}, matplotlib, the figure kept': lambda maps=maps, kept=kept: _pixels(
                _shown(kept, maps)
            ),
            f'{name}, {_OURS}': lambda maps=maps: draw_grid(maps, GridStyle(max_size=_PAGE)),
        }
    return candidates


def _figure(maps: NDArray[np.float32]) -> Figure:
    """Draw as tutorials do: 8 x 8 axes without ticks, grey, each channel by its own scale."""
    figure = Figure(figsize=(_PAGE[0] / 100, _PAGE[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    for channel in range(64):
        axes = figure.add_subplot(8, 8, channel + 1)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.imshow(maps[..., channel], cmap='gray')
    return figure


def _shown(figure: Figure, maps: NDArray[np.float32]) -> Figure:
    """Put other maps into a figure."""
    for channel, axes in enumerate(figure.axes):
        axes.images[0].set_data(maps[..., channel])
    return figure


def _pixels(figure: Figure) -> NDArray[np.uint8]:
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
