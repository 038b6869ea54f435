# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulated drive, tick by tick: the car moves, its sensors publish, laps are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from featuremap_ros.demo.laps import LapReport, Referee
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.topics import CAMERA_PERIOD_NS, TICK_NS
from featuremap_ros.ros.command import Command
from featuremap_ros.ros.simulator.sensor_topics import ClockTopic, SensorTopics
from featuremap_ros.ros.simulator.settings import SimulatorSettings


class Drive:
    """Moves the car by commands.

    Attributes:
        settings: May be exchanged at any time.
        finished: The report, once the drive has come to its end.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        sensors: SensorTopics,
        clock: ClockTopic | None,
        settings: SimulatorSettings,
        logger: Any,
    ) -> None:
        """Put the car on its start.

        Args:
            simulator: Moves it.
            sensors: Publish what it measures.
            clock: Publishes the time; ``None`` where the system's clock is used.
            settings: Say when the drive ends.
            logger: Of the node.
        """
        self.settings = settings
        self.finished: LapReport | None = None
        self._simulator = simulator
        self._sensors = sensors
        self._clock = clock
        self._log = logger
        self._since_start_ns = 0
        self._referee = Referee(simulator)
        self._laps_said = 0
        self._left_ns: int | None = None

    @property
    def now_ns(self) -> int:
        """Time in the simulation (ns)."""
        return self._simulator.state.stamp_ns

    @property
    def since_start_ns(self) -> int:
        """Time since the start of the simulation (ns)."""
        return self._since_start_ns

    @property
    def at_picture(self) -> bool:
        """Whether this is a moment at which the camera takes a picture."""
        return self._since_start_ns % CAMERA_PERIOD_NS == 0

    @property
    def picture_is_lost(self) -> bool:
        """Whether the picture of this moment gets lost."""
        world = self._simulator.world
        return world.faults.drops(world.seed, self.now_ns)

    def tick(self, command: Command) -> None:
        """Drive on for one tick.

        Args:
            command: What the car is told.
        """
        self._simulator.cruise_speed = command.speed
        self._simulator.advance(command.angle, TICK_NS)
        self._since_start_ns += TICK_NS
        if self.at_picture:
            self._judge()

    def skip(self, gap_ns: int) -> None:
        """Let time pass in which nothing happened.

        Args:
            gap_ns: How much (ns).
        """
        state = self._simulator.state
        self._simulator.state = replace(state, stamp_ns=state.stamp_ns + gap_ns)
        self._referee.skip(gap_ns)

    def publish(self, *, pictures: bool = True) -> None:
        """Publish what is due at this moment.

        Args:
            pictures: Whether the camera's picture is, too.
        """
        self.publish_time()
        wanted = pictures and not (self.at_picture and self.picture_is_lost)
        self._sensors.publish(self._since_start_ns, pictures=wanted)

    def publish_time(self, latency_ns: int = 0) -> None:
        """Publish the time.

        Args:
            latency_ns: Added to it (ns).
        """
        if self._clock is not None:
            self._clock.publish(self.now_ns + latency_ns)

    def _judge(self) -> None:
        """Count laps, and see whether the car is in its lane."""
        self._referee.look()
        settings, simulator = self.settings, self._simulator
        report = self._referee.report()
        if int(report.laps) > self._laps_said:
            self._laps_said = int(report.laps)
            self._log.info(f'Lap {self._laps_said}: {report}')
        if report.left_lane and self._left_ns is None:
            self._left_ns = self.now_ns
            side = 'left' if simulator.position.lateral > 0.0 else 'right'
            self._log.warning(
                f'The car leaves the lane to the {side}, {simulator.position.arc:.1f} m after the '
                f'start: {report}'
            )
        if settings.laps is not None and (report.laps >= settings.laps or report.left_lane):
            self.finished = report
            return
        wait = settings.restart_after
        if self._left_ns is not None and wait and self.now_ns - self._left_ns >= wait * 1e9:
            self._log.info('The car is put back to the start.')
            simulator.place(0.0)
            self._referee, self._laps_said, self._left_ns = Referee(simulator), 0, None
