# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""keract in an environment of its own, with Keras 2: ``python keract_work.py FOLDER``.

The folder holds networks as the benchmark wrote them. For every line with the name of one and the
number of a list of layers it reads their maps twice, and answers with the seconds of the second
time; ``check`` before them also writes the maps.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
import sys
import time
from typing import Any

# keract knows Keras 2 only.
os.environ['TF_USE_LEGACY_KERAS'] = '1'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import keract
import numpy as np
import tensorflow as tf


def main(folder: Path) -> None:
    """Serve until the other side ends."""
    networks = {path.stem: _network(path) for path in folder.glob('*.json')}
    print('ready', flush=True)
    for line in sys.stdin:
        *check, name, number = line.split()
        model, picture, wanted = networks[name]
        names = wanted[int(number)]
        seconds = 0.0
        for _ in range(2):
            began = time.perf_counter()
            maps = keract.get_activations(model, picture, layer_names=names)
            seconds = time.perf_counter() - began
        if check:
            np.savez(folder / f'{name}.found.npz', **maps)
        print(seconds, flush=True)


def _network(path: Path) -> tuple[Any, Any, list[list[str]]]:
    """Build a network from its description, with the weights that it had."""
    described = json.loads(path.read_text(encoding='utf-8'))
    with np.load(path.with_suffix('.npz')) as kept:
        arrays = {name: kept[name] for name in kept.files}
    parts = [tf.keras.Input(arrays['picture'].shape[1:])]
    parts += [getattr(tf.keras.layers, kind)(**settings) for kind, settings in described['layers']]
    model = tf.keras.Sequential(parts)
    model.set_weights([arrays[f'weight_{i}'] for i in range(len(arrays) - 1)])
    model.compile(loss='mse', optimizer='adam')
    return model, arrays['picture'], described['wanted']


if __name__ == '__main__':
    main(Path(sys.argv[1]))
