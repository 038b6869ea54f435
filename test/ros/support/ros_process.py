# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

READY = 'Steering angle:'
"""What the node logs last when it has started."""


def environment(domain: int, repository: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process in a domain."""
    return {
        **os.environ,
        'ROS_DOMAIN_ID': str(domain),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'PYTHONPATH': os.pathsep.join([str(repository), os.environ.get('PYTHONPATH', '')]),
        'PYTHONUNBUFFERED': '1',
        'RCUTILS_COLORIZED_OUTPUT': '0',
        **more,
    }


def ros_arguments(parameters: dict[str, Any], remaps: dict[str, str]) -> list[str]:
    """Return the command line that sets parameters and remaps topics."""
    arguments = ['--ros-args']
    for name, value in parameters.items():
        arguments += ['-p', f'{name}:={_yaml(value)}']
    for name, target in remaps.items():
        arguments += ['-r', f'{name}:={target}']
    return arguments


class NodeProcess:
    """Starts the node, waits until it runs, and ends it.

    Attributes:
        process: The process.
    """

    module = 'featuremap_ros.ros.node'

    def __init__(self, log: Path, arguments: list[str], env: dict[str, str]) -> None:
        """Start the node.

        Args:
            log: Gets everything that it prints.
            arguments: Of its command line.
            env: Its environment.
        """
        self._log = log
        with log.open('w') as file:
            self.process = subprocess.Popen(
                [sys.executable, '-m', self.module, *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """Everything that it has printed."""
        return self._log.read_text()

    def wait_for(self, text: str, timeout: float = 90.0) -> None:
        """Wait until it has printed a text."""
        until = time.monotonic() + timeout
        while text not in self.log:
            assert self.process.poll() is None, f'the node ended:\n{self.log}'
            assert time.monotonic() < until, f'the node never said {text!r}:\n{self.log}'
            time.sleep(0.02)

    def wait(self, timeout: float = 20.0) -> int:
        """Wait until it ends and return its exit code."""
        return self.process.wait(timeout)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal, unless it has ended already, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class SimulatorProcess(NodeProcess):
    """The same for the simulator."""

    module = 'featuremap_ros.ros.simulator.node'


def _yaml(value: Any) -> str:
    """Write a value as ROS reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return '[' + ', '.join(_yaml(v) for v in value) + ']'
    if isinstance(value, (int, float)):
        return repr(value)
    return f"'{value}'"
