# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The topics of one view or grid, each computed only while somebody listens to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from featuremap_ros.grid_view import GridView
from featuremap_ros.pipeline import Drive, Pipeline
from featuremap_ros.ros.messages import compressed, ImageBuffer
from featuremap_ros.ros.qos import output_qos, overridable
from featuremap_ros.ros.statistics import Statistics
from featuremap_ros.view import View
from featuremap_ros.vision.frame import Image as Pixels
from featuremap_ros.vision.raw_map import RawMap


class PictureOutput:
    """A picture, and the same as JPEG.

    Attributes:
        topics: Full names, ``'raw'`` and ``'compressed'``.
    """

    def __init__(self, node: Node, topic: str, name: str, statistics: Statistics) -> None:
        """Create the topics.

        Args:
            node: Owns them.
            topic: Relative to the node.
            name: For the statistics.
            statistics: Count what is published.
        """
        self._node = node
        self._name = name
        self._statistics = statistics
        self._raw = publisher(node, Image, f'~/{topic}')
        self._compressed = publisher(node, CompressedImage, f'{self._raw.topic_name}/compressed')
        self.topics = {'raw': self._raw.topic_name, 'compressed': self._compressed.topic_name}
        self._buffer = ImageBuffer('rgb8', np.uint8, 3)

    def wanted(self) -> bool:
        """Whether somebody listens."""
        return bool(
            self._raw.get_subscription_count() or self._compressed.get_subscription_count()
        )

    def publish(
        self,
        header: Header,
        size: tuple[int, int],
        draw: Callable[[Pixels], object],
        quality: int,
    ) -> None:
        """Draw a picture into the message and publish what somebody listens to.

        Args:
            header: Of the camera's image.
            size: (height, width).
            draw: Fills the pixels, uint8 (height, width, 3), RGB.
            quality: Of the JPEG, 1..100.
        """
        raw_wanted = self._raw.get_subscription_count()
        jpeg_wanted = self._compressed.get_subscription_count()
        if not raw_wanted and not jpeg_wanted:
            return
        pixels = self._buffer.prepare(header, *size)
        draw(pixels)
        self._statistics.count(f'painted {self._name}')
        if raw_wanted:
            self._raw.publish(self._buffer.message)
        if jpeg_wanted:
            self._compressed.publish(compressed(header, pixels, quality))
            self._statistics.count(f'compressed {self._name}')

    def destroy(self) -> None:
        """Withdraw the topics."""
        for one in (self._raw, self._compressed):
            self._node.destroy_publisher(one)


class ViewOutput:
    """Overlay, compressed overlay and heat map of one view.

    Attributes:
        token: Of the view.
        topics: Full names, by kind.
    """

    def __init__(self, node: Node, view: View, statistics: Statistics) -> None:
        """Create the topics.

        Args:
            node: Owns them.
            view: What is shown.
            statistics: Count what is published.
        """
        self.token = view.token
        self._node = node
        self._statistics = statistics
        self._picture = PictureOutput(node, view.topic, view.token, statistics)
        self._heatmap = publisher(node, Image, f'~/{view.map_topic}')
        self.topics = {
            'overlay': self._picture.topics['raw'],
            'compressed': self._picture.topics['compressed'],
            'heatmap': self._heatmap.topic_name,
        }
        self._map = ImageBuffer('32FC1', np.float32, 1)

    def wanted(self) -> bool:
        """Whether somebody listens to any of the topics."""
        return self._picture.wanted() or bool(self._heatmap.get_subscription_count())

    def publish(
        self,
        pipeline: Pipeline,
        drive: Drive,
        header: Header,
        quality: int,
        *,
        remark: str = '',
    ) -> None:
        """Compute and publish what somebody listens to.

        Args:
            pipeline: Paints.
            drive: A frame that was driven with this view wanted.
            header: Of the camera's image.
            quality: Of the JPEG, 1..100.
            remark: Written on the overlay.
        """

        def paint(pixels: Pixels) -> None:
            pipeline.paint(drive, self.token, pixels, remark=remark)

        height, width = drive.frame.image.shape[:2]
        self._picture.publish(header, (height, width), paint, quality)
        if self._heatmap.get_subscription_count():
            self._publish_map(header, pipeline.raw(drive, self.token))

    def publish_found(self, header: Header, overlay: Pixels, raw: RawMap, quality: int) -> None:
        """Publish what was computed elsewhere.

        Args:
            header: Of the camera's image.
            overlay: RGB, uint8 (H, W, 3).
            raw: The map.
            quality: Of the JPEG, 1..100.
        """
        height, width = overlay.shape[:2]
        self._picture.publish(
            header, (height, width), lambda pixels: np.copyto(pixels, overlay), quality
        )
        if self._heatmap.get_subscription_count():
            self._publish_map(header, raw)

    def destroy(self) -> None:
        """Withdraw the topics."""
        self._picture.destroy()
        self._node.destroy_publisher(self._heatmap)

    def _publish_map(self, header: Header, raw: RawMap) -> None:
        height, width = raw.values.shape
        self._map.prepare(header, height, width)[:] = raw.values
        self._heatmap.publish(self._map.message)
        self._statistics.count(f'heatmap {self.token}')


class GridOutput:
    """All channels of one layer.

    Attributes:
        token: Of the grid.
        layer: Its name.
        topics: Full names, by kind.
    """

    def __init__(self, node: Node, grid: GridView, statistics: Statistics) -> None:
        """Create the topics.

        Args:
            node: Owns them.
            grid: What is shown.
            statistics: Count what is published.
        """
        self.token = grid.token
        self.layer = grid.layer
        self._picture = PictureOutput(node, grid.topic, grid.token, statistics)
        self.topics = self._picture.topics

    def wanted(self) -> bool:
        """Whether somebody listens."""
        return self._picture.wanted()

    def publish(
        self,
        pipeline: Pipeline,
        drive: Drive,
        header: Header,
        quality: int,
        *,
        marks: Mapping[int, str],
    ) -> None:
        """Draw and publish a page.

        Args:
            pipeline: Draws.
            drive: A frame that was driven with this grid wanted.
            header: Of the camera's image.
            quality: Of the JPEG, 1..100.
            marks: A word on some channels.

        Raises:
            NotFiniteError: The activation holds NaN or infinity.
        """
        grid = pipeline.lay_out(drive, self.token, marks)
        height, width = grid.shape[:2]
        self._picture.publish(
            header, (height, width), lambda pixels: np.copyto(pixels, grid), quality
        )

    def destroy(self) -> None:
        """Withdraw the topics."""
        self._picture.destroy()


def publisher(node: Node, kind: type, topic: str) -> Publisher:
    """Create one topic."""
    return node.create_publisher(kind, topic, output_qos(), qos_overriding_options=overridable())
