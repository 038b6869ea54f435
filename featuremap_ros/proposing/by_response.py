# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Which scales a network does not react to at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.heads import Head
from featuremap_ros.proposing.trial import Trial
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import InputSpec

DEAF = 0.01
"""Share of the full range: a network whose steering moves less than this sees nothing."""


def responses(
    engine: Engine,
    images: Iterable[Image],
    *,
    spec: InputSpec,
    scales: Sequence[str],
    head: Head,
) -> Mapping[str, float]:
    """Return how far the steering moves between pictures, in shares of its range, by scale.

    Frames of a race may be alike, so every one is mirrored, too, and black, white and noise are
    added: a network that steers on pictures reacts to some of that.

    Args:
        engine: The network.
        images: RGB, uint8 (H, W, 3), of one size.
        spec: How the network is fed, apart from the scale.
        scales: Normalisations to try.
        head: What is read.
    """
    trial = Trial(engine, [replace(spec, normalisation=scale) for scale in scales])
    shape: tuple[int, ...] = ()
    for image in images:
        shape = image.shape
        trial.feed(image)
        trial.feed(np.ascontiguousarray(image[:, ::-1]))
    if not trial.count:
        return {}
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    for made in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise):
        trial.feed(made)
    return {
        tried.normalisation: float(np.ptp(np.clip(trial.read(tried, head), -1, 1))) / 2
        for tried in trial.specs
    }
