# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Steering beyond bare inference: from the engine's return to the return of publish()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import tempfile
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
import rclpy
from rclpy.executors import SingleThreadedExecutor

from benchmarks import subjects, wire
from benchmarks.harness import Sample
from benchmarks.report import Result, Table, Target
from featuremap_ros.pilot.engine import Engine, Tensors
from featuremap_ros.pilot.network import Network
from featuremap_ros.ros.command import Command
from featuremap_ros.ros.overlay_node import OverlayNode

_SIZE = (640, 480)
_WARM_UP = 60


class _Clocked:
    """An engine that notes when it returned."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.returned = 0.0

    @property
    def network(self) -> Network:
        return self._engine.network

    def run(
        self, inputs: Mapping[str, NDArray[np.float32]], taps: Sequence[str] = ()
    ) -> tuple[Tensors, Tensors]:
        result = self._engine.run(inputs, taps)
        self.returned = time.perf_counter()
        return result


def run(*, quick: bool) -> Result:
    """Measure."""
    seconds = 4 if quick else 22
    samples = {
        title: _latencies(listeners, seconds)
        for title, listeners in (('nobody watches', 0), ('three overlays are watched', 3))
    }
    return Result(
        tables=(
            Table(
                'Camera 640x480 at 30 Hz, PilotNet (ms)',
                ('Setting', 'Frames', 'p50', 'p95', 'p99'),
                [
                    (
                        title,
                        str(len(sample.seconds)),
                        *(f'{1e3 * sample.percentile(p):.3f}' for p in (50, 95, 99)),
                    )
                    for title, sample in samples.items()
                ],
            ),
        ),
        targets=tuple(
            Target(f'p50 while {title} (ms)', 1e3 * sample.median, 0.1)
            for title, sample in samples.items()
        ),
        remarks=(
            (
                'The node runs in the measuring process, with its own executor, worker and '
                'publishers; camera and listeners are processes of their own. The time covers '
                'reading the outputs, the age check, and publishing the command and the angle.'
            ),
            subjects.remark(),
        ),
        samples=samples,
    )


def _latencies(listeners: int, seconds: float) -> Sample:
    """Drive the node for a while and return the time of every command."""
    os.environ.update(wire.environment(profile=True))
    subject = subjects.PILOTNET
    with tempfile.TemporaryDirectory() as folder:
        rclpy.init(args=wire.node_arguments(subject, subject.layers, Path(folder)))
        node = OverlayNode()
    taken: list[float] = []
    _clock(node, taken)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    watching = [
        wire.peer('listen', wire.overlay_topic(layer)) for layer in subject.layers[:listeners]
    ]
    camera = wire.camera(_SIZE, seconds)
    while camera.poll() is None:
        executor.spin_once(timeout_sec=0.1)
    wire.answer(camera)
    for process in watching:
        wire.answer(process)
    node.close()
    rclpy.shutdown()
    return Sample(np.array(taken[_WARM_UP:]))


def _clock(node: OverlayNode, taken: list[float]) -> None:
    """Put clocks around what lies between engine and publisher."""
    pilot, steering = node._changes.driving.pilot, node._steering
    engine = _Clocked(pilot._engine)
    pilot._engine = engine
    publish = steering.publish

    def clocked(header: Any, command: Command) -> None:
        publish(header, command)
        taken.append(time.perf_counter() - engine.returned)

    steering.publish = clocked  # type: ignore[method-assign]
