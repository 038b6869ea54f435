# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts the node and the processes around it, in a DDS domain of this run."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

from benchmarks.peers import CAMERA
from benchmarks.subjects import Subject
from featuremap_ros.ros.fastdds import profile_environment
from featuremap_ros.vision.tokens import topic_token

COMMANDS = '/featuremap/steering'

# Beyond 101 the ports of a domain reach into Linux's ephemeral range.
_DOMAIN = 20 + os.getpid() % 80
_READY = 'Steering angle:'  # What the node logs last when it starts.
_PATIENCE_S = 60.0


def environment(*, profile: bool) -> dict[str, str]:
    """Return the environment of a process.

    Args:
        profile: Whether it gets the shipped Fast DDS profile; else Fast DDS has its defaults.
    """
    # The default discovery range: some transports are hidden from others only there.
    plain = {**os.environ, 'ROS_DOMAIN_ID': str(_DOMAIN)}
    plain.pop('ROS_AUTOMATIC_DISCOVERY_RANGE', None)
    if not profile:
        return plain
    with as_file(files('featuremap_ros') / 'config' / 'fastdds.xml') as path:
        return {**plain, **profile_environment(path, plain)}


def node_arguments(subject: Subject, layers: Sequence[str], folder: Path) -> list[str]:
    """Return the node's command line: a complete car with a network and overlays."""
    parameters = {
        'model': subject.file(folder),
        'profile': subject.profile,
        'layers': f'[{", ".join(layers)}]',
        'max_steering_angle': 0.4,
        'wheelbase': 0.3,
        'speed': 1.0,
    }
    set_ = [part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')]
    return ['--ros-args', *set_, '-r', f'image:={CAMERA}']


class NodeProcess:
    """The node in a process of its own, with the shipped Fast DDS profile; a context manager.

    Attributes:
        number: Of the process.
        start_s: From the start of the process until the node was ready (s).
    """

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        """Start the node and wait until it is ready.

        Args:
            arguments: Its command line.
            log: Gets what it prints.
        """
        self._log = log
        began = time.monotonic()
        with log.open('w') as file:
            self._process = subprocess.Popen(
                [sys.executable, '-m', 'featuremap_ros.ros.node', *arguments],
                env=environment(profile=True),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.number = self._process.pid
        while _READY not in log.read_text():
            if self._process.poll() is not None or time.monotonic() - began > _PATIENCE_S:
                self._process.kill()
                raise RuntimeError(f'The node did not start:\n{log.read_text()}')
            time.sleep(0.005)
        self.start_s = time.monotonic() - began

    def __enter__(self) -> NodeProcess:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the node."""
        self._process.send_signal(signal.SIGINT)
        if self._process.wait(_PATIENCE_S):
            raise RuntimeError(f'The node did not end well:\n{self._log.read_text()}')


class Peer:
    """A process of ``benchmarks.peers``."""

    def __init__(self, *arguments: str, profile: bool = False) -> None:
        """Start it.

        Args:
            arguments: Its command line.
            profile: See ``environment``.
        """
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'benchmarks.peers', *arguments],
            env=environment(profile=profile),
            stdout=subprocess.PIPE,
            text=True,
        )
        # Read at once: a process waits while nobody empties its full pipe.
        self._out = ThreadPoolExecutor(1).submit(self._process.communicate)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._out.done()

    def answer(self) -> Any:
        """Wait until it ends and return what it printed."""
        out, _ = self._out.result(3 * _PATIENCE_S)
        if self._process.returncode:
            raise RuntimeError(f'{self._process.args!r} ended with {self._process.returncode}.')
        return json.loads(out)


def listener(layer: str) -> Peer:
    """Start a process that receives a layer's overlay."""
    return Peer('listen', 'image', f'/featuremap/overlay/{topic_token(layer)}')


def camera_listener() -> Peer:
    """Start a process that receives the camera's pictures themselves."""
    return Peer('listen', 'image', CAMERA)


def camera(
    size: tuple[int, int],
    seconds: float,
    *,
    rate: float = 30,
    best_effort: bool = False,
    profile: bool = False,
) -> Peer:
    """Start a camera.

    Args:
        size: (width, height).
        seconds: How long it runs.
        rate: Of its frames (Hz).
        best_effort: Instead of reliable.
        profile: See ``environment``.
    """
    width, height = map(str, size)
    arguments = ['--size', width, height, '--rate', str(rate), '--seconds', str(seconds)]
    return Peer('camera', *arguments, *['--best-effort'] * best_effort, profile=profile)


def processor_seconds(process: int) -> float:
    """Return how long a process has had a processor (s)."""
    fields = Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
