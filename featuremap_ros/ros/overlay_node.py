# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The node: camera in, steering and overlays out."""

from __future__ import annotations

import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from featuremap_ros.ros import announce
from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.building import Builder
from featuremap_ros.ros.camera import Camera
from featuremap_ros.ros.changes import Changes
from featuremap_ros.ros.declaration import Declaration
from featuremap_ros.ros.diagnostics import array_of, status_of
from featuremap_ros.ros.diagnostics import TOPIC as DIAGNOSTICS
from featuremap_ros.ros.executable import Spin
from featuremap_ros.ros.history import History
from featuremap_ros.ros.loader import load_pilot
from featuremap_ros.ros.mailbox import Mailbox
from featuremap_ros.ros.observer.diagnostics import second_statuses
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.second_worker import SecondWorker
from featuremap_ros.ros.qos import output_qos, overridable
from featuremap_ros.ros.safety import check_replay, choose_message
from featuremap_ros.ros.services import Services
from featuremap_ros.ros.silence import silence_report, similar_topics
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.steering import SteeringPublisher
from featuremap_ros.ros.views import ViewsTopic
from featuremap_ros.ros.worker import Worker

NAME = 'featuremap'

# Without an image for this long, the reason is looked for and said.
_SILENCE_S = 5.0
# Least time between two complaints of a kind.
_THROTTLE_S = 5.0
# What each thread gets to notice the end.
_JOIN_S = 5.0
# How often the camera's reliability is looked up, and whether the car must be stopped.
_FOLLOW_S = 0.2
_STOP_CHECK_S = 0.05
# How often the executor looks whether a signal came.
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
        self._last_image = time.monotonic()
        self._silent = False
        parameters = Declaration(self)
        settings = parameters.settings()
        check_replay(self, settings, follows_clock=self.follows_clock())
        pilot = load_pilot(settings)
        self._history, self._judged = History(), Judged()
        message = choose_message(
            settings, pilot, follows_clock=self.follows_clock(), logger=self.get_logger()
        )
        self._steering = SteeringPublisher(
            self, message=message, wheelbase=settings.steering.wheelbase
        )
        builder = Builder(
            self, parameters=parameters, statistics=self._statistics, message=message
        )
        driving = builder.build(settings, pilot)
        views = ViewsTopic(self)
        views.begin(driving)
        self._diagnostics = self.create_publisher(
            DiagnosticArray, DIAGNOSTICS, output_qos(), qos_overriding_options=overridable()
        )
        self._worker = Worker(
            host=self,
            mailbox=self._mailbox,
            steering=self._steering,
            views=views,
            statistics=self._statistics,
            history=self._history,
            judged=self._judged,
            driving=driving,
        )
        self._second = SecondWorker(
            host=self, history=self._history, judged=self._judged, views=views, driving=driving
        )
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
        # ROS timers follow /clock, and without one they never fire.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1.0, self._housekeeping, clock=steady)
        self.create_timer(_FOLLOW_S, self._follow, clock=steady)
        self.create_timer(_STOP_CHECK_S, self._watch, clock=steady)
        for text in parameters.unknown():
            self.get_logger().warning(text)
        self._answers = Services(
            self,
            second=self._second,
            history=self._history,
            settings=lambda: self._changes.driving.settings.observer,
        )
        announce.start(self, driving, self._camera, self._steering, message)
        self._worker.start()
        self._second.start()

    def turn(self, spin: Spin) -> None:
        """Answer to what comes next; from the first turn on services are answered, too.

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
        """Report a passing fault, each kind at most every few seconds."""
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
        self._last_image = time.monotonic()

    def _watch(self) -> None:
        """Stop the car if decisions have ceased, whatever the worker is doing."""
        settings = self._changes.driving.settings.steering
        if self._steering.stop_if_silent(settings.stop_after):
            self._statistics.count('stops')
            self._history.keep('the stop command')
            self.get_logger().warning(
                f'No decision for {settings.stop_after} s: the stop command was sent.'
            )

    def _follow(self) -> None:
        """Subscribe as the camera publishes."""
        if self._camera.follow():
            kind = 'reliable' if self._camera.reliable else 'best effort'
            self.get_logger().info(f'The camera publishes {kind}: subscribed to it likewise.')

    def _housekeeping(self) -> None:
        """Tidy up and report."""
        self._changes.tidy()
        silence = self._silence()
        if silence and not self._silent:
            self.get_logger().warning(silence)
        self._silent = bool(silence)
        driving = self._changes.driving
        name = self.get_fully_qualified_name()[1:]
        status = status_of(
            name=f'{name}: overlay',
            model=driving.source.model or 'demo',
            snapshot=self._statistics.snapshot(),
            silence=silence,
            facts={
                'dropped': self._mailbox.dropped,
                'model': driving.source.model or 'demo',
                'profile': driving.pilot.profile.name,
                'layers': ', '.join(grid.layer for grid in driving.grids.values()),
                'views': ', '.join(view.name for view in driving.views.values()),
                'loading': 'yes' if self._changes.loading else 'no',
                'image topic': self._camera.topic,
                'reliability': 'reliable' if self._camera.reliable else 'best effort',
            },
        )
        more = second_statuses(
            name,
            self._second.pace.report(),
            self._second.observer_pid,
            driving.settings.observer,
            self._judged,
        )
        self._diagnostics.publish(array_of(self.get_clock().now().to_msg(), status, *more))

    def _silence(self) -> str:
        """Say that no images come; empty if they do."""
        seconds = time.monotonic() - self._last_image
        if seconds < _SILENCE_S:
            return ''
        topic = self._camera.topic
        publishers = self._camera.publishers()
        types = {info.topic_type for info in self.get_publishers_info_by_topic(topic)}
        return silence_report(
            topic=topic,
            seconds=seconds,
            publishers=len(publishers),
            other_types=sorted(types - {info.topic_type for info in publishers}),
            similar=similar_topics(
                topic, self.get_topic_names_and_types(), own=self.get_fully_qualified_name()
            ),
        )
