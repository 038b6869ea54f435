# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator's node: steering in, camera and all other sensors out."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from featuremap_ros.demo.race import START_NS
from featuremap_ros.demo.simulator import Simulator
from featuremap_ros.demo.world import World
from featuremap_ros.ros.executable import Spin
from featuremap_ros.ros.farewell import wait_for_readers
from featuremap_ros.ros.simulator.drive import Drive
from featuremap_ros.ros.simulator.lockstep import LockStep
from featuremap_ros.ros.simulator.realtime import RealTime
from featuremap_ros.ros.simulator.sensor_topics import ClockTopic, SensorTopics
from featuremap_ros.ros.simulator.settings import declare, listen, SimulatorSettings
from featuremap_ros.ros.simulator.steering_input import SteeringInput

NAME = 'simulator'
_FAREWELL_S = 1.0


class SimulatorNode(Node):
    """A car in a hall, steered over ROS."""

    def __init__(self, **options: Any) -> None:
        """Read the parameters and build the world.

        Args:
            **options: Of ``rclpy.node.Node``.

        Raises:
            FeatureMapError: The node cannot do what the parameters say.
        """
        super().__init__(NAME, **options)
        log = self.get_logger()
        settings = declare(self)
        self._world = World(settings.seed, faults=settings.faults)
        simulator = Simulator(self._world, start_ns=START_NS)
        sensors = SensorTopics(
            self, simulator, compressed=settings.image_transport == 'compressed'
        )
        self._drive = Drive(
            simulator,
            sensors=sensors,
            clock=ClockTopic(self) if settings.clock else None,
            settings=settings,
            logger=log,
        )
        steering = SteeringInput(
            self,
            message=settings.message,
            wheelbase=simulator.car.wheelbase,
            speed=lambda: self._drive.settings.speed,
        )
        self._pace: LockStep | RealTime
        if settings.lockstep:
            self._pace = LockStep(
                self._drive, steering, sensors, timeout=lambda: self._drive.settings.timeout
            )
        else:
            self._pace = RealTime(
                self._drive, steering, system_clock=not settings.clock, logger=log
            )
        listen(self, self._apply)
        log.info(f'World {settings.seed}: a track of {self._world.track.length:.1f} m')
        for topic, msgtype in sensors.missing:
            log.info(f'{topic} is left out: {msgtype} is not installed.')
        log.info(f'Images: {sensors.image}')
        pace = 'lock-step' if settings.lockstep else 'real time'
        log.info(f'Waiting for steering on {steering.topic} ({steering.msgtype}), {pace}')

    def turn(self, spin: Spin) -> int | None:
        """Go on with the drive.

        Args:
            spin: Listens for at most so long (s).

        Returns:
            The exit code, once the drive has come to its end.

        Raises:
            LockStepError: The pilot does not answer.
        """
        self._pace.turn(spin)
        report = self._drive.finished
        if report is None:
            return None
        self.get_logger().info(f'Done: {report}')
        return int(report.left_lane)

    def close(self) -> None:
        """Withdraw from the graph, once the reliable subscribers have the last messages."""
        wait_for_readers(self.publishers, _FAREWELL_S)
        self.destroy_node()

    def _apply(self, settings: SimulatorSettings) -> None:
        """Drive on with other settings."""
        self._drive.settings = settings
        self._world.change_faults(settings.faults)
