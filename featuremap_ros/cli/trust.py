# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap trust``: how far each method's maps can be believed on a race."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import time
from typing import Any

from featuremap_ros.attribution.baselines import BASELINES
from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.numbers import whole
from featuremap_ros.cli.race_arguments import (
    add_pilot_arguments,
    add_selection_arguments,
    add_source_argument,
    folder_if_asked,
    load_pilot,
    open_race,
    progress,
)
from featuremap_ros.errors import BadFrameError, NotFiniteError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.stages import deepest_map
from featuremap_ros.judging.race_pictures import race_pictures, SAMPLE
from featuremap_ros.judging.subject import Subject, subjects_of
from featuremap_ros.judging.trust import DECIDED, neighbours, TrustSurvey
from featuremap_ros.judging.trust_report import curve_charts, text_of, trust_chart, trust_data
from featuremap_ros.judging.weights_report import weights_chart
from featuremap_ros.judging.weights_test import WeightsTest
from featuremap_ros.streams.skipped import SkippedFrames
from featuremap_ros.streams.source import refuse_nothing
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.vision.frame import Frame

_BASELINES = 'blur,mean,p5,p95'

EXAMPLES = """examples:
  featuremap trust race.mcap --model pilot.h5 --profile donkeycar
  featuremap trust frames/ --model autopilot.hdf5 --profile axionaut \\
      --methods hirescam,occlusion,activation --layers convolution2d_2,convolution2d_4 \\
      --frames 40 --shuffle-weights --out trust
  featuremap trust drive.mp4 --model pilot.tflite --methods activation,occlusion --json

A baseline is grey, mean or blur, or a frame of the race: p5 is one near the 5th percentile of
the steering, p95 one near the 95th.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_source_argument(parser)
    add_pilot_arguments(parser)
    parser.add_argument('--methods', metavar='A,B', help='methods to judge; default: all')
    parser.add_argument(
        '--layers', metavar='A,B', help='for methods that take one; default: last convolution'
    )
    parser.add_argument(
        '--target',
        default='steering',
        help=f'steering, throttle, OUTPUT:ENTRY, or {DECIDED}: the probability of the class that '
        'is decided for (%(default)s)',
    )
    parser.add_argument(
        '--baselines', default=_BASELINES, metavar='A,B', help='two at least (%(default)s)'
    )
    parser.add_argument(
        '--frames',
        type=whole(1),
        default=20,
        metavar='N',
        help='spread over the race (%(default)s)',
    )
    parser.add_argument(
        '--shuffle-weights',
        action='store_true',
        help='also tell what is left of each map when the network forgets what it has learned',
    )
    add_selection_arguments(parser)
    parser.add_argument('--json', action='store_true', help='print JSON instead of tables')
    parser.add_argument('--out', metavar='DIR', help='write trust.json and pictures there')
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')


def run(args: argparse.Namespace) -> int:
    """Judge the methods on frames of the race, and print and write what was found."""
    explainer = Explainer(load_pilot(args))
    subjects = _subjects(args, explainer)
    baselines = split_names('--baselines', args.baselines, (*BASELINES, 'p0 to p100'))
    weights = WeightsTest(explainer, subjects) if args.shuffle_weights else None
    with open_race(args) as source, folder_if_asked(args, source) as folder:
        pictures = race_pictures(explainer.pilot, source.sample(SAMPLE), baselines)
        survey = TrustSurvey(
            explainer,
            subjects,
            baselines=baselines,
            pictures=pictures,
            target=args.target,
            weights=weights,
        )
        stamps = [frame.stamp_ns for frame in source.sample(args.frames)]
        skipped = SkippedFrames()
        skipped.begin(min(stamps, default=0))
        began = time.perf_counter()
        for frame, following in neighbours(progress(source, source.frame_count), stamps):
            _judge(survey, frame, following, skipped)
        seconds = time.perf_counter() - began
        refuse_nothing(survey.frames, source, (bad.reason for bad in skipped))
        if not any(survey.alive()):
            reasons = {f'{one.name}: {tally.refused}' for one, tally in survey.tallies.items()}
            raise UnsupportedError(' '.join(sorted(reasons)))
        data = {
            'source': source.describe,
            'frames_skipped': skipped.total,
            'skipped': [bad.reason for bad in skipped],
            'seconds_per_frame': seconds / survey.frames,
            **trust_data(survey, pictures),
        }
        if folder is not None:
            _write(folder, data, survey)
    print(json.dumps(data, indent=2) if args.json else text_of(data))
    if folder is not None and not args.json:
        print(f'\n  {folder / "trust.json"}  all figures')
        print(f'  {folder}/*.png  trust, and curves for each baseline')
    return 0


def _subjects(args: argparse.Namespace, explainer: Explainer) -> tuple[Subject, ...]:
    """Return what is judged: every method, on every layer where it takes one."""
    network, methods = explainer.pilot.network, list(explainer.methods)
    if args.methods is not None:
        methods = split_names('--methods', args.methods, explainer.methods)
    layers = None
    if args.layers is not None:
        layers = split_names('--layers', args.layers, (one.name for one in network.layers))
    return subjects_of(explainer, methods, layers or [deepest_map(network)])


def _judge(
    survey: TrustSurvey, frame: Frame, following: Frame | None, skipped: SkippedFrames
) -> None:
    """Judge a frame, or note why it cannot be used."""
    try:
        survey.judge(frame, following)
    except (BadFrameError, NotFiniteError) as error:
        skipped.note(frame.stamp_ns, error)


def _write(folder: Path, data: dict[str, Any], survey: TrustSurvey) -> None:
    """Write data and pictures."""
    write_json(folder / 'trust.json', data)
    write_png(folder / 'trust.png', trust_chart(survey))
    for baseline, chart in curve_charts(survey).items():
        write_png(folder / f'curves_{baseline}.png', chart)
    if survey.weights is not None:
        write_png(folder / 'weights.png', weights_chart(survey.weights))
