# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One forward pass, steering and three layers' maps, by engine; gradients; and how one starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks import subjects
from benchmarks.harness import interleave, Sample
from benchmarks.report import Result, Table, Target
from benchmarks.subjects import Subject
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.gradients import Gradients
from featuremap_ros.pilot.keras.gradients import KerasGradients
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients

_SUBJECTS = (subjects.AXIONAUT, subjects.PILOTNET, subjects.DONKEYCAR)

# A process that does what a car's start does: open the pilot, drive the first frame, and show what
# drove it.
_START = """
import json, sys, time
began = float(sys.argv[1])
import numpy as np
from featuremap_ros import Frame, Pilot
pilot = Pilot.load(sys.argv[2], profile=sys.argv[3])
spec = pilot.profile.input
height, width = (spec.camera or (640, 480))[::-1]
frame = Frame(np.full((height, width, 3), 90, np.uint8), 0)
pilot.forward(frame, sys.argv[4:])
ready = time.time() - began
from featuremap_ros.explaining.explainer import Explainer
Explainer(pilot).explain(frame, 'hirescam')
explained = time.time() - began
from benchmarks.machine import peak_mb
print(json.dumps([ready, explained, peak_mb(), 'tensorflow' in sys.modules]))
"""


def run(*, quick: bool) -> Result:
    """Measure."""
    rows, slopes = [], []
    samples: dict[str, Sample] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for subject in _SUBJECTS:
            found = interleave(_engines(subject, folder), rounds=10 if quick else 200)
            samples |= {f'{subject.title}, {engine}': s for engine, s in found.items()}
            fastest = min(found.values(), key=lambda sample: sample.median)
            rows += [
                (subject.title, engine, sample.in_ms(), str(sample.over(fastest)))
                for engine, sample in found.items()
            ]
            found = interleave(_gradients(subject, folder), rounds=10 if quick else 200)
            samples |= {f'{subject.title}, gradient, {way}': s for way, s in found.items()}
            quickest = found[_NUMPY]
            slopes += [
                (subject.title, way, sample.in_ms(), str(sample.over(quickest)))
                for way, sample in found.items()
            ]
        starts = [_start(subject, folder, repeat=2 if quick else 7) for subject in _SUBJECTS]
    return Result(
        tables=(
            Table(
                'Steering and three maps (ms: median and quartiles; times as slow as the fastest)',
                ('Network', 'Engine', 'ms', 'Times'),
                rows,
            ),
            Table(
                'The gradient of the steering by the last of these layers (ms; times as slow)',
                ('Network', 'By', 'ms', 'Times'),
                slopes,
            ),
            _starting(starts),
        ),
        targets=(
            Target(
                'Start to first decision, slowest network (s)',
                max(float(np.median(start.decided)) for start in starts),
                2,
            ),
            Target(
                'Start to first HiResCAM, slowest network (s)',
                max(float(np.median(start.explained)) for start in starts),
                2,
            ),
            Target('Peak memory, largest network (MB)', max(s.memory for s in starts), 200),
        ),
        remarks=(
            (
                'TensorFlow runs with its default threads. `model(x)` and `predict` compute a '
                'Keras model whose outputs are the steering and the three layers. Gradients begin '
                "with the layer's map: the forward pass is not in them."
            ),
            subjects.remark(),
        ),
        samples=samples,
    )


def _engines(subject: Subject, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return calls that compute the same, by engine."""
    tf, keras = backends.tensorflow(), backends.keras()
    model = subject.keras()
    tapped = keras.Model(
        model.inputs[0], [*model.outputs, *(model.get_layer(n).output for n in subject.layers)]
    )
    shape = (1, *model.inputs[0].shape[1:])
    tensor = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    compiled = tf.function(
        lambda x: tapped(x, training=False), autograph=False
    ).get_concrete_function(tf.TensorSpec(shape, tf.float32))

    def litert(threads: int) -> Callable[[], Any]:
        engine = load_engine(subject.file(folder), threads=threads)
        inputs = {engine.network.inputs[0].name: tensor}
        return lambda: engine.run(inputs, subject.layers)

    def arrays(values: Any) -> list[Any]:
        return [value.numpy() for value in values]

    return {
        'LiteRT, 1 thread': litert(1),
        'LiteRT, 2 threads': litert(2),
        '`tf.function`': lambda: arrays(compiled(tf.constant(tensor))),
        '`model(x)`': lambda: arrays(tapped(tensor, training=False)),
        '`predict`': lambda: tapped.predict(tensor, verbose=0),
    }


_NUMPY = 'NumPy, from the converted network'


def _gradients(subject: Subject, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return calls that differentiate the steering by the deepest of the layers."""
    pilot = subject.pilot(folder)
    engine = load_engine(subject.file(folder))
    network = engine.network
    layer = subject.layers[-1]
    shape = (1, *(side or 1 for side in network.inputs[0].shape))
    picture = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    inputs = pilot.inputs(picture)
    activation = engine.run(inputs, [layer])[1][layer]
    target = find_target('steering', pilot.profile.heads, network)
    ways = {
        _NUMPY: TFLiteGradients(engine.model),  # type: ignore[attr-defined]
        'TensorFlow': KerasGradients(subject.keras(), network),
    }

    def ask(way: Gradients) -> Callable[[], Any]:
        return lambda: way.by_layer(inputs, layer, activation, target)

    return {name: ask(way) for name, way in ways.items()}


@dataclass(frozen=True, slots=True)
class _Start:
    """Seconds from the start of Python, the highest peak memory (MB), and what was imported."""

    decided: Sequence[float]
    explained: Sequence[float]
    memory: float
    imported: bool


def _starting(starts: Sequence[_Start]) -> Table:
    return Table(
        'From the start of Python, converted model kept (s), to',
        ('Network', 'Decision', 'HiResCAM', 'Peak memory (MB)', 'TensorFlow imported'),
        [
            (
                subject.title,
                _spread(start.decided),
                _spread(start.explained),
                f'{start.memory:.0f}',
                'yes' if start.imported else 'no',
            )
            for subject, start in zip(_SUBJECTS, starts, strict=True)
        ],
    )


def _spread(seconds: Sequence[float]) -> str:
    return f'{np.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})'


def _start(subject: Subject, folder: Path, *, repeat: int) -> _Start:
    """Start processes that drive and explain one frame, the first of them untimed."""
    environment = {**os.environ, 'XDG_CACHE_HOME': str(folder)}
    found = []
    for _ in range(repeat + 1):
        # The child's clock begins before its interpreter does.
        began = str(time.time())
        command = [sys.executable, '-c', _START, began, str(subject.file(folder))]
        out = subprocess.run(
            [*command, subject.profile, *subject.layers],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        found.append(json.loads(out.stdout))
    decided, explained, memory, imported = zip(*found[1:], strict=True)
    return _Start(decided, explained, max(memory), any(imported))
