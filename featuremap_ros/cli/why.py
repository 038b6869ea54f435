# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap why``: the smallest box without which it steers otherwise."""

from __future__ import annotations

import argparse
from dataclasses import asdict
import json
from pathlib import Path
import sys
import time
from typing import Any

import cv2

from featuremap_ros.attribution.baselines import BASELINES
from featuremap_ros.cli.race_arguments import (
    add_pilot_arguments,
    add_selection_arguments,
    add_source_argument,
    driver_of,
    load_pilot,
    open_race,
    progress,
    refuse_nothing,
)
from featuremap_ros.errors import SinkError
from featuremap_ros.moments import decisions, worst_moments, WorstMoment
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.driver_track import DriverTrack
from featuremap_ros.streams.output_folder import prepare_output
from featuremap_ros.streams.source import Source
from featuremap_ros.why import ask_why, Why
from featuremap_ros.why_picture import draw_why

EXAMPLES = """examples:
  featuremap why race.mcap --model pilot.h5 --profile donkeycar --worst 5
  featuremap why race.mcap --model pilot.h5 --profile donkeycar --at 12.4
"""

NS = 1_000_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_source_argument(parser)
    add_pilot_arguments(parser)
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        '--at', type=float, metavar='S', help='one moment: seconds from the beginning of the race'
    )
    when.add_argument(
        '--worst', type=int, default=5, metavar='N', help='the worst moments (%(default)s)'
    )
    add_selection_arguments(parser)
    parser.add_argument('--driver', metavar='TOPIC', help="the driver's steering in the bag")
    parser.add_argument(
        '--hide-with', choices=BASELINES, default='blur', help='what hides a box (%(default)s)'
    )
    parser.add_argument('--out', default='featuremap_why', metavar='DIR', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')
    parser.add_argument('--json', action='store_true', help='print the answers as JSON')


def run(args: argparse.Namespace) -> int:
    """Find the moments, ask why, and write pictures and data."""
    pilot = load_pilot(args)
    with open_race(args) as source:
        folder = prepare_output(args.out, overwrite=args.overwrite)
        driver = driver_of(source, args.driver)
        moments, began_ns = _moments(pilot, source, driver, args)
        wanted = {moment.stamp_ns: moment for moment in moments}
        answers: list[dict[str, Any]] = []
        for frame in source:
            moment = wanted.pop(frame.stamp_ns, None)
            if moment is None:
                continue
            asked = time.perf_counter()
            why = ask_why(pilot, frame, hide_with=args.hide_with)
            answer = {
                **_as_data(why, moment, (frame.stamp_ns - began_ns) / NS),
                'seconds': round(time.perf_counter() - asked, 3),
                'picture': f'why_{len(answers):02d}.png',
            }
            _write_picture(folder / answer['picture'], why, pilot.profile.input.color)
            answers.append(answer)
            if not args.json:
                print(f'{answer["at"]:8.2f} s  {moment.reason:15}  {why.sentence}', flush=True)
            if not wanted:
                break
    answers.sort(key=lambda answer: -answer['size'])
    text = json.dumps(answers, indent=2)
    (folder / 'why.json').write_text(text + '\n', encoding='utf-8')
    print(text if args.json else f'\n{folder}: pictures and why.json')
    return 0


def _moments(
    pilot: Pilot, source: Source, driver: DriverTrack | None, args: argparse.Namespace
) -> tuple[list[WorstMoment], int]:
    """Return what to ask about, and when the race began (ns)."""
    race = decisions(pilot, progress(source, source.frame_count), driver)
    refuse_nothing(len(race), source, ())
    began_ns = race[0].stamp_ns
    if args.at is None:
        if driver is None and not args.json:
            print('no driver to compare with: jumps and doubts only', file=sys.stderr)
        return worst_moments(race, args.worst), began_ns
    wanted_ns = began_ns + round(args.at * NS)
    nearest = min(race, key=lambda decision: abs(decision.stamp_ns - wanted_ns))
    return [WorstMoment(nearest.stamp_ns, 'asked', 0.0)], began_ns


def _as_data(why: Why, moment: WorstMoment, at: float) -> dict[str, Any]:
    """Return an answer in plain data."""
    return {
        'at': round(at, 3),
        'stamp_ns': moment.stamp_ns,
        'reason': moment.reason,
        'size': round(moment.size, 4),
        'sentence': why.sentence,
        'found': why.found,
        'boxes': [asdict(box) for box in why.boxes],
        'before': {'steering': why.before.value, 'steering_angle': why.before.angle},
        'after': {'steering': why.after.value, 'steering_angle': why.after.angle},
        'baseline': why.baseline,
        'evaluations': why.counterfactual.evaluations,
    }


def _write_picture(path: Path, why: Why, color: str) -> None:
    """Write an answer's picture."""
    if not cv2.imwrite(str(path), draw_why(why, color)[..., ::-1]):
        msg = f'Cannot write {path}: is the disk full?'
        raise SinkError(msg)
