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
from std_msgs.msg import Header

from benchmarks import subjects, wire
from benchmarks.harness import Sample
from benchmarks.report import Result, Table, Target
from featuremap_ros.pilot.engine import Engine, Tensors
from featuremap_ros.pilot.network import Network
from featuremap_ros.ros.command import Command
from featuremap_ros.ros.command_message import CommandMessage
from featuremap_ros.ros.overlay_node import OverlayNode
from featuremap_ros.ros.qos import output_qos

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
    bare = {
        'a message': _bare(60 if quick else 600),
        'ready bytes': _bare(60 if quick else 600, as_bytes=True),
    }
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
                'caches, and the network has just filled them with its own: in a program that '
                'does nothing at 30 Hz but compute the same network and call publish(), with one '
                'listener, that call takes '
                f'{1e3 * bare["a message"].median:.3f} ms for a message and '
                f'{1e3 * bare["ready bytes"].median:.3f} ms for bytes that are ready to be sent, '
                'as the node sends them.'
            ),
            subjects.remark(),
        ),
        samples=samples | {f'publish() alone, {title}': sample for title, sample in bare.items()},
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


def _bare(count: int, *, as_bytes: bool = False) -> Sample:
    """Compute the network and publish a ready command 30 times a second, and nothing else.

    Args:
        count: How often.
        as_bytes: Publish the command's bytes instead of a message.
    """
    os.environ.update(wire.environment(profile=True))
    subject = subjects.PILOTNET
    with tempfile.TemporaryDirectory() as folder:
        pilot = subject.pilot(Path(folder))
    frame = subjects.race(1, _SIZE)[0]
    tensor = pilot.preprocess(frame.image).tensor
    rclpy.init()
    node = rclpy.create_node('benchmark', use_global_arguments=False)
    publisher = node.create_publisher(TwistStamped, wire.COMMANDS, output_qos())
    listener = wire.Peer('listen', 'command', wire.COMMANDS)
    while not publisher.get_subscription_count():
        time.sleep(0.05)
    header, seconds = Header(frame_id='camera'), []
    commands = CommandMessage('twist_stamped', 0.3)
    for _ in range(count + _WARM_UP):
        time.sleep(1 / 30)
        header.stamp = node.get_clock().now().to_msg()
        make = commands.encode if as_bytes else commands.message
        command = make(header, Command(0.1, 1.0))
        pilot.outputs(tensor)
        began = time.perf_counter()
        publisher.publish(command)
        seconds.append(time.perf_counter() - began)
    listener.answer()
    node.destroy_node()
    rclpy.shutdown()
    return Sample(np.array(seconds[_WARM_UP:]))


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
