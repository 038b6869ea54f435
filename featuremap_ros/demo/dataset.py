# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures and steering to learn from: a careful driver, put beside the line again and again.

A pilot that has only seen good driving does not know how to come back, so each drive begins off
the centre line, askew, and shows the way back.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
import multiprocessing

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.car import Car, CarState
from featuremap_ros.demo.driver import PurePursuit
from featuremap_ros.demo.world import World
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import InputSpec, Preprocessor

_SPEED = 1.2
_STEP_NS = 100_000_000
_MAX_LATERAL = 0.32
_MAX_ASKEW = 0.55


@dataclass(frozen=True, slots=True)
class Examples:
    """What a pilot learns from.

    Attributes:
        pictures: uint8 (N, height, width, 3), RGB, as the network gets them before scaling.
        steering: float32 (N,), -1 full left to +1 full right.
    """

    pictures: NDArray[np.uint8]
    steering: NDArray[np.float32]


@cache
def input_spec() -> InputSpec:
    """Read what the pilot is fed from its profile."""
    return PilotProfile.load('demo').input


def model_input(image: Image) -> Image:
    """Cut off what is above the horizon and halve the rest, as profiles/demo.yaml says.

    Args:
        image: Of the camera; RGB, uint8 (240, 320, 3).

    Returns:
        RGB, uint8 (80, 160, 3).
    """
    return Preprocessor(input_spec())(image).pixels


def collect_world(seed: int, *, drives: int, steps: int) -> Examples:
    """Drive on one track.

    Args:
        seed: Of the world.
        drives: How often the car is put down.
        steps: Pictures of each drive, a tenth of a second apart.
    """
    cv2.setNumThreads(1)
    world, car = World(seed), Car()
    driver = PurePursuit(world.track, car)
    rng = np.random.default_rng((seed, 0xDA7A))
    pictures, steering = [], []
    for _ in range(drives):
        lateral, askew = rng.normal(0.0, (0.14, 0.22))
        pose = world.track.pose_at(
            rng.uniform(0.0, world.track.length),
            lateral=float(np.clip(lateral, -_MAX_LATERAL, _MAX_LATERAL)),
            heading_error=float(np.clip(askew, -_MAX_ASKEW, _MAX_ASKEW)),
        )
        state = CarState(int(rng.integers(0, 120_000_000_000)), pose, speed=_SPEED)
        for _ in range(steps):
            angle = driver.steer(state.pose)
            pictures.append(model_input(world.photograph(state.pose, state.stamp_ns)))
            steering.append(-angle / car.max_steering)
            shaky = angle + float(rng.normal(0.0, 0.08))
            state = car.advance(state, steering=shaky, speed=_SPEED, step_ns=_STEP_NS)
    return Examples(np.stack(pictures), np.array(steering, np.float32))


def collect(seeds: range, *, drives: int = 20, steps: int = 8, processes: int = 2) -> Examples:
    """Drive on many tracks, in parallel.

    Args:
        seeds: Of the worlds.
        drives: How often the car is put down in each.
        steps: Pictures of each drive.
        processes: How many work at once; the result is the same for any number.

    Raises:
        BrokenProcessPool: A process was killed, for instance because memory ran out.
    """
    work = partial(collect_world, drives=drives, steps=steps)
    if processes == 1:
        parts = [work(seed) for seed in seeds]
    else:
        # Not multiprocessing.Pool, which waits for ever for a process that was killed.
        context = multiprocessing.get_context('spawn')
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            parts = list(pool.map(work, seeds))
    return Examples(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.steering for part in parts]),
    )
