# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One forward pass, steering and three layers' maps, by engine; and how fast one starts."""

from __future__ import annotations

from collections.abc import Callable
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
from featuremap_ros.pilot.loading import load_engine

_SUBJECTS = (subjects.AXIONAUT, subjects.PILOTNET, subjects.DONKEYCAR)

# A process that does what a car's start does: open the pilot and drive the first frame.
_START = """
import json, sys, time
began = float(sys.argv[1])
import numpy as np
from featuremap_ros import Frame, Pilot
pilot = Pilot.load(sys.argv[2], profile=sys.argv[3])
spec = pilot.profile.input
height, width = (spec.camera or (640, 480))[::-1]
pilot.forward(Frame(np.zeros((height, width, 3), np.uint8), 0), sys.argv[4:])
ready = time.time() - began
from benchmarks.machine import peak_mb
print(json.dumps([ready, peak_mb(), 'tensorflow' in sys.modules]))
"""


def run(*, quick: bool) -> Result:
    """Measure."""
    rows = []
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
        starts = [_start(subject, folder, repeat=2 if quick else 7) for subject in _SUBJECTS]
    return Result(
        tables=(
            Table(
                'Steering and three maps (ms: median and quartiles; times as slow as the fastest)',
                ('Network', 'Engine', 'ms', 'Times'),
                rows,
            ),
            Table(
                'From the start of Python to the first decision, converted model kept',
                ('Network', 's', 'Peak memory (MB)', 'TensorFlow imported'),
                [
                    (
                        subject.title,
                        f'{np.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})',
                        f'{memory:.0f}',
                        'yes' if imported else 'no',
                    )
                    for subject, (seconds, memory, imported) in zip(_SUBJECTS, starts, strict=True)
                ],
            ),
        ),
        targets=(
            Target(
                'Start to first decision, slowest network (s)',
                max(float(np.median(seconds)) for seconds, _, _ in starts),
                2,
            ),
            Target('Peak memory, largest network (MB)', max(m for _, m, _ in starts), 200),
        ),
        remarks=(
            (
                'TensorFlow runs with its default threads. `model(x)` and `predict` compute a '
                'Keras model whose outputs are the steering and the three layers.'
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


def _start(subject: Subject, folder: Path, *, repeat: int) -> tuple[list[float], float, bool]:
    """Start processes that drive one frame, the first of them untimed.

    Returns:
        Seconds of each, the highest peak memory (MB), and whether TensorFlow was imported.
    """
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
    seconds, memory, imported = zip(*found[1:], strict=True)
    return list(seconds), max(memory), any(imported)
