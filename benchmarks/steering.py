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

from geometry_msgs.msg import TwistStamped
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
_MOMENTS = ('the outputs are read', 'publish() is called', 'publish() returns')


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
    found = {
        '30 Hz, nobody watches': _latencies(seconds, rate=30),
        '30 Hz, three overlays watched': _latencies(seconds, rate=30, listeners=3),
        '200 Hz, nobody watches': _latencies(seconds, rate=200),
    }
    samples = {title: moments[-1] for title, moments in found.items()}
    alone = _publish_alone(60 if quick else 600)
    return Result(
        tables=(
            Table(
                'Camera 640x480, PilotNet (ms)',
                ('Setting', 'Until', 'Frames', 'p50', 'p95', 'p99'),
                [
                    (
                        title,
                        moment,
                        str(len(sample.seconds)),
                        *(f'{1e3 * sample.percentile(p):.3f}' for p in (50, 95, 99)),
                    )
                    for title, moments in found.items()
                    for moment, sample in zip(_MOMENTS, moments, strict=True)
                ],
            ),
        ),
        targets=tuple(
            Target(f'{title}: p50 (ms)', 1e3 * sample.median, 0.1)
            for title, sample in samples.items()
        ),
        remarks=(
            (
                'The node runs in the measuring process, with its own executor, worker and '
                'publishers; camera and listeners, one of them for the command, are processes of '
                'their own. A processor that wakes up 30 times a second finds nothing in its '
                'caches: publish() of a ready command, in a process that does nothing else and '
                'with nobody listening, takes '
                f'{1e3 * alone["30 Hz"].median:.3f} ms at 30 Hz and '
                f'{1e3 * alone["in a loop"].median:.3f} ms in a loop.'
            ),
            subjects.remark(),
        ),
        samples=samples,
    )


def _latencies(seconds: float, *, rate: float, listeners: int = 0) -> list[Sample]:
    """Drive the node for a while and return the times of ``_MOMENTS`` for every command."""
    os.environ.update(wire.environment(profile=True))
    subject = subjects.PILOTNET
    with tempfile.TemporaryDirectory() as folder:
        rclpy.init(args=wire.node_arguments(subject, subject.layers, Path(folder)))
        node = OverlayNode()
    taken: list[tuple[float, ...]] = []
    _clock(node, taken)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    watching = [
        wire.Peer('listen', 'command', wire.COMMANDS),
        *(wire.listener(layer) for layer in subject.layers[:listeners]),
    ]
    camera = wire.camera(_SIZE, seconds, rate=rate)
    while camera.running:
        executor.spin_once(timeout_sec=0.1)
    for process in (camera, *watching):
        process.answer()
    node.close()
    rclpy.shutdown()
    return [Sample(np.array(moments)) for moments in zip(*taken[_WARM_UP:], strict=True)]


def _publish_alone(count: int) -> dict[str, Sample]:
    """Publish a ready command to nobody, without any work around it."""
    os.environ.update(wire.environment(profile=True))
    rclpy.init()
    node = rclpy.create_node('benchmark', use_global_arguments=False)
    publisher = node.create_publisher(TwistStamped, wire.COMMANDS, 5)
    command = TwistStamped()
    found = {}
    for title, pause in (('30 Hz', 1 / 30), ('in a loop', 0.0)):
        seconds = []
        for _ in range(count):
            time.sleep(pause)
            began = time.perf_counter()
            publisher.publish(command)
            seconds.append(time.perf_counter() - began)
        found[title] = Sample(np.array(seconds))
    node.destroy_node()
    rclpy.shutdown()
    return found


def _clock(node: OverlayNode, taken: list[tuple[float, ...]]) -> None:
    """Put clocks around what lies between engine and publisher."""
    driving, steering = node._changes.driving, node._steering
    engine = driving.pilot._engine = _Clocked(driving.pilot._engine)
    drive, publish = driving.pipeline.drive, steering.publish
    decided = 0.0

    def clocked_drive(*arguments: Any) -> Any:
        nonlocal decided
        result = drive(*arguments)
        decided = time.perf_counter()
        return result

    def clocked_publish(header: Any, command: Command) -> None:
        begun = time.perf_counter()
        publish(header, command)
        moments = (decided, begun, time.perf_counter())
        taken.append(tuple(moment - engine.returned for moment in moments))

    for owner, name, method in (
        (driving.pipeline, 'drive', clocked_drive),
        (steering, 'publish', clocked_publish),
    ):
        setattr(owner, name, method)
