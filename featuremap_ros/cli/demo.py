# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap demo``: a race drawn here, driven by the shipped pilot, and rendered."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
import shlex
import sys
from tempfile import TemporaryDirectory

from tqdm import tqdm

from featuremap_ros.cli.interrupt import interrupt_between_frames
from featuremap_ros.cli.live import drive_live
from featuremap_ros.cli.numbers import number, whole
from featuremap_ros.cli.render import report
from featuremap_ros.comparing.against_driver import CHART
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.crash import CRASH_SECONDS, write_crash
from featuremap_ros.demo.race import DEMO_SEED, write_race
from featuremap_ros.errors import SinkError
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.showcase import showcase
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.rendering.race_files import BAG, TABLE
from featuremap_ros.rendering.renderer import Renderer, SHEET, SUMMARY
from featuremap_ros.streams.output_folder import output_folder, prepare_output
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View

EXAMPLES = """examples:
  featuremap demo
  featuremap demo --out /tmp/demo --seconds 60
  featuremap demo --scenario crash --out crash
  featuremap demo --scenario crash --record --out crash_bag
  featuremap demo --live
"""

SCENARIOS = ('race', 'crash')
_SECONDS = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('--out', default='demo_out', metavar='DIR', help='%(default)s')
    parser.add_argument(
        '--seconds',
        type=number('s', least_itself=False),
        help=f'of the race ({_SECONDS:g}; of the crash {CRASH_SECONDS:g})',
    )
    parser.add_argument(
        '--seed', type=whole(0), default=DEMO_SEED, help='of the track (%(default)s)'
    )
    parser.add_argument(
        '--scenario',
        choices=SCENARIOS,
        default='race',
        help='race: somebody drives; crash: the pilot drives, and yellow tape leads it out of '
        'its lane (%(default)s)',
    )
    parser.add_argument('--json', action='store_true', help='print the summary as JSON')
    parser.add_argument(
        '--record',
        action='store_true',
        help='only record: DIR becomes a bag, as a car leaves one, for the other verbs',
    )
    live = parser.add_argument_group('live')
    live.add_argument(
        '--live',
        action='store_true',
        help='neither record nor render: the pilot drives on ROS 2 topics until Ctrl-C',
    )
    live.add_argument(
        '--port',
        type=whole(0, 2**16 - 1),
        default=8765,
        help='of the page for the browser, 0 for any that is free (%(default)s)',
    )


def run(args: argparse.Namespace) -> int:
    """Draw the race, and drive, render or record it; say what to do next."""
    if args.live:
        return drive_live(seed=args.seed, scenario=args.scenario, port=args.port)
    with pilot_path() as model:
        return _record(args, model) if args.record else _render(args, model)


def _record(args: argparse.Namespace, model: Path) -> int:
    """Leave a bag."""
    out = Path(args.out)
    if os.path.lexists(out):
        raise SinkError(f'{out} exists already; a bag takes a new folder. Choose another --out.')
    # What cannot be written is said before the race is drawn; the bag makes its folder itself.
    prepare_output(out).rmdir()
    bag = _draw(args, out)
    if args.json:
        print(json.dumps({'bag': str(bag)}, indent=2))
        return 0
    print(f'{bag}  a bag: featuremap, ros2 bag play, Foxglove, featuremap play')
    where = shlex.quote(str(bag))
    print(f'\nNext: featuremap render {where} --model {_from_here(model)} --profile demo')
    return 0


def _render(args: argparse.Namespace, model: Path) -> int:
    """Render what a bag would hold."""
    pilot = Pilot.load(model, profile='demo')
    views = [
        View(layer=layer, scale='fixed', label=True, gauge=True)
        for layer in showcase(pilot.network)
    ]
    _refuse_others(Path(args.out), {f'{view.token}.mp4' for view in views})
    with output_folder(args.out, overwrite=True) as folder, TemporaryDirectory() as scratch:
        race = _draw(args, Path(scratch) / 'race')
        with open_source(race) as source:
            renderer = Renderer(
                source,
                Pipeline(pilot, views),
                folder,
                model=model,
                driver=driver_of(source, None, pilot.profile.max_steering_angle),
            )
            with (
                tqdm(total=source.frame_count, unit='frame', disable=None) as bar,
                interrupt_between_frames(bar.update) as progress,
            ):
                summary = renderer.run(progress)
    if args.json:
        print(json.dumps(summary, indent=2))
        return 0
    print(report(summary, folder))
    bag = shlex.quote(str(folder / BAG))
    print(f'\nWhy it steers like that: featuremap why {bag} --model {_from_here(model)} --worst 3')
    print('A crash to look into:    featuremap demo --scenario crash --record --out crash')
    print('Your own race:           featuremap render RACE --model PILOT --profile NAME')
    return 0


def _refuse_others(folder: Path, videos: set[str]) -> None:
    """Refuse a folder that holds anything but an earlier demo, which is replaced.

    Args:
        folder: That was asked for; it may be missing.
        videos: Names of those that the demo writes.

    Raises:
        SinkError: It is a race, a render or anything else of somebody's.
    """
    try:
        if json.loads((folder / SUMMARY).read_text())['profile'] == 'demo':
            return
    except (OSError, ValueError, LookupError, TypeError):
        pass  # no render has come to its end here; what is no folder is refused by whoever writes
    # A demo that was killed.
    own = {BAG, TABLE, CHART, SHEET, *videos}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in own:
            msg = f'{folder} holds {path.name}, which is no demo. Choose another --out.'
            raise SinkError(msg)


def _from_here(path: Path) -> str:
    """Return how a file below the working directory is named shortest, for a shell."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _draw(args: argparse.Namespace, path: Path) -> Path:
    """Record what somebody, or the pilot, drives."""
    crash = args.scenario == 'crash'
    seconds = args.seconds
    if seconds is None:
        seconds = CRASH_SECONDS if crash else _SECONDS
    print(f'drawing a {args.scenario} of {seconds:g} s ...', file=sys.stderr)
    if crash:
        return write_crash(path, seconds=seconds)
    return write_race(path, seconds=seconds, seed=args.seed)
