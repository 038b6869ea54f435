# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A race through a pilot, into a recording."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import closing, ExitStack
from pathlib import Path

import numpy as np

from featuremap_ros.concurrency import Behind, read_ahead
from featuremap_ros.errors import BadFrameError, NotFiniteError
from featuremap_ros.pipeline import Pipeline, Result
from featuremap_ros.rendering.renderer import CALIBRATION_FRAMES, STAGE_SAMPLES
from featuremap_ros.report.clip import ClipWriter
from featuremap_ros.report.recording import Clip, Recording
from featuremap_ros.report.wording import view_in_words
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.streams.source import refuse_nothing, Source
from featuremap_ros.streams.video_clock import TICKS, VideoClock
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.why.moments import Decision

CAMERA = 'camera'


def drive(
    source: Source,
    pipeline: Pipeline,
    folder: Path,
    *,
    model: str = '',
    driver: DriverTrack | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> Recording:
    """Drive every frame and write a clip of the camera and of each view.

    Args:
        source: Where the frames come from.
        pipeline: Pilot and views.
        folder: For the clips.
        model: Name of the model's file.
        driver: What was recorded.
        progress: Called with 1 after every frame.

    Raises:
        SourceError: Not a single frame could be used.
        SinkError: A clip cannot be written.
    """
    pipeline.calibrate(source.sample(CALIBRATION_FRAMES))
    run = _Run(pipeline, folder, driver)
    with ExitStack() as files, closing(read_ahead(source)) as frames:
        for frame in frames:
            run.take(frame, files)
            progress(1)
    refuse_nothing(len(run.decisions), source, (bad.reason for bad in run.skipped))
    pilot = pipeline.pilot
    return Recording(
        source=source.describe,
        title=source.path.name,
        model=f'{model} ({pilot.network.origin})' if model else pilot.network.origin,
        profile=pilot.profile.name,
        limit=pilot.profile.max_steering_angle,
        seconds=tuple(float(tick * TICKS) for tick in run.ticks),
        decisions=tuple(run.decisions),
        clips=run.clips(),
        driver='' if driver is None else driver.topic,
        stages={
            stage: (1000 * float(np.median(times)), 1000 * float(np.percentile(times, 95)))
            for stage, times in run.stages.items()
        },
        frames_skipped=source.skipped.total + run.skipped.total,
        skipped=tuple(bad.reason for bad in (*source.skipped, *run.skipped)),
        warnings=tuple(source.warnings),
    )


class _Run:
    """What is collected on the way."""

    def __init__(self, pipeline: Pipeline, folder: Path, driver: DriverTrack | None) -> None:
        self.ticks: list[int] = []
        self.decisions: list[Decision] = []
        self.skipped = SkippedFrames()
        self.stages: dict[str, deque[float]] = {}
        self._pipeline = pipeline
        self._folder = folder
        self._driver = driver
        self._clock = VideoClock()
        self._files: dict[str, Path] = {}
        self._writers: dict[str, Behind[tuple[Image, int]]] = {}
        self._about: dict[str, str] = {CAMERA: 'What the camera saw, with nothing painted on it.'}

    def take(self, frame: Frame, files: ExitStack) -> None:
        """Drive one frame and write its pictures."""
        self.skipped.begin(frame.stamp_ns)
        try:
            result = self._pipeline.process(frame)
        except (BadFrameError, NotFiniteError) as error:
            self.skipped.note(frame.stamp_ns, error)
            return
        tick = self._clock.tick(frame.stamp_ns)
        self.ticks.append(tick)
        self.decisions.append(self._decision(frame, result))
        for name, image in {**result.overlays, CAMERA: frame.image}.items():
            self._writer(files, name, image).put((image, tick))
        for stage, seconds in result.timings.items():
            self.stages.setdefault(stage, deque(maxlen=STAGE_SAMPLES)).append(seconds)
        for token, raw in result.maps.items():
            if token not in self._about:
                view = self._pipeline.views[token]
                channels = self._pipeline.pilot.network.layer(view.layer).shape[2]
                rows, columns = raw.values.shape
                self._about[token] = view_in_words(
                    view.layer,
                    view.reduce,
                    channels=channels,
                    cells=(columns, rows),
                    field=raw.registration.field,
                )

    def clips(self) -> tuple[Clip, ...]:
        """Return the clips, the deepest layer first and the camera last."""
        views, ranges = self._pipeline.views, self._pipeline.scale_ranges()
        painted = [
            Clip(
                views[token].layer,
                self._files[token],
                self._about[token],
                views[token].layer,
                views[token].colormap,
                ranges.get(token),
            )
            for token in reversed(views)
        ]
        return (*painted, Clip(CAMERA, self._files[CAMERA], self._about[CAMERA]))

    def _decision(self, frame: Frame, result: Result) -> Decision:
        """Return what pilot and driver did, + = left, 1 = the limit of the wheels."""
        profile = self._pipeline.pilot.profile
        limit, steering, driver = profile.max_steering_angle, result.steering, self._driver
        return Decision(
            frame.stamp_ns,
            profile.leftward(steering),
            steering.confidence,
            None if driver is None else driver.share_of(frame, limit),
        )

    def _writer(self, files: ExitStack, name: str, image: Image) -> Behind[tuple[Image, int]]:
        """Return what writes a clip, opened with its first picture."""
        if name not in self._writers:
            path = self._folder / f'{len(self._files)}.mp4'
            clip = files.enter_context(ClipWriter(path, shape=image.shape[:2]))
            self._files[name] = path
            self._writers[name] = files.enter_context(Behind(lambda item: clip.write(*item)))
        return self._writers[name]
