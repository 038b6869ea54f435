# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node: camera in, steering and overlays out."""

from __future__ import annotations

import time
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from featuremap_ros.ros import announce
from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.building import Builder
from featuremap_ros.ros.camera import Camera
from featuremap_ros.ros.changes import Changes
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.executable import Spin
from featuremap_ros.ros.health import Health
from featuremap_ros.ros.history import History
from featuremap_ros.ros.mailbox import Mailbox
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.second_worker import SecondWorker
from featuremap_ros.ros.services import Services
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.steering import SteeringPublisher
from featuremap_ros.ros.views import ViewsTopic
from featuremap_ros.ros.worker import Worker

NAME = 'featuremap'

# Least time between two complaints of a kind.
_THROTTLE_S = 5.0
# How long each thread may take to notice the end.
_JOIN_S = 5.0
# How often the camera's reliability is looked up, and whether the car must be stopped.
_FOLLOW_S = 0.2
_STOP_CHECK_S = 0.05
# How often the executor checks whether a signal has come.
_WAIT_S = 0.1


class OverlayNode(Node):
    """Drives on the newest image and paints for whoever listens.

    Everything here runs in the executor's thread and takes microseconds; the worker owns the
    pilot, the second worker talks to the observer, a process for what is expensive, and other
    pilots are loaded in a thread of their own.
    """

    def __init__(self, **options: Any) -> None:
        """Read the parameters, load the pilot, and start to drive.

        Args:
            **options: Of ``rclpy.node.Node``.

        Raises:
            FeatureMapError: The node cannot do what the parameters say.
        """
        super().__init__(NAME, **options)
        self._statistics = Statistics()
        self._mailbox: Mailbox[Arrival] = Mailbox()
        self._complained: dict[str, float] = {}
        # What is configured, and the pilot that goes with it.
        parameters = Declaration(self)
        builder, driving = Builder.begin(
            self,
            parameters=parameters,
            statistics=self._statistics,
            follows_clock=self.follows_clock(),
        )
        settings = driving.settings
        # Where results go.
        self._steering = SteeringPublisher(
            self, message=builder.message, wheelbase=settings.steering.wheelbase
        )
        views = ViewsTopic(self)
        views.begin(driving)
        # The threads, and what they share; they start last.
        self._history, judged = History(), Judged()
        self._worker = Worker(
            host=self,
            mailbox=self._mailbox,
            steering=self._steering,
            views=views,
            statistics=self._statistics,
            history=self._history,
            judged=judged,
            driving=driving,
        )
        self._second = SecondWorker(
            host=self, history=self._history, judged=judged, views=views, driving=driving
        )
        # What runs in the executor's thread.
        self._changes = Changes(
            self,
            parameters=parameters,
            builder=builder,
            workers=(self._worker, self._second),
            views=views,
            statistics=self._statistics,
            driving=driving,
        )
        self._camera = Camera(self, settings.image_transport, self._image)
        self._health = Health(
            self,
            camera=self._camera,
            steering=self._steering,
            mailbox=self._mailbox,
            statistics=self._statistics,
            second=self._second,
            judged=judged,
            changes=self._changes,
        )
        self._answers = Services(
            self,
            second=self._second,
            history=self._history,
            settings=lambda: self._changes.driving.settings.observer,
        )
        self._start_timers()
        for text in parameters.unknown():
            self.get_logger().warning(text)
        announce.start(self, driving, self._camera, self._steering, builder.message)
        self._worker.start()
        self._second.start()

    def _start_timers(self) -> None:
        """Start what is done periodically, on a steady clock."""
        # ROS timers follow /clock, and without one they never fire.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1.0, self._every_second, clock=steady)
        self.create_timer(_FOLLOW_S, self._follow_camera, clock=steady)
        self.create_timer(_STOP_CHECK_S, self._stop_if_silent, clock=steady)

    def turn(self, spin: Spin) -> None:
        """Handle what comes next; from the first turn on services are answered, too.

        Args:
            spin: Listens for at most so long (s).
        """
        self._answers.start()
        spin(_WAIT_S)

    def now_ns(self) -> int:
        """Return the node's clock (ns)."""
        clock = self.get_clock()
        # The same without the way through rclpy, which takes 50 microseconds between two images.
        return int(clock.now().nanoseconds) if clock.ros_time_is_active else time.time_ns()

    def follows_clock(self) -> bool:
        """Return whether that clock is ``/clock``."""
        return bool(self.get_parameter('use_sim_time').value)

    def warn(self, text: str) -> None:
        """Report a lasting fault."""
        self.get_logger().warning(text)

    def complain(self, kind: str, text: str) -> None:
        """Report a temporary fault, each kind at most once every few seconds."""
        now = time.monotonic()
        if now - self._complained.get(kind, -_THROTTLE_S) >= _THROTTLE_S:
            self._complained[kind] = now
            self.get_logger().warning(text)

    def close(self) -> None:
        """Stop the car before anything else, stop driving, and withdraw from the graph."""
        self._steering.close()
        self._mailbox.close()
        self._second.close()
        self._worker.join(_JOIN_S)
        self._second.join(_JOIN_S)
        self._answers.close(_JOIN_S)
        self._changes.close(_JOIN_S)
        self.destroy_node()

    def _image(self, message: Any) -> None:
        """Leave an image for the worker."""
        self._mailbox.put(Arrival.now(message, self.now_ns()))
        self._statistics.count('received')
        self._health.image_came()

    def _stop_if_silent(self) -> None:
        """Stop the car if decisions have stopped coming, whatever the worker is doing."""
        settings = self._changes.driving.settings.steering
        if self._steering.stop_if_silent(settings.stop_after):
            self._statistics.count('stops')
            self._history.keep('the stop command')
            self.get_logger().warning(
                f'No decision for {settings.stop_after} s: the stop command was sent.'
            )

    def _follow_camera(self) -> None:
        """Match the camera's reliability."""
        if self._camera.follow():
            kind = 'reliable' if self._camera.reliable else 'best effort'
            self.get_logger().info(f'The camera publishes {kind}: subscribed to it likewise.')

    def _every_second(self) -> None:
        """Tidy up and report."""
        self._changes.tidy()
        self._health.report()
