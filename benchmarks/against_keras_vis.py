# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients from tf-keras-vis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.saliency import Saliency

from benchmarks import subjects
from benchmarks.harness import interleave
from benchmarks.report import Result, Table
from featuremap_ros.attribution.gradcam import grad_cam
from featuremap_ros.pilot.keras.gradients import KerasGradients
from featuremap_ros.pilot.keras.graph import describe
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.targets import Target
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients

_VIS, _OURS, _TENSORFLOW = 'tf-keras-vis', 'this project', 'this project, in TensorFlow'


def run(folder: Path, *, quick: bool) -> Result:
    """Measure.

    Args:
        folder: For files that have to be written.
        quick: Few rounds.
    """
    samples = interleave(_candidates(folder), rounds=3 if quick else 30)
    return Result(
        tables=(
            Table(
                'What drives the steering of PilotNet, forward pass included (ms)',
                ('Map', 'By', 'ms', 'Times as fast as tf-keras-vis'),
                [
                    (kind, by, sample.in_ms(), str(samples[f'{kind}, {_VIS}'].over(sample)))
                    for (kind, by), sample in (
                        (key.split(', ', 1), sample) for key, sample in samples.items()
                    )
                ],
            ),
        ),
        remarks=(
            (
                'tf-keras-vis is a test dependency of this project and runs beside it in one '
                'process. It has no HiResCAM; its SmoothGrad has 25 copies, as ours.'
            ),
        ),
        samples=samples,
    )


def _candidates(folder: Path) -> dict[str, Callable[[], Any]]:
    """Return calls that say what drives PilotNet, by kind and tool."""
    subject = subjects.PILOTNET
    layer = subject.layers[-1]
    model = subject.keras()
    pilot = subject.pilot(folder)
    shape = (1, *model.inputs[0].shape[1:])
    picture = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    copies = np.repeat(picture, 25, axis=0)
    output = pilot.network.outputs[0].name
    asked = Target(f'{output}:0', output, 0, (), 1.0, 'output', ('against', 'for'))
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

    return {
        f'Grad-CAM, {_VIS}': lambda: gradcam(
            score, picture, penultimate_layer=layer, expand_cam=False
        ),
        f'Grad-CAM, {_OURS}': cam(ours, grad_cam),
        f'Grad-CAM, {_TENSORFLOW}': cam(theirs, grad_cam),
        f'Saliency, {_VIS}': lambda: saliency(score, picture),
        f'Saliency, {_OURS}': lambda: ours.by_input(inputs, picture, asked),
        f'Saliency, {_TENSORFLOW}': lambda: theirs.by_input(inputs, picture, asked),
        f'SmoothGrad, {_VIS}': lambda: saliency(
            score, picture, smooth_samples=25, smooth_noise=0.15
        ),
        f'SmoothGrad, {_OURS}': lambda: ours.by_input(inputs, copies, asked),
        f'SmoothGrad, {_TENSORFLOW}': lambda: theirs.by_input(inputs, copies, asked),
    }
