# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap demo``: a race drawn here, driven by the shipped pilot, and rendered."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from tqdm import tqdm

from featuremap_ros.cli.render import report
from featuremap_ros.demo.assets import pilot_path
from featuremap_ros.demo.race import DEMO_SEED, write_race
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pipeline import Pipeline
from featuremap_ros.render import Renderer
from featuremap_ros.streams.output_folder import prepare_output
from featuremap_ros.streams.source import open_source
from featuremap_ros.view import View

EXAMPLES = """examples:
  featuremap demo
  featuremap demo --out /tmp/demo --seconds 60
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('--out', default='demo_out', metavar='DIR', help='%(default)s')
    parser.add_argument('--seconds', type=float, default=15.0, help='of the race (%(default)s)')
    parser.add_argument('--seed', type=int, default=DEMO_SEED, help='of the track (%(default)s)')


def run(args: argparse.Namespace) -> int:
    """Draw, drive and render the race, and say what to open."""
    folder = prepare_output(args.out, overwrite=True)
    with pilot_path() as model, TemporaryDirectory() as scratch:
        pilot = Pilot.load(model, profile='demo')
        views = [
            View(layer=layer, scale='fixed', label=True, gauge=True)
            for layer in pilot.network.showcase()
        ]
        print(f'drawing a race of {args.seconds:g} s ...', file=sys.stderr)
        race = write_race(Path(scratch) / 'race', seconds=args.seconds, seed=args.seed)
        with open_source(race) as source:
            renderer = Renderer(source, Pipeline(pilot, views), folder, model=model)
            with tqdm(total=source.frame_count, unit='frame', disable=None) as bar:
                summary = renderer.run(bar.update)
    print(report(summary, folder))
    print('\nYour own race: featuremap render RACE --model PILOT --profile NAME')
    return 0
