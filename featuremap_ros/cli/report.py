# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap report``: a race as one page that opens in any browser."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, ExitStack
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any
import webbrowser

from tqdm import tqdm

from featuremap_ros.cli.interrupt import interrupt_between_frames
from featuremap_ros.cli.views import add_view_arguments, parse_views
from featuremap_ros.errors import SinkError, SourceError, UnsupportedError
from featuremap_ros.moments import worst_moments
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.report.driving import drive
from featuremap_ros.report.looking import look_closer
from featuremap_ros.report.page import write_page
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.rendered import BAG, Rendered
from featuremap_ros.report.sections import said_of
from featuremap_ros.streams.bag_source import BagSource
from featuremap_ros.streams.driver_track import DriverTrack, read_driver_track
from featuremap_ros.streams.source import open_source, Source

EXAMPLES = """examples:
  featuremap report race.mcap --model pilot.h5 --profile donkeycar
  featuremap report race.mcap --model pilot.h5 --profile donkeycar --start 20 --duration 60 \\
      --layers conv2d_1,conv2d_5 --worst 8 --out crash.html
  featuremap report featuremap_out --model pilot.h5 --profile donkeycar    (a finished render)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        'source',
        metavar='SOURCE',
        help='bag, video or folder of pictures; or a folder that featuremap render wrote',
    )
    parser.add_argument(
        '--model', help='Keras 1-3, SavedModel or TFLite; only a rendered folder does without'
    )
    parser.add_argument('--profile', help='shipped name or YAML file; guessed where certain')
    parser.add_argument('--max-steering-angle', type=float, metavar='RAD', help='of the wheels')
    add_view_arguments(parser)
    parser.add_argument(
        '--worst', type=int, default=5, metavar='N', help='moments to explain (%(default)s)'
    )
    parser.add_argument(
        '--methods',
        default='all',
        metavar='A,B',
        help='how they are explained, or none; see featuremap explain (%(default)s)',
    )
    parser.add_argument('--topic', help='image topic, where the bag has several')
    parser.add_argument('--driver', metavar='TOPIC', help="the driver's steering in the bag")
    parser.add_argument('--start', type=float, metavar='S', help='skip the first seconds')
    parser.add_argument('--duration', type=float, metavar='S', help='stop after so many seconds')
    parser.add_argument('--every', type=int, metavar='N', help='only each Nth frame')
    parser.add_argument('--out', default='report.html', metavar='FILE', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace FILE')
    parser.add_argument(
        '--open-nothing', action='store_true', help='do not open the page in the browser'
    )
    parser.add_argument('--json', action='store_true', help='print what was found as JSON')


def run(args: argparse.Namespace) -> int:
    """Drive the race, look closer at its worst moments, and write the page."""
    out = _prepare(Path(args.out), overwrite=args.overwrite)
    pilot = None
    if args.model is not None:
        pilot = Pilot.load(
            args.model, profile=args.profile, max_steering_angle=args.max_steering_angle
        )
    rendered = Rendered.find(Path(args.source))
    with ExitStack() as files:
        scratch = Path(files.enter_context(TemporaryDirectory()))
        if rendered is not None:
            recording, source, notes = _read(rendered, pilot, args, files, scratch)
        elif pilot is not None:
            recording, source, notes = _drive(pilot, args, files, scratch)
        else:
            msg = f'{args.source} is no folder that featuremap render wrote: give --model.'
            raise UnsupportedError(msg)
        moments = worst_moments(recording.decisions, args.worst)
        findings = None
        if pilot is not None and source is not None:
            layers = [clip.name for clip in recording.clips if clip.colormap]
            with _bar(source, 'looking closer') as progress:
                findings = look_closer(
                    pilot, source, moments, layers, methods=_methods(args), progress=progress
                )
        size = write_page(out, recording, moments, findings, notes=notes)
    found = {
        'report': str(out),
        'bytes': size,
        'frames': len(recording.decisions),
        'moments': [
            {'at': round(recording.at(moment.stamp_ns), 3), 'stamp_ns': moment.stamp_ns}
            | {'reason': said_of(recording, moment)}
            for moment in moments
        ],
        'notes': notes,
    }
    print(json.dumps(found, indent=2) if args.json else _said(found))
    if not (args.open_nothing or args.json):
        _open(out)
    return 0


def _drive(
    pilot: Pilot, args: argparse.Namespace, files: ExitStack, scratch: Path
) -> tuple[Recording, Source, list[str]]:
    """Drive a race."""
    views = parse_views(args, pilot.network, scale='fixed', gauge=True)
    pipeline = Pipeline(pilot, views)
    source = files.enter_context(
        open_source(
            args.source,
            topic=args.topic,
            start=args.start,
            duration=args.duration,
            every=args.every or 1,
        )
    )
    driver, notes = _driver(source, args.driver, pilot.profile.max_steering_angle)
    with _bar(source, 'driving') as progress:
        return drive(source, pipeline, scratch, driver=driver, progress=progress), source, notes


def _read(
    rendered: Rendered,
    pilot: Pilot | None,
    args: argparse.Namespace,
    files: ExitStack,
    scratch: Path,
) -> tuple[Recording, Source | None, list[str]]:
    """Read a finished render."""
    given = {
        '--start': args.start,
        '--duration': args.duration,
        '--every': args.every,
        '--layers': args.layers,
        '--set': args.set,
    }
    unfit = [name for name, value in given.items() if value]
    if unfit:
        msg = f'{rendered.folder} is rendered already: leave {", ".join(unfit)} out.'
        raise UnsupportedError(msg)
    topic = args.topic or rendered.camera_topic()
    notes: list[str] = []
    source: Source | None = None
    driver: DriverTrack | None = None
    logged: dict[int, int] = {}
    if topic is None:
        notes.append(
            "The folder does not hold the camera's pictures: for the reasons behind the worst "
            'moments give the race itself instead of its render.'
        )
    else:
        source = files.enter_context(open_source(rendered.folder / BAG, topic=topic))
        driver, notes = _driver(source, args.driver, rendered.summary['max_steering_angle'])
        if driver is not None:
            logged = {f.stamp_ns: f.log_ns or f.stamp_ns for f in source}
    if pilot is None:
        notes.append('For the reasons behind the worst moments give --model and --profile.')
    left = None if pilot is None else pilot.profile.heads['steering'].left
    recording = rendered.record(scratch, left=left, driver=driver, logged=logged)
    return recording, source, notes


def _driver(
    source: Source, topic: str | None, limit: float | None
) -> tuple[DriverTrack | None, list[str]]:
    """Read the driver's steering, if it is there and can be compared with the pilot's."""
    if not isinstance(source, BagSource):
        if topic is not None:
            msg = f'{source.path} is no bag and has no topic {topic!r}: leave --driver out.'
            raise SourceError(msg)
        return None, []
    track = read_driver_track(source.path, topic)
    if track is None:
        return None, ["No driver's steering was found: jumps and doubts only."]
    if limit is None:
        note = (
            f"The driver's steering on {track.topic} cannot be compared: the profile does not "
            'know the limit of the wheels, give --max-steering-angle.'
        )
        return None, [note]
    return track, []


def _methods(args: argparse.Namespace) -> list[str] | None:
    """Return the methods that were asked for, ``None`` for all."""
    if args.methods == 'all':
        return None
    return [] if args.methods == 'none' else args.methods.split(',')


@contextmanager
def _bar(source: Source, what: str) -> Iterator[Callable[[int], None]]:
    """Show how far it got; Ctrl-C ends between two frames."""
    with (
        tqdm(total=source.frame_count, unit='frame', desc=what, disable=None) as bar,
        interrupt_between_frames(bar.update) as progress,
    ):
        yield progress


def _prepare(out: Path, *, overwrite: bool) -> Path:
    """Refuse a file that cannot be written, before any work is done."""
    if out.is_dir():
        raise SinkError(f'{out} is a folder: --out names the file.')
    if not out.parent.is_dir():
        raise SinkError(f'{out} cannot be made: {out.parent} is no folder. Make it first.')
    if out.exists() and not overwrite:
        raise SinkError(f'{out} exists. Choose another --out, or replace it with --overwrite.')
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise SinkError(f'{out} cannot be written: no permission. Choose another --out.')
    return out


def _said(found: dict[str, Any]) -> str:
    """Say what was found and what to open."""
    lines = [f'note: {note}' for note in found['notes']]
    lines += [f'{moment["at"]:8.2f} s  {moment["reason"]}' for moment in found['moments']]
    size = found['bytes'] / 1e6
    lines.append(f'{found["frames"]} frames\n  {found["report"]}  any browser ({size:.1f} MB)')
    return '\n'.join(lines)


def _open(out: Path) -> None:
    """Open the page where somebody looks at a screen."""
    shown = sys.platform in ('darwin', 'win32') or any(
        name in os.environ for name in ('DISPLAY', 'WAYLAND_DISPLAY')
    )
    if shown and sys.stdout.isatty():
        webbrowser.open(out.resolve().as_uri())
