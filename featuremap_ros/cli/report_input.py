# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``featuremap report`` is about: a race to be driven, or a finished render."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from featuremap_ros.cli.interrupt import interrupt_between_frames
from featuremap_ros.cli.race_arguments import load_pilot, open_race
from featuremap_ros.cli.views import parse_views
from featuremap_ros.errors import UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import shipped
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.race_files import BAG
from featuremap_ros.report.driving import drive
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.rendered import Rendered
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source, Source


@dataclass(slots=True)
class Subject:
    """What the report is about.

    Attributes:
        recording: The driven race.
        pilot: The network; ``None`` where a render does not lead to it.
        source: The frames, open; ``None`` where a render does not hold them.
        notes: What is missing, and how to get it.
    """

    recording: Recording
    pilot: Pilot | None
    source: Source | None
    notes: list[str] = field(default_factory=list)


def drive_race(args: argparse.Namespace, files: ExitStack, scratch: Path) -> Subject:
    """Drive a race.

    Args:
        args: Of the command line.
        files: Keeps the source open.
        scratch: For the clips.
    """
    if args.model is None:
        msg = f'{args.source} is no folder that featuremap render wrote: give --model.'
        raise UnsupportedError(msg)
    pilot = load_pilot(args)
    pipeline = Pipeline(pilot, parse_views(args, Explainer(pilot), scale='fixed', gauge=True))
    source = files.enter_context(open_race(args))
    notes: list[str] = []
    driver = _driver(source, args, pilot.profile.max_steering_angle, notes)
    with progress_bar(source.frame_count, 'driving') as progress:
        recording = drive(
            source,
            pipeline,
            scratch,
            model=Path(args.model).name,
            driver=driver,
            progress=progress,
        )
    return Subject(recording, pilot, source, notes)


def read_render(
    rendered: Rendered, args: argparse.Namespace, files: ExitStack, scratch: Path
) -> Subject:
    """Read a finished render.

    Args:
        rendered: The folder.
        args: Of the command line.
        files: Keeps the source open.
        scratch: For the clips.
    """
    given = {
        '--start': args.start,
        '--duration': args.duration,
        '--every': args.every != 1,
        '--layers': args.layers,
        '--set': args.set,
    }
    unfit = [name for name, value in given.items() if value]
    if unfit:
        msg = f'{rendered.folder} is rendered already: leave {", ".join(unfit)} out.'
        raise UnsupportedError(msg)
    notes: list[str] = []
    pilot = _pilot(rendered, args, notes)
    source: Source | None = None
    driver: DriverTrack | None = None
    logged: dict[int, int] = {}
    topic = args.topic or rendered.camera_topic()
    if args.driver and topic is None:
        msg = f'{rendered.folder} holds no bag of the race: leave --driver out.'
        raise UnsupportedError(msg)
    if topic is None:
        notes.append(
            "The folder does not hold the camera's pictures: for the reasons behind the worst "
            'moments give the race itself instead of its render.'
        )
    else:
        source = files.enter_context(open_source(rendered.folder / BAG, topic=topic))
        if args.driver:
            driver = _driver(source, args, rendered.limit, notes)
            logged = {f.stamp_ns: f.log_ns or f.stamp_ns for f in source}
    left = None if pilot is None else pilot.profile.heads['steering'].left
    recording = rendered.record(scratch, left=left, driver=driver, logged=logged)
    if not recording.driver and not args.driver:
        notes.append(_no_driver(rendered.summary['driver']))
    return Subject(recording, pilot, source, notes)


@contextmanager
def progress_bar(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """Show how far it got; Ctrl-C ends between two frames.

    Args:
        total: How many frames, if known.
        what: What is done with it.

    Yields:
        What to call with 1 after every frame.
    """
    with (
        tqdm(total=total, unit='frame', desc=what, disable=None) as bar,
        interrupt_between_frames(bar.update) as progress,
    ):
        yield progress
        # Pressed behind the last frame, it must not be lost: there is more to come.
        progress(0)


def _pilot(rendered: Rendered, args: argparse.Namespace, notes: list[str]) -> Pilot | None:
    """Load the model that was asked for, or else the one of the render, if it can be found."""
    if args.model is None:
        found, profile = rendered.model(), rendered.summary['profile']
        if found is None:
            notes.append(
                'The model of the render is not where it was, or not the same: for the reasons '
                'behind the worst moments give --model and --profile.'
            )
            return None
        if args.profile is None and profile not in shipped():
            notes.append(
                f'The profile {profile!r} of the render is a file of yours: for the reasons '
                'behind the worst moments give --profile.'
            )
            return None
        args.model = str(found)
        args.profile = args.profile or profile
    if args.max_steering_angle is None:
        args.max_steering_angle = rendered.limit
    return load_pilot(args)


def _driver(
    source: Source, args: argparse.Namespace, limit: float | None, notes: list[str]
) -> DriverTrack | None:
    """Read the driver's steering, if it is there and can be compared with the pilot's."""
    track = driver_of(source, args.driver, wheelbase=args.wheelbase)
    if track is None:
        notes.append(_no_driver(None))
    elif not track.comparable(limit):
        notes.append(
            f"The driver's steering on {track.topic} cannot be compared: the profile does not "
            'know the limit of the wheels, give --max-steering-angle.'
        )
        return None
    return track


def _no_driver(found: dict[str, Any] | None) -> str:
    """Say that there is nobody to compare the pilot with, and why if that is known."""
    if found is None:
        return "No driver's steering was found: jumps and doubts only."
    return f'The driver on {found["topic"]} was not compared: {found["reason"]}.'
