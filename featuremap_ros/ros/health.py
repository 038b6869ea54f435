# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports once a second how the node is doing, and in the log when images stop coming."""

from __future__ import annotations

import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from featuremap_ros.ros.arrival import Arrival
from featuremap_ros.ros.camera import Camera
from featuremap_ros.ros.changes import Changes
from featuremap_ros.ros.diagnostics import array_of, status_of, TOPIC
from featuremap_ros.ros.driving import Driving
from featuremap_ros.ros.mailbox import Mailbox
from featuremap_ros.ros.observer.diagnostics import second_statuses
from featuremap_ros.ros.observer.judged import Judged
from featuremap_ros.ros.observer.second_worker import SecondWorker
from featuremap_ros.ros.qos import output_qos, overridable
from featuremap_ros.ros.rivals import Rivals, rivals_text
from featuremap_ros.ros.silence import silence_report, similar_topics
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.ros.steering import SteeringPublisher

# Without an image for this long, the reason is looked for and reported.
_SILENCE_S = 5.0


class Health:
    """Publishes ``/diagnostics``; everything here runs in the executor's thread."""

    def __init__(
        self,
        node: Node,
        *,
        camera: Camera,
        steering: SteeringPublisher,
        mailbox: Mailbox[Arrival],
        statistics: Statistics,
        second: SecondWorker,
        judged: Judged,
        changes: Changes,
    ) -> None:
        """Create the topic.

        Args:
            node: Owns it.
            camera: Where the images come from.
            steering: Where the commands go.
            mailbox: Counts the images that were dropped.
            statistics: What the node did.
            second: How the observer keeps up.
            judged: What the observer found out.
            changes: The configuration at work.
        """
        self._node = node
        self._camera = camera
        self._steering = steering
        self._mailbox = mailbox
        self._statistics = statistics
        self._second = second
        self._judged = judged
        self._changes = changes
        self._rivals = Rivals(node)
        self._last_image = time.monotonic()
        self._silent = False
        self._publisher = node.create_publisher(
            DiagnosticArray, TOPIC, output_qos(), qos_overriding_options=overridable()
        )

    def image_came(self) -> None:
        """Note that an image has just come in."""
        self._last_image = time.monotonic()

    def report(self) -> None:
        """Publish the state of the node, and warn once when images stop coming."""
        silence = self._silence()
        if silence and not self._silent:
            self._node.get_logger().warning(silence)
        self._silent = bool(silence)
        driving = self._changes.driving
        self._warn_of_rivals(driving)
        name = self._node.get_fully_qualified_name()[1:]
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
        stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array_of(stamp, status, *more))

    def _warn_of_rivals(self, driving: Driving) -> None:
        """Warn once of others who publish what this node does, and of a second camera."""
        for who, (topic,) in self._rivals.news([self._camera.topic]).items():
            self._node.get_logger().warning(
                f'{topic} has several publishers, {who}: the pilot steers now by an image of the '
                'one, now of the other.'
            )
        topics = [topic for output in driving.published for topic in output.topics.values()]
        topics += filter(None, (self._steering.topic, self._steering.angle_topic))
        for who, shared in self._rivals.news(topics).items():
            self._node.get_logger().warning(
                f'{rivals_text(who, shared)} A replay can leave them out (featuremap play '
                '--exclude), or one node gets another name (-r __node:=NAME).'
            )

    def _silence(self) -> str:
        """Say that no images come; empty if they do."""
        seconds = time.monotonic() - self._last_image
        if seconds < _SILENCE_S:
            return ''
        node, topic = self._node, self._camera.topic
        publishers = self._camera.publishers()
        types = {info.topic_type for info in node.get_publishers_info_by_topic(topic)}
        return silence_report(
            topic=topic,
            seconds=seconds,
            publishers=len(publishers),
            other_types=sorted(types - {info.topic_type for info in publishers}),
            similar=similar_topics(
                topic, node.get_topic_names_and_types(), own=node.get_fully_qualified_name()
            ),
        )
