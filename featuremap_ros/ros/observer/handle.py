# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The observer as the node sees it: asked, awaited, and started anew when it has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any, BinaryIO, cast

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.observer.link import receive, send
from featuremap_ros.ros.observer.messages import Failed, Request, Setup

_ONE_THREAD = (
    'OMP_NUM_THREADS',
    'OPENBLAS_NUM_THREADS',
    'MKL_NUM_THREADS',
    'TF_NUM_INTEROP_THREADS',
    'TF_NUM_INTRAOP_THREADS',
)

_END = 'The node ends.'


class ObserverError(FeatureMapError):
    """The observer cannot do what was asked."""


class ObserverHandle:
    """Starts the process with the first request; one thread asks."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._setup: Setup | None = None

    @property
    def pid(self) -> int | None:
        """Of the process; ``None`` while there is none."""
        process = self._process
        return None if process is None else process.pid

    def ask(self, request: Request, setup: Setup) -> Any:
        """Ask, and wait for the reply.

        Args:
            request: What.
            setup: What the observer must be set up as; told only where it is news.

        Raises:
            ObserverError: It cannot be done, or the process has ended over it.
        """
        process = self._running()
        try:
            if setup != self._setup:
                self._setup = None
                self._exchange(process, setup)
                self._setup = setup
            return self._exchange(process, request)
        except (EOFError, OSError):
            self._setup = None
            process.kill()
            process.wait()
            with self._lock:
                self._process = None
                closed = self._closed
            msg = f'The observer has ended (exit code {process.returncode}).'
            raise ObserverError(_END if closed else msg) from None

    def close(self) -> None:
        """End the process, whatever it does; a request that waits for it fails."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the process, started if there is none."""
        with self._lock:
            if self._closed:
                raise ObserverError(_END)
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, '-m', 'featuremap_ros.ros.observer.process'],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,
                    env={**dict.fromkeys(_ONE_THREAD, '1'), **os.environ},
                )
            return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], request: Request) -> Any:
        """Send a request and return the reply."""
        # Both are there: the process was started with pipes, unbuffered.
        send(cast('BinaryIO', process.stdin), request)
        reply = receive(cast('BinaryIO', process.stdout))
        if isinstance(reply, Failed):
            raise ObserverError(reply.text)
        return reply
