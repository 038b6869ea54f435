# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every frame of a recorded race through a pipeline, into files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import closing, ExitStack
from dataclasses import asdict
import json
from pathlib import Path
import statistics
import time
from typing import Any

import cv2

from featuremap_ros.concurrency import Behind, read_ahead
from featuremap_ros.errors import BadFrameError, NotFiniteError, SinkError, SourceError
from featuremap_ros.pilot.cache import digests
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pipeline import Pipeline, Result
from featuremap_ros.streams.bag_sink import BagSink
from featuremap_ros.streams.csv_sink import CsvSink
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.video_sink import VideoSink
from featuremap_ros.version import __version__
from featuremap_ros.vision.contact_sheet import ContactSheet
from featuremap_ros.vision.frame import Frame, Image

CALIBRATION_FRAMES = 200
STAGE_SAMPLES = 10_000


class Renderer:
    """Renders one source into one folder.

    Decoding runs ahead of inference and painting, encoding behind them, each in its own thread.

    Attributes:
        frames: Frames rendered so far.
        skipped: Stamp (ns) and reason of every frame that could not be used.
    """

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        folder: Path,
        *,
        model: Path | None = None,
        bag_images: str = 'jpeg',
        prefix: str = '/featuremap',
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            source: Where the frames come from.
            pipeline: Pilot and views.
            folder: An existing, empty folder.
            model: The pilot's file, named in the summary with its digest.
            bag_images: How overlays are kept in the bag: ``'jpeg'``, ``'png'`` or ``'raw'``.
            prefix: What the new topics of the bag begin with.
        """
        self.frames = 0
        self.skipped: list[tuple[int, str]] = []
        self._source = source
        self._pipeline = pipeline
        self._folder = folder
        self._model = model
        self._bag_images = bag_images
        self._prefix = prefix
        self._stages: dict[str, deque[float]] = {}
        self._sheet = ContactSheet()
        self._videos: dict[str, VideoSink] = {}
        self._writers: dict[str, Behind[tuple[Image, int]]] = {}

    def run(self, progress: Callable[[int], object] = lambda _: None) -> dict[str, Any]:
        """Render everything.

        Whatever ends it early (Ctrl-C, a full disk), every file is closed such that what was
        written can be played, and the summary says so.

        Args:
            progress: Called with 1 after every frame.

        Returns:
            The summary, which is also in ``summary.json``.

        Raises:
            SourceError: Not a single frame could be used.
            SinkError: A file cannot be written.
        """
        self._pipeline.calibrate(self._source.sample(CALIBRATION_FRAMES))
        began = time.perf_counter()
        finished = False
        try:
            with ExitStack() as files:
                self._render(files, progress)
            finished = True
        finally:
            summary = self._summary(time.perf_counter() - began, finished)
            self._write_summary(summary)
        if not self.frames:
            bad = (s.reason for s in self._source.skipped)
            reasons = sorted({*(reason for _, reason in self.skipped), *bad})
            reasons = reasons or ['it holds no frames']
            msg = f'No frame of {self._source.describe} could be rendered: {"; ".join(reasons)}'
            raise SourceError(msg)
        return summary

    def _render(self, files: ExitStack, progress: Callable[[int], object]) -> None:
        """Open the files and take every frame through."""
        bag = files.enter_context(
            BagSink(
                self._folder / 'overlay.mcap',
                source=self._source,
                images=self._bag_images,
                prefix=self._prefix,
            )
        )
        self._bag = bag
        csv = files.enter_context(CsvSink(self._folder / 'steering.csv', self._columns()))
        bag_behind: Behind[tuple[Frame, Result]] = Behind(lambda item: self._write_bag(bag, *item))
        files.enter_context(bag_behind)
        frames = files.enter_context(closing(read_ahead(self._source)))
        for frame in frames:
            try:
                result = self._pipeline.process(frame)
            except (BadFrameError, NotFiniteError) as error:
                self.skipped.append((frame.stamp_ns, str(error)))
                continue
            csv.write(self._row(frame, result.steering))
            bag_behind.put((frame, result))
            for token, overlay in result.overlays.items():
                self._writer(files, token, overlay).put((overlay, frame.stamp_ns))
            self._sheet.add(result.overlays)
            for stage, seconds in result.timings.items():
                self._stages.setdefault(stage, deque(maxlen=STAGE_SAMPLES)).append(seconds)
            self.frames += 1
            progress(1)

    def _writer(self, files: ExitStack, token: str, overlay: Image) -> Behind[tuple[Image, int]]:
        """Return what writes the video of a view, opened with its first picture."""
        if token not in self._writers:
            height, width = overlay.shape[:2]
            video = files.enter_context(
                VideoSink(self._folder / f'{token}.mp4', size=(width, height))
            )
            self._videos[token] = video
            self._writers[token] = files.enter_context(Behind(lambda item: video.write(*item)))
        return self._writers[token]

    def _write_bag(self, bag: BagSink, frame: Frame, result: Result) -> None:
        """Write what belongs to one frame."""
        bag.write_steering(frame, result.steering.angle, throttle=result.steering.throttle)
        for token, overlay in result.overlays.items():
            view = self._pipeline.views[token]
            bag.write_image(view.topic, overlay, frame)
            bag.write_map(view.map_topic, result.maps[token].values, frame)

    def _columns(self) -> list[str]:
        """Return the columns of the CSV: fixed ones, then every entry of every output."""
        heads = [
            name
            for tensor in self._pipeline.pilot.network.outputs
            for name in _entry_names(tensor.name, _entries(tensor.shape))
        ]
        return ['stamp_ns', 'steering', 'steering_angle', 'throttle', 'confidence', *heads]

    def _row(self, frame: Frame, steering: Steering) -> dict[str, Any]:
        """Return one row of the CSV."""
        row: dict[str, Any] = {
            'stamp_ns': frame.stamp_ns,
            'steering': steering.value,
            'steering_angle': steering.angle,
            'throttle': steering.throttle,
            'confidence': steering.confidence,
        }
        for name, values in steering.heads.items():
            row.update(zip(_entry_names(name, values.size), values.tolist(), strict=True))
        return row

    def _summary(self, seconds: float, finished: bool) -> dict[str, Any]:
        """Return what was done, in plain data."""
        pilot = self._pipeline.pilot
        ranges = self._pipeline.scale_ranges()
        skipped = [*((s.stamp_ns, s.reason) for s in self._source.skipped), *self.skipped]
        return {
            'featuremap_ros': __version__,
            'finished': finished,
            'source': self._source.describe,
            'model': {
                'path': self._model and str(self._model),
                'format': pilot.network.origin,
                'sha256': self._model and digests(self._model),
            },
            'profile': pilot.profile.name,
            'max_steering_angle': pilot.profile.max_steering_angle,
            'views': {
                token: {
                    **asdict(view),
                    'name': view.name,
                    'topics': [view.topic, view.map_topic],
                    'range': list(ranges.get(token, ())),
                }
                for token, view in self._pipeline.views.items()
            },
            'frames': self.frames,
            'skipped': [{'stamp_ns': stamp, 'reason': reason} for stamp, reason in skipped],
            'warnings': list(self._source.warnings),
            'scaled_to_the_first_frame': {t: v.resized for t, v in self._videos.items()},
            'topics_without_definition': self._bag.undefined_topics,
            'topics_left_out': self._bag.left_out,
            'seconds': round(seconds, 3),
            'frames_per_second': round(self.frames / seconds, 2),
            'stage_medians_ms': {
                stage: round(1000 * statistics.median(times), 3)
                for stage, times in self._stages.items()
            },
        }

    def _write_summary(self, summary: dict[str, Any]) -> None:
        """Write ``summary.json`` and the contact sheet."""
        try:
            text = json.dumps(summary, indent=2)
            (self._folder / 'summary.json').write_text(text + '\n', encoding='utf-8')
        except OSError as error:
            msg = f'Cannot write {self._folder / "summary.json"}: {error}.'
            raise SinkError(msg) from error
        sheet = self._sheet.image()
        path = self._folder / 'contact_sheet.png'
        if sheet is not None and not cv2.imwrite(str(path), sheet[..., ::-1]):
            msg = f'Cannot write {path}: is the disk full?'
            raise SinkError(msg)


def _entries(shape: tuple[int | None, ...]) -> int:
    """Return how many entries an output has."""
    count = 1
    for n in shape:
        count *= n or 1
    return count


def _entry_names(name: str, size: int) -> list[str]:
    """Return the column of every entry of an output, which may be called like a fixed column."""
    return [f'output.{name}'] if size == 1 else [f'output.{name}[{i}]' for i in range(size)]
