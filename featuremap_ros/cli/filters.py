# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap filters``: which filters are dead, silent, saturated or alike."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
import json
from pathlib import Path
from typing import Any

from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.race_arguments import (
    add_pilot_arguments,
    add_selection_arguments,
    add_source_argument,
    folder_if_asked,
    load_pilot,
    open_race,
    progress,
)
from featuremap_ros.judging.filters import as_json, filtering_layers, FilterSurvey
from featuremap_ros.judging.reach import prove
from featuremap_ros.streams.skipped import SkippedFrames, told
from featuremap_ros.streams.source import refuse_nothing
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.trust.filter_chart import draw_filters
from featuremap_ros.trust.filter_verdict import Filter, LayerVerdict
from featuremap_ros.version import __version__
from featuremap_ros.vision.grid import draw_grid, GridStyle, page_count
from featuremap_ros.vision.tokens import unique_tokens

_GRID = GridStyle(scale='own')

EXAMPLES = """examples:
  featuremap filters race.mcap --model pilot.h5
  featuremap filters frames/ --model autopilot.hdf5 --profile axionaut --all --out filters
  featuremap filters drive.mp4 --model pilot.tflite --layers conv2d_4,conv2d_5 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_source_argument(parser)
    add_pilot_arguments(parser)
    parser.add_argument(
        '--layers', metavar='A,B', help='layers to watch; default: convolutions and activations'
    )
    add_selection_arguments(parser)
    parser.add_argument('--all', action='store_true', help='list filters without a remark, too')
    parser.add_argument('--json', action='store_true', help='print JSON instead of a table')
    parser.add_argument(
        '--out', metavar='DIR', help='write filters.json and pictures of each layer there'
    )
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')


def run(args: argparse.Namespace) -> int:
    """Watch the race and print what the filters did."""
    pilot = load_pilot(args)
    layers = list(filtering_layers(pilot.network))
    if args.layers is not None:
        layers = split_names('--layers', args.layers, (one.name for one in pilot.network.layers))
    survey = FilterSurvey(pilot, layers)
    tokens = unique_tokens(survey.layers)
    with open_race(args) as source, folder_if_asked(args, source) as folder:
        skipped = SkippedFrames()
        watched = skipped.sift(progress(source, source.frame_count), survey.watch)
        used = sum(1 for _ in watched)
        refuse_nothing(used, source, (bad.reason for bad in skipped))
        proof = prove(pilot)
        verdicts = survey.verdicts(proof.dead)
        report = {
            'featuremap_ros': __version__,
            'source': source.describe,
            'model': pilot.network.origin,
            'profile': pilot.profile.name,
            'frames': used,
            'frames_skipped': source.skipped.total + skipped.total,
            'skipped': [bad.reason for bad in (*source.skipped, *skipped)],
            'no_proof': proof.note(survey.layers),
            'layers': {name: as_json(verdict) for name, verdict in verdicts.items()},
        }
        if folder is not None:
            _write(folder, report, survey, verdicts, tokens)
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        _print(report, verdicts, args.all, folder)
    return 0


def _write(
    folder: Path,
    report: Mapping[str, Any],
    survey: FilterSurvey,
    verdicts: Mapping[str, LayerVerdict],
    tokens: Mapping[str, str],
) -> None:
    """Write the report, and of each layer a chart and the grid of the latest frame."""
    write_json(folder / 'filters.json', report)
    for name, verdict in verdicts.items():
        timeline = survey.timelines[name]
        chart = draw_filters(name, verdict, timeline.means, timeline.seconds)
        write_png(folder / f'{tokens[name]}.png', chart)
        maps = survey.latest[name]
        for page in range(page_count(maps.shape[2], _GRID)):
            grid = draw_grid(maps, _GRID, page=page, marks=verdict.marks)
            write_png(folder / f'{tokens[name]}_grid_{page}.png', grid)


def _print(
    report: Mapping[str, Any],
    verdicts: Mapping[str, LayerVerdict],
    everything: bool,
    folder: Path | None,
) -> None:
    """Print layers, and under each the filters that stand out."""
    print(f'{report["frames"]} frames, {report["frames_skipped"]} skipped')
    for reason in told(report['skipped']):
        print(f'  skipped: {reason}')
    if report['no_proof']:
        print(report['no_proof'])
    for name, verdict in verdicts.items():
        print(f'\n{name}: {verdict.level.value}, {verdict.message}')
        rows = [_row(one) for one in verdict.filters if everything or one.remarks]
        if rows:
            _print_table(rows)
    if folder is not None:
        print(f'\n  {folder / "filters.json"}  all figures')
        print(f'  {folder}/*.png  of each layer a heat map over time, and its channels, marked')


_HEAD = ('filter', 'mean', 'max', 'active %', 'silent frames %', 'autocorr.', 'remarks')


def _row(one: Filter) -> tuple[str, ...]:
    """Return a filter's cells of the table."""
    likeness = '-' if one.autocorrelation is None else f'{one.autocorrelation:.2f}'
    return (
        str(one.index),
        f'{one.mean:.3g}',
        f'{one.maximum:.3g}',
        f'{100 * one.active_share:.2f}',
        f'{100 * one.silent_share:.1f}',
        likeness,
        '; '.join(one.remarks),
    )


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows under a head, numbers to the right."""
    widths = [max(len(row[i]) for row in (_HEAD, *rows)) for i in range(len(_HEAD))]
    for row in (_HEAD, *rows):
        *numbers, remarks = row
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths, strict=False)]
        print(('  ' + '  '.join([*cells, remarks])).rstrip())
