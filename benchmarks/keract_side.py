# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Our side of keract's process: networks are written for it, it is asked, and it is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.subjects import Subject

# What a network's layers are made from, by kind.
_SETTINGS = {
    'Activation': ('activation',),
    'Conv2D': ('filters', 'kernel_size', 'strides', 'padding', 'activation'),
    'Dense': ('units', 'activation'),
    'Dropout': ('rate',),
    'Flatten': (),
    'MaxPooling2D': ('pool_size', 'strides', 'padding'),
    'Rescaling': ('scale', 'offset'),
}


def described(subject: Subject, folder: Path) -> NDArray[np.float32]:
    """Write a network for keract; return the picture that it is shown."""
    model = subject.keras()
    shape = (1, *model.inputs[0].shape[1:])
    picture = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    layers = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == 'InputLayer':
            continue
        settings = {name: getattr(layer, name) for name in _SETTINGS[kind]}
        if 'activation' in settings:
            settings['activation'] = settings['activation'].__name__
        layers.append((kind, {'name': layer.name, **settings}))
    # Steering comes with every pass of ours; keract is asked for it where it is part of the work.
    wanted = [[*subject.layers[-1:]], [*subject.layers, model.layers[-1].name]]
    file = folder / subject.profile
    file.with_suffix('.json').write_text(json.dumps({'layers': layers, 'wanted': wanted}))
    weights = {f'weight_{i}': array for i, array in enumerate(model.get_weights())}
    np.savez(file.with_suffix('.npz'), picture=picture, **weights)
    return picture


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[Callable[[str], float]]:
    """Start keract's process; yield what asks it for a network's maps and returns the seconds."""
    command = [str(python), str(Path(__file__).with_name('keract_work.py')), str(folder)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    to, back = process.stdin, process.stdout

    def ask(line: str) -> float:
        print(line, file=to, flush=True)
        return float(back.readline())

    try:
        if back.readline().strip() != 'ready':
            raise RuntimeError('keract does not start; run benchmarks/keract_work.py to see why.')
        yield ask
    finally:
        to.close()
        process.wait()


def agree(subject: Subject, folder: Path, ours: Any) -> None:
    """Make sure that both compute the same."""
    _, maps = ours()
    with np.load(folder / f'{subject.profile}.found.npz') as found:
        for name, values in maps.items():
            np.testing.assert_allclose(
                found[name][0], values, atol=1e-4 * float(np.abs(values).max()), err_msg=name
            )
