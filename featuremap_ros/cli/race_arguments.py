# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The options that say which race is read and which pilot drives it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
import sys

from tqdm import tqdm

from featuremap_ros.cli.numbers import number, steering_angle, whole
from featuremap_ros.concurrency import read_ahead
from featuremap_ros.pilot.feeding import constants_in_words
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.output_folder import output_folder
from featuremap_ros.streams.source import open_source, Source
from featuremap_ros.vision.frame import Frame


def add_source_argument(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Declare ``SOURCE``, which is a list where there may be several."""
    parser.add_argument(
        'source',
        metavar='SOURCE',
        nargs='+' if several else None,
        help='rosbag2 (folder, .mcap, .db3), ROS 1 .bag, donkeycar tub (or .catalog), video, '
        'folder of pictures, one picture',
    )


def add_selection_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--topic``, ``--fps``, ``--start``, ``--duration`` and ``--every``."""
    parser.add_argument('--topic', help='image topic, where there are several')
    parser.add_argument(
        '--fps',
        type=number('frames/s', least_itself=False, most=1e6),
        default=30.0,
        help='of pictures without times (%(default)s)',
    )
    parser.add_argument('--start', type=number('s'), metavar='S', help='skip the first seconds')
    parser.add_argument(
        '--duration',
        type=number('s', least_itself=False),
        metavar='S',
        help='stop after so many seconds',
    )
    parser.add_argument(
        '--every', type=whole(1), default=1, metavar='N', help='only each Nth frame'
    )


def add_pilot_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--model``, ``--profile`` and ``--max-steering-angle``."""
    parser.add_argument('--model', required=True, help='Keras 1-3, SavedModel or TFLite')
    parser.add_argument('--profile', help='shipped name or YAML file; guessed where certain')
    parser.add_argument(
        '--max-steering-angle', type=steering_angle, metavar='RAD', help='of the wheels'
    )


def open_race(args: argparse.Namespace) -> Source:
    """Open the source; what is wrong with it is logged while it is read.

    Raises:
        SourceError: There is nothing to read.
    """
    return open_source(
        args.source,
        topic=args.topic,
        fps=args.fps,
        start=args.start,
        duration=args.duration,
        every=args.every,
    )


@contextmanager
def folder_if_asked(args: argparse.Namespace, source: Source) -> Iterator[Path | None]:
    """Prepare and claim the folder of ``--out`` where results are printed anyway.

    Args:
        args: Of the command line.
        source: The race.

    Yields:
        The folder; ``None`` if none was asked for.

    Raises:
        SinkError: See ``output_folder``.
    """
    if args.out is None:
        yield None
    else:
        with output_folder(args.out, overwrite=args.overwrite, source=source.path) as folder:
            yield folder


def load_pilot(args: argparse.Namespace) -> Pilot:
    """Load the model and say what it is."""
    pilot = Pilot.load(
        args.model, profile=args.profile, max_steering_angle=args.max_steering_angle
    )
    introduce(args.model, pilot)
    return pilot


def introduce(model: str, pilot: Pilot) -> None:
    """Say what a model is, and what it is fed that no race holds."""
    print(f'{model}: {pilot.network.origin}, profile {pilot.profile.name}', file=sys.stderr)
    for line in constants_in_words(pilot.network, pilot.profile.extra_inputs):
        print(f'{model}: {line}', file=sys.stderr)


def progress(frames: Iterable[Frame], total: int | None) -> Iterator[Frame]:
    """Read frames ahead and show how far it got."""
    with closing(read_ahead(frames)) as ahead:
        yield from tqdm(ahead, total=total, unit='frame', disable=None)


def add_driver_argument(parser: argparse._ActionsContainer) -> None:
    """Declare ``--driver`` and what its topic may need."""
    parser.add_argument(
        '--driver',
        metavar='TOPIC',
        help="the driver's steering: a topic of the bag; of a tub user/angle or pilot/angle",
    )
    parser.add_argument(
        '--wheelbase',
        type=number('m', least_itself=False),
        metavar='M',
        help="of the car (m): makes steering of a driver's Twist messages",
    )
