# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap render``: a recorded race becomes videos, a bag and a table."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import re
import sys
from typing import Any

from tqdm import tqdm

from featuremap_ros.cli.interrupt import interrupt_between_frames
from featuremap_ros.cli.numbers import whole
from featuremap_ros.cli.race_arguments import (
    add_driver_argument,
    add_pilot_arguments,
    add_selection_arguments,
    add_source_argument,
    load_pilot,
    open_race,
)
from featuremap_ros.cli.season import add_season_arguments, is_season, run_season
from featuremap_ros.cli.shown import shown_pipeline
from featuremap_ros.cli.views import add_view_arguments
from featuremap_ros.comparing.against_driver import CHART, driver_beside
from featuremap_ros.rendering.renderer import Renderer
from featuremap_ros.streams.output_folder import output_folder
from featuremap_ros.streams.skipped import told

EXAMPLES = """examples:
  featuremap render race.mcap --model pilot.h5 --profile donkeycar
  featuremap render frames/ --model autopilot.hdf5 --profile axionaut \\
      --layers dropout_2,convolution2d_4 --set dropout_2.reduce=channel:1
  featuremap render race.mcap --model pilot.h5 --profile donkeycar \\
      --method hirescam,visualbackprop,hirescam/throttle
  featuremap render race.mcap --model pilot.h5 --profile donkeycar \
      --method activation,grid --layers conv2d_1,conv2d_5 --set grid.scale=own
  featuremap render drive.mp4 --model pilot.tflite --profile my_car.yaml \\
      --start 20 --duration 10 --set mode=add --out crash
  featuremap render races/*.mcap --model pilot.h5 --profile donkeycar --jobs 4 --out season
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_source_argument(parser, several=True)
    add_pilot_arguments(parser)
    add_view_arguments(parser, methods=True)
    parser.add_argument('--out', default='featuremap_out', metavar='DIR', help='%(default)s')
    add_season_arguments(parser)
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')
    add_selection_arguments(parser)
    add_driver_argument(parser)
    parser.add_argument(
        '--explain-worst',
        type=whole(0),
        default=0,
        metavar='N',
        help='explain the N moments of largest disagreement with the driver (%(default)s)',
    )
    parser.add_argument(
        '--bag-images',
        choices=('jpeg', 'png', 'raw'),
        default='jpeg',
        help='how overlays are kept in the bag (%(default)s)',
    )
    parser.add_argument(
        '--prefix',
        type=_topic_name,
        default='/featuremap',
        help='of the new topics in the bag (%(default)s)',
    )
    parser.add_argument('--json', action='store_true', help='print the summary as JSON')


def run(args: argparse.Namespace) -> int:
    """Render the race and say what to open; several races as a season."""
    if is_season(args):
        return run_season(args)
    (args.source,) = args.source
    pilot = load_pilot(args)
    pipeline = shown_pipeline(args, pilot)
    with (
        open_race(args) as source,
        output_folder(args.out, overwrite=args.overwrite, source=source.path) as folder,
    ):
        renderer = Renderer(
            source,
            pipeline,
            folder,
            model=Path(args.model),
            bag_images=args.bag_images,
            prefix=args.prefix,
            driver=driver_beside(
                source, args.driver, pilot.profile.max_steering_angle, args.wheelbase
            ),
            explain_worst=args.explain_worst,
        )
        with (
            tqdm(total=source.frame_count, unit='frame', disable=None) as bar,
            interrupt_between_frames(bar.update) as progress,
        ):
            summary = renderer.run(progress)
    print(json.dumps(summary, indent=2) if args.json else report(summary, folder))
    if args.explain_worst and summary['driver'] is None:
        print('no driver was recorded, so there was nothing to explain', file=sys.stderr)
    return 0


def _topic_name(text: str) -> str:
    """Read what the names of topics may begin with, for argparse."""
    if not re.fullmatch(r'/|(/[A-Za-z_][A-Za-z0-9_]*)+/?', text):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no name of topics: expected names of letters, digits and _, none of '
            'which begins with a digit, each after a slash, as in /featuremap'
        )
    return text


def report(summary: dict[str, Any], folder: Path) -> str:
    """Say what was rendered and what to open with what."""
    rate, skipped = summary['frames_per_second'], summary['frames_skipped']
    frames, seconds = summary['frames'], summary['seconds']
    lines = [f'{frames} frames in {seconds:.1f} s ({rate:.0f}/s), {skipped} skipped']
    lines += [f'  skipped: {why}' for why in told(bad['reason'] for bad in summary['skipped'])]
    lines += against_driver(summary['driver'], folder)
    if summary['colours']['evidence']:
        lines.append(f'  {summary["colours"]["in_words"]}')
    if summary['topics_without_definition']:
        lines.append(f'  without definition: {", ".join(summary["topics_without_definition"])}')
    lines += [f'  {topic}: {reason}' for topic, reason in summary['topics_left_out'].items()]
    if summary['max_steering_angle'] is None:
        lines.append(
            '  steering_angle is empty: the profile does not know the limit of the wheels, '
            'give --max-steering-angle'
        )
    lines += [f'  {folder / f"{token}.mp4"}  any video player' for token in summary['views']]
    lines += [
        f'  {folder / f"{token}.mp4"}  {_channels(grid)}'
        for token, grid in summary['grids'].items()
    ]
    lines += [
        f'  {folder / "overlay.mcap"}  ros2 bag play, RViz, Foxglove, featuremap play',
        f'  {folder / "steering.csv"}  any spreadsheet',
        f'  {folder / "contact_sheet.png"}  any picture viewer',
    ]
    return '\n'.join(lines)


def _channels(grid: dict[str, Any]) -> str:
    """Say what of a layer a grid shows."""
    if grid['pages'] == 1:
        return f'all {grid["channels"]} channels'
    return (
        f'page {grid["page"]} (of 0 to {grid["pages"] - 1}) of {grid["channels"]} channels: '
        'see --set grid.page and grid.per_page'
    )


def against_driver(found: dict[str, Any] | None, folder: Path) -> list[str]:
    """Say how far the pilot was from the driver, where one was recorded."""
    if found is None:
        return []
    if not found['frames']:
        return [f'  driver {found["topic"]}: not compared, {found["reason"]}']
    lines = [
        f'  driver {found["topic"]}, {found["frames"]} frames: {found["in_words"]}',
        f'  {folder / CHART}  pilot and driver over time',
    ]
    lines += [f'  {folder / moment["folder"]}  {moment["why"]}' for moment in found['worst']]
    return lines
