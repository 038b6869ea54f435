# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A bag with everything that was recorded, and the results beside it."""

from __future__ import annotations

from collections.abc import Iterable
import math
from os import PathLike
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from rosbags.typesys.store import Typestore

from featuremap_ros.errors import SinkError
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.bag_copy import BagCopy
from featuremap_ros.streams.bag_file import BagTopic
from featuremap_ros.streams.bag_source import BagSource
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.definitions import defined_topic
from featuremap_ros.streams.mcap_output import McapOutput
from featuremap_ros.streams.qos import RELIABLE
from featuremap_ros.streams.ros_messages import (
    ACKERMANN,
    ackermann_message,
    COMPRESSED_IMAGE,
    compressed_image_message,
    FLOAT64,
    float_message,
    IMAGE,
    image_message,
    map_message,
    written_types,
)
from featuremap_ros.streams.rosbag2_info import recorded_by
from featuremap_ros.streams.source import Source
from featuremap_ros.vision.frame import Frame, Image

IMAGE_KINDS = ('jpeg', 'png', 'raw')


class BagSink(Closing):
    """An MCAP with all messages of a source bag and the new topics, in the order of time.

    New messages carry the frame's header, and its log time as log and publish time. It plays
    with ``ros2 bag play FILE``.

    Attributes:
        path: Where the file lies.
        undefined_topics: Topics of the source whose type nobody knows: copied, but without a
            definition.
        left_out: Why topics of the source, or some of their messages, could not be copied, by
            topic.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        source: Source | None = None,
        images: str = 'jpeg',
        quality: int = 90,
        prefix: str = '/featuremap',
    ) -> None:
        """Create the file and prepare the copy.

        Args:
            path: Where to write; an existing file is replaced.
            source: Where the frames come from. A bag is copied, as far as its selected part
                goes; of other sources nothing is.
            images: How new pictures are written: ``'jpeg'`` or ``'png'`` (CompressedImage on
                ``<topic>/compressed``), or ``'raw'`` (Image on ``<topic>``).
            quality: JPEG quality, 0..100.
            prefix: What relative names of new topics begin with.

        Raises:
            SinkError: The file cannot be written, or ``images`` is none of the choices.
            SourceError: The source bag cannot be read again.
        """
        if images not in IMAGE_KINDS:
            raise SinkError(f'images must be one of {", ".join(IMAGE_KINDS)}, got {images!r}.')
        self.path = Path(path)
        self._images = images
        self._quality = quality
        self._prefix = prefix.rstrip('/')
        self._bag: Bag | None = None
        self._copy: BagCopy | None = None
        self._recorded_by: tuple[dict[str, str], str] = ({}, '')
        self._new: dict[str, BagTopic] = {}
        self._sequence: dict[str, int] = {}
        if isinstance(source, BagSource):
            self._bag = Bag(source.path)
            if self.path.resolve() in {file.resolve() for file in self._bag.files}:
                self._bag.close()
                raise SinkError(f'{path} belongs to the source. Choose another --out.')
        try:
            self._output = McapOutput(self.path)
        except SinkError:
            if self._bag is not None:
                self._bag.close()
            raise
        if self._bag is not None and isinstance(source, BagSource):
            start, stop = source.range_ns
            try:
                self._recorded_by = recorded_by(self._bag.info, self._bag.metadata())
                self._copy = BagCopy(self._bag, self._output, start_ns=start, stop_ns=stop)
            except BaseException:
                self._finish()
                raise

    @property
    def undefined_topics(self) -> list[str]:
        """Topics of the source that were copied without a definition."""
        return self._copy.undefined_topics if self._copy else []

    @property
    def left_out(self) -> dict[str, str]:
        """Why topics of the source could not be copied as a whole, by topic."""
        return self._copy.left_out if self._copy else {}

    def refuse_taken(self, topics: Iterable[str]) -> None:
        """Refuse topics that the source has already, before any work is done for them.

        Args:
            topics: Names of new topics, as they will be written.

        Raises:
            SinkError: There is one.
        """
        if self._bag is None:
            return
        wanted = set(map(self._full_name, topics))
        for name in sorted(topic.name for topic in self._bag.counts):
            if name.removesuffix('/compressed') in wanted:
                raise SinkError(
                    f'{self._bag.path} has a topic {name} already, as if it had been '
                    'rendered before. Choose another --prefix, or render the original bag.'
                )

    def write_image(self, topic: str, image: Image, frame: Frame) -> None:
        """Write a picture that belongs to a frame.

        Args:
            topic: Where; a relative name gets the prefix, and a compressed picture's topic
                ends in ``/compressed``.
            image: RGB, uint8 (H, W, 3).
            frame: The camera's frame, whose header and log time it gets.

        Raises:
            SinkError: The disk is full, or the source has such a topic.
        """
        if self._images == 'raw':
            self._write(topic, IMAGE, frame, image_message(image, frame))
        else:
            data = compressed_image_message(
                image, frame, suffix=self._images, quality=self._quality
            )
            self._write(f'{topic}/compressed', COMPRESSED_IMAGE, frame, data)

    def write_map(self, topic: str, values: NDArray[np.float32], frame: Frame) -> None:
        """Write a map in its own units, with its own cells.

        Args:
            topic: Where; a relative name gets the prefix.
            values: float32 (h, w).
            frame: The camera's frame, whose header and log time it gets.

        Raises:
            SinkError: The disk is full, or the source has such a topic.
        """
        self._write(topic, IMAGE, frame, map_message(values, frame))

    def write_steering(
        self,
        frame: Frame,
        angle_rad: float | None,
        *,
        throttle: float | None = None,
        speed: float = 0.0,
    ) -> None:
        """Write what the pilot decided on a frame: ``steering``, ``steering_angle``, ``throttle``.

        What is not known, or no finite number, is not written.

        Args:
            frame: The camera's frame, whose header and log time it gets.
            angle_rad: Steering angle (rad), + left; ``None`` if the profile has no full scale.
            throttle: The pilot's throttle, in its own unit.
            speed: Speed (m/s); 0 where it is not known, since throttle is no speed.

        Raises:
            SinkError: The disk is full, or the source has such a topic.
        """
        if angle_rad is not None and math.isfinite(angle_rad) and math.isfinite(speed):
            data = ackermann_message(frame, angle_rad=angle_rad, speed=speed)
            self._write('steering', ACKERMANN, frame, data)
            self._write('steering_angle', FLOAT64, frame, float_message(angle_rad))
        if throttle is not None and math.isfinite(throttle):
            self._write('throttle', FLOAT64, frame, float_message(throttle))

    def close(self) -> None:
        """Copy what was recorded after the last frame, and close the file.

        Raises:
            SinkError: The disk is full; the file can be read up to there.
        """
        try:
            if self._copy is not None:
                self._copy.copy_rest()
        finally:
            self._finish()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; after an error what follows the last frame is not copied."""
        if kind is None:
            self.close()
        else:
            self._finish()

    def _write(self, name: str, msgtype: str, frame: Frame, data: memoryview) -> None:
        topic = self._new.get(name)
        if topic is None:
            topic = self._new[name] = self._add(name, msgtype, written_types())
        log_ns = frame.stamp_ns if frame.log_ns is None else frame.log_ns
        if self._copy is not None:
            self._copy.copy_until(log_ns)
        sequence = self._sequence.get(name, 0)
        self._sequence[name] = sequence + 1
        self._output.write(topic, log_ns, data, sequence=sequence)

    def _add(self, name: str, msgtype: str, types: Typestore) -> BagTopic:
        """Register a new topic."""
        full_name = self._full_name(name)
        self.refuse_taken([name.removesuffix('/compressed')])
        like = BagTopic(full_name, msgtype, 'cdr', metadata=(('offered_qos_profiles', RELIABLE),))
        topic = defined_topic(full_name, msgtype, types, like)
        self._output.add_topic(topic)
        return topic

    def _full_name(self, name: str) -> str:
        return name if name.startswith('/') else f'{self._prefix}/{name}'

    def _finish(self) -> None:
        custom_data, ros_distro = self._recorded_by
        try:
            self._output.close(custom_data=custom_data, ros_distro=ros_distro)
        finally:
            if self._bag is not None:
                self._bag.close()
