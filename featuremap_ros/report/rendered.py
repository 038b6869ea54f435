# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder that ``featuremap render`` wrote, as a recording."""

from __future__ import annotations

from collections.abc import Mapping
import csv
from dataclasses import dataclass
import json
import math
from pathlib import Path
from types import NoneType
from typing import Any

from featuremap_ros.comparing.against_driver import DRIVER, DRIVER_ANGLE
from featuremap_ros.errors import SourceError
from featuremap_ros.explaining.registry import methods
from featuremap_ros.pilot.cache import digests
from featuremap_ros.rendering.race_files import BAG, TABLE
from featuremap_ros.rendering.renderer import SUMMARY
from featuremap_ros.report.recording import Clip, Recording
from featuremap_ros.report.shrinking import shrink
from featuremap_ros.report.wording import view_in_words
from featuremap_ros.streams.bag import Bag
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.image_messages import is_image
from featuremap_ros.streams.video_clock import TICKS
from featuremap_ros.view import ACTIVATION
from featuremap_ros.why.moments import Decision

# What a summary must say, and of which kind that is.
_NEEDED: Mapping[str, tuple[type, ...]] = {
    'driver': (dict, NoneType),
    'finished': (bool,),
    'frames_skipped': (int,),
    'max_steering_angle': (float, int, NoneType),
    'profile': (str,),
    'skipped': (list,),
    'source': (str,),
    'stages_ms': (dict,),
    'warnings': (list,),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished render.

    Attributes:
        folder: Where it lies.
        summary: What ``summary.json`` says.
    """

    folder: Path
    summary: dict[str, Any]

    @classmethod
    def find(cls, path: Path) -> Rendered | None:
        """Return the render in a folder; ``None`` if there is none.

        Raises:
            SourceError: There is one, but it cannot be read.
        """
        if not (path / SUMMARY).is_file() or not (path / TABLE).is_file():
            return None
        try:
            summary = json.loads((path / SUMMARY).read_text(encoding='utf-8'))
            views = {**summary['views']}
            _model_in_words(summary['model'])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(f'{path / SUMMARY} cannot be read: {error!r}.') from None
        for name, kinds in _NEEDED.items():
            if name not in summary or not isinstance(summary[name], kinds):
                raise SourceError(
                    f'{path / SUMMARY} does not say {name!r} as it is expected, another version '
                    'of featuremap may have written it: render the race again.'
                )
        if not views:
            raise SourceError(
                f'{path} shows grids and no overlays: render the race again with --method '
                'activation,grid, or give the race itself.'
            )
        missing = [name for name in views if not (path / f'{name}.mp4').is_file()]
        if missing:
            raise SourceError(f'{path} lacks {missing[0]}.mp4: render the race again.')
        return cls(path, summary)

    @property
    def limit(self) -> float | None:
        """Largest steering angle of the wheels (rad); ``None`` if not known."""
        limit: float | None = self.summary['max_steering_angle']
        return limit

    def model(self) -> Path | None:
        """Return the model's file, if it is where it was and still the same."""
        path = self.summary['model']['path']
        try:
            same = path is not None and digests(Path(path)) == self.summary['model']['sha256']
        except OSError:
            same = False
        return Path(path) if same else None

    def camera_topic(self) -> str | None:
        """Return the topic of the bag in the folder that the camera's pictures are on.

        ``None`` where the race was no bag, and so its pictures were not copied.
        """
        if not (self.folder / BAG).is_file():
            return None
        painted = {
            f'/{topic}{suffix}'
            for shown in (self.summary['views'], self.summary.get('grids', {}))
            for about in shown.values()
            for topic in about['topics']
            for suffix in ('', '/compressed')
        }
        with Bag(self.folder / BAG) as bag:
            found = {
                topic.name
                for topic, count in bag.counts.items()
                if is_image(topic) and count and not topic.name.endswith(tuple(painted))
            }
        return found.pop() if len(found) == 1 else None

    def record(
        self,
        scratch: Path,
        *,
        left: float | None = None,
        driver: DriverTrack | None = None,
        logged: Mapping[int, int] | None = None,
    ) -> Recording:
        """Read the table and make the videos small.

        Args:
            scratch: For the small videos.
            left: Factor that turns the model's steering into + = left; needed where the table
                holds no angles.
            driver: What was recorded; if not given, what the table holds of it.
            logged: Log time by the stamp of the frame (ns), where they differ.

        Raises:
            SourceError: A file of the folder cannot be read, or the side is not known.
            SinkError: A video cannot be written.
        """
        summary = self.summary
        clips, ticks = [], []
        for number, (token, view) in enumerate(reversed(summary['views'].items())):
            path = scratch / f'{number}.mp4'
            ticks = shrink(self.folder / f'{token}.mp4', path)
            ends = tuple(view['range'])
            clips.append(
                Clip(
                    view['name'],
                    path,
                    _in_words(view),
                    view['layer'],
                    view['colormap'] if view['method'] == ACTIVATION else '',
                    (ends[0], ends[1]) if len(ends) == 2 else None,
                )
            )
        decisions = self._decisions(left, driver, logged or {})
        if not summary['finished']:
            shared = min(len(decisions), len(ticks))
            decisions, ticks = decisions[:shared], ticks[:shared]
        if len(decisions) != len(ticks):
            raise SourceError(
                f'{self.folder} does not fit together: {TABLE} has {len(decisions)} rows, the '
                f'videos have {len(ticks)} pictures. Render the race again.'
            )
        unfinished = () if summary['finished'] else ('the render was stopped before its end',)
        return Recording(
            source=f'{summary["source"]} (rendered to {self.folder})',
            title=self.folder.resolve().name,
            model=_model_in_words(summary['model']),
            profile=summary['profile'],
            limit=self.limit,
            seconds=tuple(float(tick * TICKS) for tick in ticks),
            decisions=decisions,
            clips=tuple(clips),
            driver=self._driver() if driver is None else driver.topic,
            stages={name: (t['median'], t['p95']) for name, t in summary['stages_ms'].items()},
            frames_skipped=summary['frames_skipped'],
            skipped=tuple(entry['reason'] for entry in summary['skipped']),
            warnings=(*summary['warnings'], *unfinished),
        )

    def _driver(self) -> str:
        """Return where the driver was recorded that the table holds; empty without one."""
        found = self.summary['driver']
        return str(found['topic']) if found and found['frames'] else ''

    def _decisions(
        self, left: float | None, driver: DriverTrack | None, logged: Mapping[int, int]
    ) -> tuple[Decision, ...]:
        """Read the table."""
        limit = self.limit
        try:
            with (self.folder / TABLE).open(encoding='utf-8', newline='') as file:
                rows = list(csv.DictReader(file))
            if not rows:
                raise SourceError(f'{self.folder / TABLE} holds no decisions.')
            return tuple(_decision(row, limit, left, driver, logged) for row in rows)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(f'{self.folder / TABLE} cannot be read: {error!r}.') from None


def _in_words(view: Mapping[str, Any]) -> str:
    """Say what a view shows."""
    if view['method'] == ACTIVATION:
        return view_in_words(view['layer'], view['reduce'])
    known = methods().get(view['method'])
    return known.question if known else view['name']


def _model_in_words(model: Mapping[str, Any]) -> str:
    """Return the name of the model's file and its format."""
    kind = str(model['format'])
    return f'{Path(model["path"]).name} ({kind})' if model['path'] else kind


def _decision(
    row: Mapping[str, str],
    limit: float | None,
    left: float | None,
    driver: DriverTrack | None,
    logged: Mapping[int, int],
) -> Decision:
    """Read one row of the table."""
    stamp_ns = int(row['stamp_ns'])
    if limit is not None:
        steering = float(row['steering_angle']) / limit
        theirs = _number(row.get(DRIVER_ANGLE), 1 / limit)
    elif left is not None:
        steering = left * float(row['steering'])
        theirs = _number(row.get(DRIVER), left)
    else:
        raise SourceError(
            'The render does not say which side its steering is to: give --model and --profile.'
        )
    if driver is not None:
        theirs = driver.share(logged.get(stamp_ns, stamp_ns), limit)
    if not math.isfinite(steering):
        raise ValueError(f'steering {steering} at {stamp_ns} ns')
    return Decision(
        stamp_ns,
        steering,
        float(row['confidence']) if row['confidence'] else None,
        theirs,
    )


def _number(cell: str | None, factor: float) -> float | None:
    """Read a cell, which may be empty or missing."""
    return factor * float(cell) if cell else None
