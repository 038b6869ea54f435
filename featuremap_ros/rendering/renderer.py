# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Every frame of a recorded race through a pipeline, into files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
import time
from typing import Any

import numpy as np

from featuremap_ros.comparing.against_driver import AgainstDriver
from featuremap_ros.concurrency import read_ahead
from featuremap_ros.errors import BadFrameError, NotFiniteError, SinkError, SourceError
from featuremap_ros.judging.colour_probe import ColourProbe, order_as_data, say
from featuremap_ros.judging.reach import prove
from featuremap_ros.pilot.cache import digests
from featuremap_ros.pipeline import Pipeline, Result
from featuremap_ros.rendering.race_files import BAG, RaceFiles, TABLE
from featuremap_ros.rendering.steering_table import row
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.skipped import SkippedFrames, told
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.trust.colour_order import Verdict
from featuremap_ros.version import __version__
from featuremap_ros.vision.contact_sheet import ContactSheet
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.explained_moments import explain_moments

CALIBRATION_FRAMES = 200
STAGE_SAMPLES = 10_000
SUMMARY = 'summary.json'
TIMINGS = ('seconds', 'frames_per_second', 'stages_ms')
"""What differs in the summaries of two runs on the same race."""
SHEET = 'contact_sheet.png'


class Renderer:
    """Renders one source into one folder.

    Decoding runs ahead of inference and painting, encoding behind them, each in its own thread.

    Attributes:
        frames: Frames rendered so far.
        skipped: Frames that were decoded but could not be driven on.
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
        driver: DriverTrack | None = None,
        explain_worst: int = 0,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            source: Where the frames come from.
            pipeline: Pilot, views and grids.
            folder: An existing, empty folder.
            model: The pilot's file, named in the summary with its digest.
            bag_images: How overlays are kept in the bag: ``'jpeg'``, ``'png'`` or ``'raw'``.
            prefix: What the new topics of the bag begin with.
            driver: What was recorded of the driver, to compare the pilot with.
            explain_worst: How many moments of largest disagreement with the driver are explained.
            notes: What else the summary is to say, in plain data.
        """
        self.frames = 0
        self.skipped = SkippedFrames()
        self._driver = AgainstDriver(driver, pipeline.pilot.profile) if driver else None
        self._explain_worst = explain_worst
        self._colours = ColourProbe(pipeline.pilot, driver=driver)
        self._notes = dict(notes or {})
        self._source = source
        self._pipeline = pipeline
        self._folder = folder
        self._model = model
        self._bag_images = bag_images
        self._prefix = prefix
        self._stages: dict[str, deque[float]] = {}
        self._sheet = ContactSheet()

    def run(self, progress: Callable[[int], object] = lambda _: None) -> dict[str, Any]:
        """Render everything.

        Whatever ends it early (Ctrl-C, a full disk), every file is closed such that what was
        written can be played, and the summary says so. If that happens before the first frame, no
        file stays behind.

        Args:
            progress: Called with 1 after every frame, with 0 after an explanation.

        Returns:
            The summary, which is also in ``summary.json``.

        Raises:
            SourceError: Not a single frame could be used.
            SinkError: A file cannot be written.
        """
        proved = prove(self._pipeline.pilot).dead if self._pipeline.grids else None
        self._pipeline.calibrate(self._source.sample(CALIBRATION_FRAMES), proved)
        began = time.perf_counter()
        try:
            try:
                self._render(progress)
            finally:
                self._seconds = time.perf_counter() - began
                # Iterating again, for explanations, counts anew.
                self._bad = [*self._source.skipped, *self.skipped]
                self._bad_frames = self._source.skipped.total + self.skipped.total
            self._refuse_nothing()
            worst = self._compare(progress)
        except BaseException:
            self._leave()
            raise
        return self._write_summary(finished=True, worst=worst)

    def _render(self, progress: Callable[[int], object]) -> None:
        """Take every frame through, into the files."""
        self._files = RaceFiles(
            self._folder,
            self._source,
            self._pipeline,
            bag_images=self._bag_images,
            prefix=self._prefix,
            driver=self._driver is not None,
        )
        with self._files as files, closing(read_ahead(self._source)) as frames:
            began_ns = None
            for frame in frames:
                if began_ns is None:
                    began_ns = frame.stamp_ns
                    self.skipped.begin(began_ns)
                try:
                    result = self._pipeline.process(frame)
                except (BadFrameError, NotFiniteError) as error:
                    self.skipped.note(frame.stamp_ns, error)
                    continue
                self._colours.add(frame, result.forward)
                files.write(frame, result, self._row(frame, result))
                when = f'{(frame.stamp_ns - began_ns) / NS:.2f} s'
                self._sheet.add({**result.overlays, **result.grids}, when)
                for stage, seconds in result.timings.items():
                    self._stages.setdefault(stage, deque(maxlen=STAGE_SAMPLES)).append(seconds)
                self.frames += 1
                progress(1)

    def _row(self, frame: Frame, result: Result) -> dict[str, Any]:
        """Return a row of the table, and draw the driver into every dial."""
        values = row(frame.stamp_ns, result.steering)
        if self._driver is None:
            return values
        share = self._driver.take(frame, result.steering)
        if share is None:
            return values
        for token, overlay in result.overlays.items():
            if self._pipeline.views[token].gauge:
                self._driver.draw(overlay, share, result.steering)
        return {**values, **self._driver.cells(share)}

    def _compare(self, progress: Callable[[int], object]) -> list[dict[str, Any]]:
        """Draw pilot and driver over time, and explain where they disagree most."""
        if self._driver is None:
            return []
        self._driver.write_chart(self._folder)
        return explain_moments(
            self._pipeline.explainer,
            self._source,
            self._driver.worst(self._explain_worst),
            self._folder,
            progress=progress,
        )

    def _refuse_nothing(self) -> None:
        """Refuse a race without a frame that could be used."""
        if self.frames:
            return
        said = '; '.join(told(bad.reason for bad in self._bad)) or 'it holds no frames'
        raise SourceError(f'No frame of {self._source.describe} could be rendered: {said}')

    def _leave(self) -> None:
        """Say what there is after an early end; without a frame, leave nothing."""
        if self.frames:
            with suppress(SinkError):  # the disk may be full, and that is being said
                if self._driver is not None:
                    self._driver.write_chart(self._folder)
                self._write_summary(finished=False, worst=[])
        else:
            for name in (BAG, TABLE):
                (self._folder / name).unlink(missing_ok=True)

    def _summary(self, *, finished: bool, worst: list[dict[str, Any]]) -> dict[str, Any]:
        """Return what was done, in plain data."""
        pilot = self._pipeline.pilot
        ranges = self._pipeline.scale_ranges()
        colours = self._colours.order()
        said = say(colours)
        swapped = [said] if colours.verdict is Verdict.SWAPPED else []
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
            'extra_inputs': dict(pilot.profile.extra_inputs),
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
            'grids': {token: self._grid(token) for token in self._pipeline.grids},
            'frames': self.frames,
            'frames_skipped': self._bad_frames,
            'skipped': [asdict(bad) for bad in self._bad],
            'driver': self._driver and {**self._driver.summary(), 'worst': worst},
            'colours': {**order_as_data(colours), 'in_words': said},
            'warnings': [*self._source.warnings, *swapped],
            **self._files.remarks(),
            **self._notes,
            'seconds': round(self._seconds, 3),
            'frames_per_second': round(self.frames / self._seconds, 2),
            'stages_ms': {
                stage: {'median': round(median, 3), 'p95': round(p95, 3)}
                for stage, (median, p95) in (
                    (stage, 1000 * np.percentile(times, (50, 95)))
                    for stage, times in self._stages.items()
                )
            },
        }

    def _grid(self, token: str) -> dict[str, Any]:
        """Return what a grid shows, in plain data."""
        grid, painter = self._pipeline.grids[token], self._pipeline.grid_painters[token]
        channels = self._pipeline.pilot.network.layer(grid.layer).shape[2]
        scale = painter.scale
        ends = [] if scale is None else np.stack([scale.low, scale.high], axis=1).tolist()
        return {
            'layer': grid.layer,
            'name': grid.name,
            'topics': [grid.topic],
            'channels': channels,
            'page': grid.shown_page(channels),
            'pages': grid.pages(channels),
            'fixed': grid.fixed,
            **asdict(grid.style),
            'max_size': list(grid.style.max_size),
            # What black and white are: of every channel where each has its own.
            'ranges': ends if grid.style.scale == 'own' else ends[:1],
            'marks': {str(channel): word for channel, word in painter.marks.items()},
        }

    def _write_summary(self, *, finished: bool, worst: list[dict[str, Any]]) -> dict[str, Any]:
        """Write the contact sheet, then ``summary.json``: who finds it finds everything."""
        sheet = self._sheet.image()
        if sheet is not None:
            write_png(self._folder / SHEET, sheet)
        summary = self._summary(finished=finished, worst=worst)
        write_json(self._folder / SUMMARY, summary)
        return summary
