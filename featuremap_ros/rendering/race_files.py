# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The files that a race is rendered into while it is driven: table, bag, videos."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from featuremap_ros.concurrency import Behind
from featuremap_ros.pipeline import Pipeline, Result
from featuremap_ros.rendering.steering_table import columns
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.closing import Closing
from featuremap_ros.streams.csv_sink import CsvSink
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.video_sink import VideoSink
from featuremap_ros.vision.frame import Frame, Image

BAG, TABLE = 'overlay.mcap', 'steering.csv'


class RaceFiles(Closing):
    """Writes results, each file in a thread of its own; a context manager.

    Leaving it closes every file such that what was written can be played.
    """

    def __init__(
        self,
        folder: Path,
        source: Source,
        pipeline: Pipeline,
        *,
        bag_images: str,
        prefix: str,
        driver: bool,
    ) -> None:
        """Open the table and the bag; videos are opened with their first pictures.

        Args:
            folder: An existing folder.
            source: Where the frames come from.
            pipeline: Pilot, views and grids.
            bag_images: How overlays are kept in the bag: ``'jpeg'``, ``'png'`` or ``'raw'``.
            prefix: What the new topics of the bag begin with.
            driver: Whether the table has a column for the driver.

        Raises:
            SinkError: A file cannot be written, or the bag has such topics already.
            SourceError: The source cannot be read again.
        """
        self._folder = folder
        self._views, self._grids = pipeline.views, pipeline.grids
        self._videos: dict[str, VideoSink] = {}
        self._writers: dict[str, Behind[tuple[Image, int]]] = {}
        with ExitStack() as files:
            self._bag = files.enter_context(
                BagSink(folder / BAG, source=source, images=bag_images, prefix=prefix)
            )
            topics = [t for view in self._views.values() for t in (view.topic, view.map_topic)]
            topics += [grid.topic for grid in self._grids.values()]
            self._bag.refuse_taken(['steering', 'steering_angle', 'throttle', *topics])
            self._table = files.enter_context(
                CsvSink(folder / TABLE, columns(pipeline.pilot.network, driver=driver))
            )
            self._behind: Behind[tuple[Frame, Result]] = Behind(lambda i: self._write_bag(*i))
            files.enter_context(self._behind)
            self._files = files.pop_all()

    def write(self, frame: Frame, result: Result, row: Mapping[str, Any]) -> None:
        """Write what belongs to a frame.

        Args:
            frame: The camera's frame.
            result: Everything that came out of it.
            row: Of the table.

        Raises:
            SinkError: A file cannot be written, of this frame or one before.
        """
        self._table.write(row)
        self._behind.put((frame, result))
        for token, picture in (*result.overlays.items(), *result.grids.items()):
            self._writer(token, picture).put((picture, frame.stamp_ns))

    def remarks(self) -> dict[str, Any]:
        """Return what happened that a reader of the files should know, in plain data."""
        return {
            'scaled_to_the_first_frame': {t: v.resized for t, v in self._videos.items()},
            'topics_without_definition': self._bag.undefined_topics,
            'topics_left_out': self._bag.left_out,
        }

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every file; after an error the bag ends with the last frame."""
        self._files.__exit__(kind, error, trace)

    def _writer(self, token: str, picture: Image) -> Behind[tuple[Image, int]]:
        """Return what writes the video of a view or grid, opened with its first picture."""
        if token not in self._writers:
            height, width = picture.shape[:2]
            video = self._files.enter_context(
                VideoSink(self._folder / f'{token}.mp4', size=(width, height))
            )
            self._videos[token] = video
            self._writers[token] = self._files.enter_context(
                Behind(lambda item: video.write(*item))
            )
        return self._writers[token]

    def _write_bag(self, frame: Frame, result: Result) -> None:
        """Write what belongs to one frame."""
        steering = result.steering
        self._bag.write_steering(frame, steering.angle, throttle=steering.throttle)
        for token, overlay in result.overlays.items():
            view = self._views[token]
            self._bag.write_image(view.topic, overlay, frame)
            self._bag.write_map(view.map_topic, result.maps[token].values, frame)
        for token, grid in result.grids.items():
            self._bag.write_image(self._grids[token].topic, grid, frame)
