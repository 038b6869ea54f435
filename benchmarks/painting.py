# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A frame all the way, as the node takes it: decide, then paint into memory that is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
import itertools

import numpy as np

from benchmarks.subjects import FRAME_NS
from featuremap_ros import Frame, Pilot, Pipeline, View


def painting(pilot: Pilot, views: Sequence[View], frames: Sequence[Frame]) -> Callable[[], None]:
    """Return a call that takes the next frame all the way.

    Args:
        pilot: The network.
        views: What is painted; none for the steering alone.
        frames: Of one size; they are repeated for ever.
    """
    pipeline = Pipeline(pilot, views)
    outs = [np.empty_like(frames[0].image) for _ in views]
    coming = _endless(frames)

    def work() -> None:
        drive = pipeline.drive(next(coming), pipeline.views)
        for token, out in zip(pipeline.views, outs, strict=True):
            pipeline.paint(drive, token, out)

    return work


def _endless(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Repeat frames, their time going on."""
    for number, frame in enumerate(itertools.cycle(frames)):
        yield replace(frame, stamp_ns=number * FRAME_NS)
