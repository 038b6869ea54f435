# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulation in lock-step: time passes only when the pilot has answered."""

from __future__ import annotations

from collections.abc import Callable
import time

from featuremap_ros.demo.topics import TICK_NS
from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.command import Command
from featuremap_ros.ros.executable import Spin
from featuremap_ros.ros.simulator.drive import Drive
from featuremap_ros.ros.simulator.sensor_topics import SensorTopics
from featuremap_ros.ros.simulator.steering_input import SteeringInput

_LISTEN_S = 0.05
_SETTLE_S = 0.5
_RESEND_S = 0.5
# The clock passes a picture's stamp before its answer: a stop command, which carries the time at
# which it is sent, is then no answer.
_LATENCY_NS = TICK_NS // 10


class LockStepError(FeatureMapError):
    """The steering that the next step waits for did not come."""


class LockStep:
    """Shows a picture, waits for the steering with its stamp, and drives on to the next."""

    def __init__(
        self,
        drive: Drive,
        steering: SteeringInput,
        sensors: SensorTopics,
        *,
        timeout: Callable[[], float | None],
    ) -> None:
        """Prepare.

        Args:
            drive: Goes on.
            steering: Has the answers.
            sensors: Publish the pictures.
            timeout: After which waiting ends (s).
        """
        self._drive = drive
        self._steering = steering
        self._sensors = sensors
        self._timeout = timeout
        self._since = time.monotonic()
        self._met: float | None = None
        self._resend = 0.0
        self._pause = _RESEND_S
        self._shown_ns: int | None = None

    def turn(self, spin: Spin) -> None:
        """Do the next step, or wait for it a moment.

        Args:
            spin: Listens for at most so long (s).

        Raises:
            LockStepError: Waiting took too long.
        """
        if self._shown_ns is None:
            self._meet(spin)
            return
        answer = self._steering.newest
        if answer is not None and answer.stamp_ns == self._shown_ns:
            self._step(answer.command)
            spin(0.0)
            return
        now = time.monotonic()
        self._give_up(now)
        if now >= self._resend:
            self._pause *= 2.0
            self._resend = now + self._pause
            self._drive.publish_time(_LATENCY_NS)
            self._sensors.publish_pictures()
        spin(_LISTEN_S)

    def _meet(self, spin: Spin) -> None:
        """Wait until the pilot is there and knows the time, then show the first picture."""
        now = time.monotonic()
        if self._met is None and self._sensors.image_readers and self._steering.writers():
            self._met = now
        if self._met is not None and now > self._met + _SETTLE_S:
            self._show()
            return
        self._drive.publish_time()
        self._give_up(now)
        spin(_LISTEN_S)

    def _step(self, command: Command) -> None:
        """Drive on to the next picture; if that gets lost, the same answer holds for one more."""
        while self._drive.finished is None:
            self._drive.tick(command)
            if self._drive.at_picture and not self._drive.picture_is_lost:
                self._show()
                return
            self._drive.publish()
            if self._drive.at_picture:
                return

    def _show(self) -> None:
        """Publish what there is at this moment, and begin to wait."""
        self._drive.publish()
        self._drive.publish_time(_LATENCY_NS)
        self._shown_ns = self._drive.now_ns
        self._since = time.monotonic()
        self._pause = _RESEND_S
        self._resend = self._since + self._pause

    def _give_up(self, now: float) -> None:
        """Raise the reason if nothing has happened for too long."""
        timeout = self._timeout()
        if timeout is None or now - self._since < timeout:
            return
        steering, newest = self._steering, self._steering.newest
        readers, writers = self._sensors.image_readers, steering.writers()
        msg = (
            f'In lock-step no steering came within {timeout:g} s. '
            f'{self._sensors.image} has {readers} subscribers; {steering.topic} has '
            f'{len(writers)} publishers. '
        )
        if not readers:
            msg += f'Start the pilot: overlay_node --ros-args -r image:={self._sensors.image}'
        elif steering.msgtype not in writers:
            there = ', '.join(sorted(set(writers))) or 'nothing'
            msg += (
                f'Steering is expected as {steering.msgtype}, and published there is {there}: '
                "see the parameter steering.message of both, and the pilot's remapping of "
                '~/steering.'
            )
        elif newest is None or newest.stamp_ns is None or self._shown_ns is None:
            msg += (
                'The pilot gets images and does not steer: it needs use_sim_time, and its log '
                'says what else is wrong.'
            )
        else:
            off = (newest.stamp_ns - self._shown_ns) / 1e9
            msg += (
                f'The last steering carries a stamp that is {off:+.3f} s from that of the last '
                'image: the pilot must copy it.'
            )
        raise LockStepError(msg)
