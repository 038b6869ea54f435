# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How many threads one forward pass should take on this machine, found by trying."""

from __future__ import annotations

import logging
import os
import time

import numpy as np

from featuremap_ros.pilot.feeding import constant_inputs
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.litert_model import LiteRTModel

_logger = logging.getLogger(__name__)

# A small map has nothing for more threads to do, and other processes need cores, too.
_MOST = 4
# Forward passes with each number of threads, as long as the time for all of them lasts (s).
_ROUNDS = 15
_BUDGET_S = 0.3
# How much faster it must get for more threads to be worth the cores.
_GAIN = 1.25


def quickest_engine(model: LiteRTModel) -> LiteRTEngine:
    """Return an engine with the number of threads that is quickest here and now.

    One thread, unless more are at least a quarter faster. The results are the same bits with any
    number. It takes a third of a second at most beyond two forward passes; a network that is
    slower than that gets as many threads as there are cores, up to four.

    Args:
        model: What to compute.

    Raises:
        ModelFileError: LiteRT refuses the flatbuffer.
        UnsupportedError: A tensor is quantised per channel.
    """
    cores = min(len(os.sched_getaffinity(0)), _MOST)
    chosen = LiteRTEngine(model)
    if cores == 1:
        return chosen
    began = time.perf_counter()
    _seconds(chosen)
    if 4 * (time.perf_counter() - began) > _BUDGET_S:
        return LiteRTEngine(model, threads=cores)
    engines = {1: chosen}
    for count in range(2, cores + 1):
        engines[count] = LiteRTEngine(model, threads=count)
        _seconds(engines[count])
    taken: dict[int, list[float]] = {count: [] for count in engines}
    for _ in range(_ROUNDS):
        for count, engine in engines.items():
            taken[count].append(_seconds(engine))
        if time.perf_counter() - began > _BUDGET_S:
            break
    medians = {count: float(np.median(seconds)) for count, seconds in taken.items()}
    best = 1
    for count, seconds in medians.items():
        if seconds * _GAIN <= medians[best]:
            best = count
    measured = ', '.join(f'{1e3 * seconds:.2f} ms with {n}' for n, seconds in medians.items())
    _logger.info('One forward pass takes %s threads: LiteRT computes with %d.', measured, best)
    return engines[best]


def _seconds(engine: LiteRTEngine) -> float:
    """Return how long one forward pass takes (s)."""
    # Not zeros, which may be computed faster than pictures.
    inputs = constant_inputs(engine.network.inputs, 0.5)
    began = time.perf_counter()
    engine.run(inputs)
    return time.perf_counter() - began
