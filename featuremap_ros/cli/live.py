# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap demo --live``: the simulator, the pilot's node and a page for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.util import find_spec
import os
from pathlib import Path
from shutil import which
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from featuremap_ros.errors import FeatureMapError, MissingDependencyError
from featuremap_ros.ros.browser import LOOPBACK
from featuremap_ros.ros.fastdds import profile_environment
from featuremap_ros.ros.missing import ros_is_missing

IMAGE = '/camera/image_raw'

# How often the programs are looked at, and how long one may take to end.
_WAIT_S = 0.1
_PATIENCE_S = 10.0

_TEXT = """The pilot drives by the steering that it publishes, and by nothing else. Ctrl-C ends it.

  http://127.0.0.1:{port:<13} the overlays, in a browser
  /camera/image_raw              what the camera sees
  /featuremap/overlay/...        what the first and the last convolution react to
  /featuremap/hirescam/...       what steers: orange pulls to the left, violet to the right
  /featuremap/steering_angle     where the pilot steers (rad, + is left)
  /scan /odom /imu /joint_states the other sensors of the car
  /path /car_markers             the way it has come, its wheels, its steering

In another terminal:
  featuremap tell /simulator faults.glare=1    a low sun
  featuremap tell /featuremap why              what makes it steer like that
{rviz}"""

_RVIZ = '  rviz2 -d {layout}\n'


@dataclass(frozen=True, slots=True)
class Program:
    """A module that runs in a process of its own.

    Attributes:
        module: Its name.
        arguments: Of its command line.
    """

    module: str
    arguments: tuple[str, ...]


def drive_live(*, seed: int, scenario: str, port: int) -> int:
    """Start everything, and wait until somebody ends it.

    Args:
        seed: Of the track.
        scenario: ``'race'`` or ``'crash'``.
        port: Of the page for the browser.

    Returns:
        0 after Ctrl-C or SIGTERM, 1 if one of the programs ended by itself.

    Raises:
        MissingDependencyError: There is no ROS 2.
        FeatureMapError: The port is in use.
    """
    if find_spec('rclpy') is None:
        raise MissingDependencyError(ros_is_missing('Driving live', 'rclpy'))
    # Before anything starts whose log would bury the reason.
    port = _free_port(port)
    with ExitStack() as stack:
        parameters, dds, rviz = (
            stack.enter_context(as_file(files('featuremap_ros').joinpath('config', name)))
            for name in ('demo.param.yaml', 'fastdds.xml', 'overlay.rviz')
        )
        shown = _RVIZ.format(layout=rviz) if which('rviz2') else ''
        print(_TEXT.format(port=port, rviz=shown), flush=True)
        simulation = ['-p', f'seed:={seed}']
        if scenario == 'crash':
            simulation = ['-p', 'scenario:=crash']
        programs = (
            _program('simulator.node', *simulation),
            _program('node', '--params-file', str(parameters), '-r', f'image:={IMAGE}'),
            _program('browser_node', '-p', f'port:={port}'),
        )
        return _run(programs, dds)


def _free_port(port: int) -> int:
    """Return the port, or any that is free for 0; refuse one that is in use."""
    with socket.socket() as probe:
        # As the server does: connections that have just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            msg = (
                f'Port {port} of this machine cannot be used ({error.strerror}), perhaps because '
                'another live demo runs. Give another one: --port 0 takes any that is free.'
            )
            raise FeatureMapError(msg) from None
        return int(probe.getsockname()[1])


def _program(module: str, *arguments: str) -> Program:
    return Program(f'featuremap_ros.ros.{module}', ('--ros-args', *arguments))


def _run(programs: Sequence[Program], dds: Path) -> int:
    """Run programs until one of them ends, or this one is told to."""
    stopped = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    environment = {**os.environ, **profile_environment(dds, os.environ)}
    running: list[tuple[Program, subprocess.Popen[bytes]]] = []
    try:
        for program in programs:
            command = [sys.executable, '-m', program.module, *program.arguments]
            running.append((program, subprocess.Popen(command, env=environment)))
        while not stopped:
            for program, process in running:
                if process.poll() is not None:
                    msg = (
                        f'{program.module} has ended by itself (exit code {process.returncode}); '
                        'its last lines above say why.'
                    )
                    raise FeatureMapError(msg)
            time.sleep(_WAIT_S)
    finally:
        for _, process in running:
            # A terminal has told them already; then this changes nothing.
            process.send_signal(signal.SIGINT)
        for _, process in running:
            _await(process)
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _await(process: subprocess.Popen[bytes]) -> None:
    """Wait for an end that was asked for, and force one that does not come."""
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
