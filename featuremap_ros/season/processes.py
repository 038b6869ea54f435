# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Races in processes of their own, some at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
import logging
import multiprocessing
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
import os
import signal
import threading
import time
from typing import Any, Protocol

import cv2

from featuremap_ros.season.outcome import NOT_BEGUN, Outcome, STOPPED
from featuremap_ros.season.race_job import RaceJob
from featuremap_ros.season.season_folder import season_folder
from featuremap_ros.season.work import failed, work

_TELL_EVERY = 0.2
_LOOK_EVERY = 0.2


class Listener(Protocol):
    """Wants to know how far the races are."""

    def began(self, job: RaceJob) -> None:
        """A race was begun."""
        ...

    def frames(self, job: RaceJob, done: int, total: int | None) -> None:
        """Frames of it are done."""
        ...

    def said(self, job: RaceJob, text: str) -> None:
        """Its log has a new line."""
        ...

    def ended(self, job: RaceJob, outcome: Outcome) -> None:
        """It ended, or will not begin."""
        ...


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


class ProcessPool:
    """Renders each race in a process of its own, so that nothing it does can stop the others.

    Of the threads of a process only OpenCV's depend on how many share the machine: a forward
    pass takes one, and the number of the encoder's would change the bytes of a video.
    """

    def __init__(self, count: int, listener: Listener) -> None:
        """Prepare.

        Args:
            count: How many races at a time.
            listener: Told what happens.
        """
        self._count = count
        self._listener = listener
        self._threads = max(1, cores() // count)
        self._context = multiprocessing.get_context('spawn')
        self._running: dict[Connection, tuple[RaceJob, Any]] = {}
        self._interrupts = 0
        self._told = 0

    def run(self, jobs: Sequence[RaceJob]) -> list[Outcome]:
        """Render races.

        Ctrl-C ends each after the frame under way, with every file closed; a second one ends the
        processes at once.

        Returns:
            What became of each, in the order of the jobs.
        """
        waiting = deque(jobs)
        outcomes: dict[str, Outcome] = {}
        # Started before signals are held back, as it would let them through again.
        resource_tracker.ensure_running()
        try:
            with self._interrupts_counted():
                while waiting or self._running:
                    self._pass_interrupts_on()
                    self._fill(waiting, outcomes)
                    for connection in wait(list(self._running), timeout=_LOOK_EVERY):
                        job, _ = self._running[connection]  # type: ignore[index]
                        outcome = self._hear(connection)  # type: ignore[arg-type]
                        if outcome is not None:
                            outcomes[job.name] = self._ended(job, outcome)
        finally:
            self._leave_none()
        return [outcomes[job.name] for job in jobs]

    def _fill(self, waiting: deque[RaceJob], outcomes: dict[str, Outcome]) -> None:
        """Begin as many races as there is room for; after Ctrl-C, none."""
        while waiting and (self._interrupts or len(self._running) < self._count):
            job = waiting.popleft()
            if self._interrupts:
                left = Outcome(name=job.name, source=job.source, state=NOT_BEGUN)
                outcomes[job.name] = self._ended(job, left)
            else:
                self._begin(job)

    def _leave_none(self) -> None:
        """Let processes stop that nobody listens to any more, which is after an error here."""
        for connection, (_, process) in self._running.items():
            connection.close()
            process.join()

    def _begin(self, job: RaceJob) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_process, args=(job, self._threads, theirs))
        # Ctrl-C reaches all processes of a terminal; only this one is to hear it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._running[ours] = (job, process)
        self._listener.began(job)

    def _hear(self, connection: Connection) -> Outcome | None:
        """Take one message; the last one is the outcome."""
        job, process = self._running[connection]
        try:
            kind, *content = connection.recv()
        except (EOFError, OSError):
            kind, content = 'outcome', [None]
        if kind == 'frames':
            self._listener.frames(job, *content)
            return None
        if kind == 'said':
            self._listener.said(job, *content)
            return None
        del self._running[connection]
        connection.close()
        process.join()
        outcome: Outcome | None = content[0]
        if outcome is None:
            season_folder(job.out).tidy(job.name)
            if self._interrupts > 1:
                return Outcome(name=job.name, source=job.source, state=STOPPED)
            return failed(job, _how_it_ended(process.exitcode))
        return outcome

    def _ended(self, job: RaceJob, outcome: Outcome) -> Outcome:
        self._listener.ended(job, outcome)
        return outcome

    def _pass_interrupts_on(self) -> None:
        """Ask the processes to stop, then end them."""
        if self._told == self._interrupts:
            return
        for connection, (_, process) in self._running.items():
            if self._interrupts > 1:
                process.terminate()
            elif self._told == 0:
                with suppress(OSError):
                    connection.send('stop')
        self._told = self._interrupts

    @contextmanager
    def _interrupts_counted(self) -> Iterator[None]:
        """Count Ctrl-C instead of raising; other threads cannot have signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def count(_: int, __: Any) -> None:
            self._interrupts += 1

        before = signal.signal(signal.SIGINT, count)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


class _Teller(logging.Handler):
    """Sends progress and the log to the process that began this one."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._sending = threading.Lock()
        self._told = 0.0

    def send(self, *message: Any) -> None:
        """Send, if anybody is there."""
        with self._sending, suppress(OSError):
            self._connection.send(message)

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line of the log."""
        self.send('said', f'{record.levelname}: {record.getMessage()}')

    def frames(self, done: int, total: int | None) -> None:
        """Tell how far it is; stop if somebody says so, or nobody is there any more."""
        if self._connection.poll():
            raise KeyboardInterrupt
        now = time.monotonic()
        if now - self._told > _TELL_EVERY:
            self._told = now
            self.send('frames', done, total)


def _process(job: RaceJob, threads: int, connection: Connection) -> None:
    """Render one race in this process."""
    cv2.setNumThreads(threads)
    teller = _Teller(connection)
    logging.basicConfig(handlers=[teller])
    teller.send('outcome', work(job, teller.frames))


def _how_it_ended(code: int | None) -> str:
    """Say what ended a process that did not say so itself."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = ': is there too little memory?' if name == 'SIGKILL' else '.'
        return f'Its process was ended by {name}{hint}'
    return f'Its process ended with code {code}, and did not say why.'
