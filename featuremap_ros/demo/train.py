# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the demo's pilot: ``python -m featuremap_ros.demo.train [--out pilot.keras]``.

Takes some minutes on two cores. The same seed on the same machine gives the same weights.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
import time

import keras
import numpy as np
from numpy.typing import NDArray
import tensorflow as tf

from featuremap_ros.demo.assets import PILOT_NAME
from featuremap_ros.demo.car import Car
from featuremap_ros.demo.dataset import collect, Examples, input_spec, model_input
from featuremap_ros.demo.laps import drive_laps, Policy
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World
from featuremap_ros.vision.frame import Frame

TRAINING_SEED = 10_000
"""First of the worlds to learn from."""

VALIDATION_SEED = 20_000
"""First of the worlds for the error after each epoch, a tenth as many."""

RACE_SEEDS = range(1, 9)
"""Worlds of the final drive; the pilot has seen none of them."""

_log = logging.getLogger(__name__)


def build_network() -> keras.Model:
    """Build the network: a small PilotNet.

    Source: Bojarski et al., End to End Learning for Self-Driving Cars, arXiv 1604.07316.

    Returns:
        A functional model from float32 (80, 160, 3) in 0..1 to ``steering``, -1 left to +1 right.
    """
    width, height = input_spec().size
    image = keras.Input((height, width, 3), name='image')
    x = image
    for index, (filters, kernel, stride) in enumerate(
        ((16, 5, 2), (24, 5, 2), (32, 3, 2), (24, 3, 1)), start=1
    ):
        x = keras.layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            activation='relu',
            kernel_initializer='he_normal',
            name=f'conv{index}',
        )(x)
    x = keras.layers.Flatten(name='flatten')(x)
    x = keras.layers.Dense(48, activation='relu', name='dense1')(x)
    x = keras.layers.Dense(16, activation='relu', name='dense2')(x)
    steering = keras.layers.Dense(1, name='steering')(x)
    return keras.Model(image, steering, name='demo_pilot')


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Examples in a new order for every epoch, scaled as the network wants them."""

    def __init__(self, examples: Examples, *, batch: int, seed: int) -> None:
        super().__init__()
        self._examples = examples
        self._batch = batch
        self._rng = np.random.default_rng(seed)
        self._order = self._rng.permutation(len(examples.steering))

    def __len__(self) -> int:
        return len(self._order) // self._batch

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        chosen = np.sort(self._order[index * self._batch : (index + 1) * self._batch])
        pictures = self._examples.pictures[chosen].astype(np.float32) / np.float32(255.0)
        return pictures, self._examples.steering[chosen, None]

    def on_epoch_end(self) -> None:
        self._order = self._rng.permutation(self._order)


def train(training: Examples, validation: Examples, *, epochs: int, seed: int) -> keras.Model:
    """Fit the network.

    Args:
        training: To learn from.
        validation: From other worlds, for the error after each epoch.
        epochs: How often each example is seen.
        seed: Of the weights and of the order.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network()
    batches = _Batches(training, batch=64, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * len(batches), alpha=0.01)
    network.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4), loss='mse', metrics=['mae'])
    check = _Batches(validation, batch=64, seed=seed)
    network.fit(batches, epochs=epochs, validation_data=check, verbose=2)
    # Without what only training needs, the optimizer's memory above all.
    return keras.Model(network.inputs, network.outputs, name=network.name)


def as_policy(network: keras.Model) -> Policy:
    """Let a network drive.

    Args:
        network: From float32 (1, 80, 160, 3) in 0..1 to steering, -1 left to +1 right.

    Returns:
        From a picture to a steering angle, + to the left (rad).
    """
    forward = tf.function(network, autograph=False)
    limit = Car().max_steering

    def steer(frame: Frame) -> float:
        tensor = model_input(frame.image)[None].astype(np.float32) / np.float32(255.0)
        return -float(np.clip(forward(tensor)[0, 0], -1.0, 1.0)) * limit

    return steer


def race(network: keras.Model, *, laps: float) -> None:
    """Let a network drive on tracks that it has not seen, and log how well it went.

    Args:
        network: As built here.
        laps: On each track.
    """
    policy = as_policy(network)
    for seed in RACE_SEEDS:
        report = drive_laps(Simulator(World(seed)), policy, laps=laps)
        _log.info('world %d: %s', seed, report)


def main() -> None:
    """Collect, train, race, and write the file."""
    parser = argparse.ArgumentParser(
        prog='python -m featuremap_ros.demo.train', description="Train the demo's pilot."
    )
    default = Path(__file__).with_name(PILOT_NAME)
    parser.add_argument('--out', type=Path, default=default, help='file to write (%(default)s)')
    parser.add_argument('--worlds', type=int, default=160, help='to learn from (%(default)s)')
    parser.add_argument('--epochs', type=int, default=10, help='of training (%(default)s)')
    parser.add_argument('--seed', type=int, default=1, help='of the weights (%(default)s)')
    parser.add_argument(
        '--laps', type=float, default=1.0, help='on each of the unseen tracks (%(default)s)'
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    begin = time.monotonic()
    processes = min(2, arguments.worlds)
    training = collect(_seeds(TRAINING_SEED, arguments.worlds), processes=processes)
    checks = max(1, arguments.worlds // 10)
    validation = collect(_seeds(VALIDATION_SEED, checks), processes=min(processes, checks))
    _log.info('%d pictures after %.0f s', len(training.steering), time.monotonic() - begin)
    network = train(training, validation, epochs=arguments.epochs, seed=arguments.seed)
    _log.info('%d weights after %.0f s', network.count_params(), time.monotonic() - begin)
    network.save(arguments.out)
    if arguments.laps > 0.0:
        race(network, laps=arguments.laps)


def _seeds(first: int, count: int) -> range:
    """List neighbouring seeds."""
    return range(first, first + count)


if __name__ == '__main__':
    main()
