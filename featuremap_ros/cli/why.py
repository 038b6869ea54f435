# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap why``: the smallest box without which it steers otherwise."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
import json
import sys
import time
from typing import Any

from featuremap_ros.attribution.baselines import BASELINES
from featuremap_ros.cli.numbers import number, whole
from featuremap_ros.cli.race_arguments import (
    add_driver_argument,
    add_pilot_arguments,
    add_selection_arguments,
    add_source_argument,
    load_pilot,
    open_race,
    progress,
)
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.one_frame import one_frame
from featuremap_ros.streams.output_folder import output_folder
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.streams.source import refuse_nothing, Source
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.as_data import why_as_data
from featuremap_ros.why.ask import ask_why, Why
from featuremap_ros.why.moments import decisions, worst_moments, WorstMoment
from featuremap_ros.why.picture import draw_why

EXAMPLES = """examples:
  featuremap why race.mcap --model pilot.h5 --profile donkeycar --worst 5
  featuremap why race.mcap --model pilot.h5 --profile donkeycar --at 12.4
  featuremap why frames/ --model autopilot.hdf5 --profile axionaut --worst 20 --apart 0.1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_source_argument(parser)
    add_pilot_arguments(parser)
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        '--at',
        metavar='STAMP',
        help='one moment: seconds from the beginning, or the stamp of a frame (ns)',
    )
    when.add_argument(
        '--worst', type=whole(1), default=5, metavar='N', help='the worst moments (%(default)s)'
    )
    parser.add_argument(
        '--apart',
        type=number('s', most=1e6),
        default=1.0,
        metavar='S',
        help='least time between two of the worst moments (%(default)s)',
    )
    add_selection_arguments(parser)
    add_driver_argument(parser)
    parser.add_argument(
        '--hide-with', choices=BASELINES, default='blur', help='what hides a box (%(default)s)'
    )
    parser.add_argument('--out', default='featuremap_why', metavar='DIR', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')
    parser.add_argument('--json', action='store_true', help='print the answers as JSON')


def run(args: argparse.Namespace) -> int:
    """Find the moments, ask why, and write pictures and data."""
    pilot = load_pilot(args)
    answers: list[dict[str, Any]] = []
    with (
        open_race(args) as source,
        output_folder(args.out, overwrite=args.overwrite, source=source.path) as folder,
    ):
        first = one_frame(source)
        for frame, moment in _moments(pilot, source, args):
            asked = time.perf_counter()
            why = ask_why(pilot, frame, hide_with=args.hide_with)
            answer = {
                **_as_data(why, moment, (frame.stamp_ns - first.stamp_ns) / NS),
                'seconds': round(time.perf_counter() - asked, 3),
                'picture': f'why_{len(answers):02d}.png',
            }
            write_png(folder / answer['picture'], draw_why(why, pilot.profile.input.color))
            answers.append(answer)
            if not args.json:
                print(f'{answer["at"]:8.2f} s  {moment.reason:15}  {why.sentence}', flush=True)
        answers.sort(key=lambda answer: -answer['size'])
        write_json(folder / 'why.json', answers)
    print(json.dumps(answers, indent=2) if args.json else f'\n{folder}: pictures and why.json')
    return 0


def _moments(
    pilot: Pilot, source: Source, args: argparse.Namespace
) -> Iterator[tuple[Frame, WorstMoment]]:
    """Yield the frames to ask about, in order, and why they were chosen."""
    if args.at is not None:
        frame = one_frame(source, at=args.at)
        yield frame, WorstMoment(frame.stamp_ns, 'asked', 0.0)
        return
    driver = driver_of(source, args.driver, wheelbase=args.wheelbase)
    if driver is None:
        print('no driver to compare with: jumps and doubts only', file=sys.stderr)
    elif not driver.comparable(pilot.profile.max_steering_angle):
        print(
            'the driver is left out: to compare, --max-steering-angle is needed', file=sys.stderr
        )
    skipped = SkippedFrames()
    race = decisions(pilot, progress(source, source.frame_count), driver, skipped)
    refuse_nothing(len(race), source, (bad.reason for bad in skipped))
    chosen = worst_moments(race, args.worst, apart_ns=round(args.apart * NS))
    if len(chosen) < args.worst:
        print(_few(len(chosen), args.apart), file=sys.stderr)
    wanted = {moment.stamp_ns: moment for moment in chosen}
    for frame in source:
        moment = wanted.pop(frame.stamp_ns, None)
        if moment is not None:
            yield frame, moment
        if not wanted:
            return


def _few(count: int, apart: float) -> str:
    """Say why there are no more moments."""
    if not count:
        return 'no moment stands out: the steering never jumps. Ask about one: --at'
    moments = 'moment' if count == 1 else 'moments'
    return f'{count} {moments}: no other stands out {apart:g} s apart; see --apart and --at'


def _as_data(why: Why, moment: WorstMoment, at: float) -> dict[str, Any]:
    """Return an answer in plain data."""
    return {
        'at': round(at, 3),
        'stamp_ns': moment.stamp_ns,
        'reason': moment.reason,
        'size': round(moment.size, 4),
        **why_as_data(why),
    }
