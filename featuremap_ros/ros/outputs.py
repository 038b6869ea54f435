# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The topics of one view, each computed only while somebody listens to it."""

from __future__ import annotations

import numpy as np
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from featuremap_ros.pipeline import Drive, Pipeline
from featuremap_ros.ros.messages import compressed, ImageBuffer
from featuremap_ros.ros.qos import output_qos, overridable
from featuremap_ros.ros.statistics import Statistics


class ViewOutput:
    """Overlay, compressed overlay and heat map of one layer.

    Attributes:
        token: Of the view.
        topics: Full names, by kind.
    """

    def __init__(self, node: Node, token: str, statistics: Statistics) -> None:
        """Create the topics.

        Args:
            node: Owns them.
            token: Of the view.
            statistics: Count what is published.
        """
        self.token = token
        self._node = node
        self._statistics = statistics

        def publisher(kind: type, topic: str) -> Publisher:
            return node.create_publisher(
                kind, topic, output_qos(), qos_overriding_options=overridable()
            )

        self._overlay = publisher(Image, f'~/overlay/{token}')
        self._compressed = publisher(CompressedImage, f'{self._overlay.topic_name}/compressed')
        self._heatmap = publisher(Image, f'~/heatmap/{token}')
        self.topics = {
            'overlay': self._overlay.topic_name,
            'compressed': self._compressed.topic_name,
            'heatmap': self._heatmap.topic_name,
        }
        self._picture = ImageBuffer('rgb8', np.uint8, 3)
        self._map = ImageBuffer('32FC1', np.float32, 1)

    def wanted(self) -> bool:
        """Whether somebody listens to any of the topics."""
        publishers = (self._overlay, self._compressed, self._heatmap)
        return any(p.get_subscription_count() for p in publishers)

    def publish(self, pipeline: Pipeline, drive: Drive, header: Header, quality: int) -> None:
        """Compute and publish what somebody listens to.

        Args:
            pipeline: Paints.
            drive: A frame that was driven with this view wanted.
            header: Of the camera's image.
            quality: Of the JPEG, 1..100.
        """
        raw_wanted = self._overlay.get_subscription_count()
        jpeg_wanted = self._compressed.get_subscription_count()
        if raw_wanted or jpeg_wanted:
            height, width = drive.frame.image.shape[:2]
            pixels = self._picture.prepare(header, height, width)
            pipeline.paint(drive, self.token, pixels)
            self._statistics.count(f'painted {self.token}')
            if raw_wanted:
                self._overlay.publish(self._picture.message)
            if jpeg_wanted:
                self._compressed.publish(compressed(header, pixels, quality))
                self._statistics.count(f'compressed {self.token}')
        if self._heatmap.get_subscription_count():
            values = pipeline.raw(drive, self.token).values
            self._map.prepare(header, *values.shape)[:] = values
            self._heatmap.publish(self._map.message)
            self._statistics.count(f'heatmap {self.token}')

    def destroy(self) -> None:
        """Withdraw the topics."""
        for publisher in (self._overlay, self._compressed, self._heatmap):
            self._node.destroy_publisher(publisher)
