# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap report``: a race as one page that opens in any browser."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any
import webbrowser

from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.numbers import steering_angle, whole
from featuremap_ros.cli.race_arguments import add_driver_argument, add_selection_arguments
from featuremap_ros.cli.report_input import drive_race, progress_bar, read_render
from featuremap_ros.cli.views import add_view_arguments
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining import registry
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.report.choosing import choose_moments
from featuremap_ros.report.looking import Findings, look_closer
from featuremap_ros.report.page import LIMIT, write_page
from featuremap_ros.report.recording import Recording
from featuremap_ros.report.rendered import Rendered
from featuremap_ros.report.shrinking import refuse_too_long
from featuremap_ros.report.trusting import measure_trust
from featuremap_ros.report.wording import moment_in_words
from featuremap_ros.streams.one_frame import wanted_stamp
from featuremap_ros.streams.output_file import prepare_file
from featuremap_ros.streams.output_folder import refuse_source
from featuremap_ros.streams.source import Source
from featuremap_ros.why.moments import WorstMoment

EXAMPLES = """examples:
  featuremap report race.mcap --model pilot.h5 --profile donkeycar
  featuremap report race.mcap --model pilot.h5 --profile donkeycar --start 20 --duration 60 \\
      --layers conv2d_1,conv2d_5 --worst 8 --out crash.html
  featuremap report race.mcap --model pilot.h5 --profile donkeycar --at 41.5 --worst 2
  featuremap report featuremap_out --out race.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        'source',
        metavar='SOURCE',
        help='bag, tub, video, folder of pictures, or a folder that featuremap render wrote',
    )
    parser.add_argument(
        '--model',
        help='Keras 1-3, SavedModel or TFLite; a folder that was rendered knows its own',
    )
    parser.add_argument('--profile', help='shipped name or YAML file; guessed where certain')
    parser.add_argument(
        '--max-steering-angle', type=steering_angle, metavar='RAD', help='of the wheels'
    )
    add_view_arguments(parser)
    parser.add_argument(
        '--worst',
        type=whole(0),
        default=5,
        metavar='N',
        help='worst moments to explain (%(default)s)',
    )
    parser.add_argument(
        '--at',
        action='append',
        default=[],
        metavar='STAMP',
        help='a moment to explain before the worst ones, repeatable: seconds from the beginning, '
        'or the stamp of a frame (ns)',
    )
    parser.add_argument(
        '--methods',
        default='all',
        metavar='A,B',
        help='how they are explained, or none; see featuremap explain (%(default)s)',
    )
    parser.add_argument(
        '--trust',
        type=whole(0),
        default=12,
        metavar='N',
        help='frames on which trust in the methods is measured; 0 saves the time (%(default)s)',
    )
    add_selection_arguments(parser)
    add_driver_argument(parser)
    parser.add_argument('--out', default='report.html', metavar='FILE', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace FILE')
    parser.add_argument(
        '--open-nothing', action='store_true', help='do not open the page in the browser'
    )
    parser.add_argument('--json', action='store_true', help='print what was found as JSON')


def run(args: argparse.Namespace) -> int:
    """Drive the race, look closer at its worst moments, and write the page."""
    methods = _methods(args.methods)
    for at in args.at:
        wanted_stamp(at, 0)
    _refuse_ending(args.out)
    out = prepare_file(args.out, overwrite=args.overwrite, source=Path(args.source))
    rendered = Rendered.find(Path(args.source))
    if rendered is None and Path(args.source).is_dir():
        refuse_source(out.parent, Path(args.source))
    with ExitStack() as files:
        scratch = Path(files.enter_context(TemporaryDirectory()))
        if rendered is None:
            subject = drive_race(args, files, scratch)
        else:
            subject = read_render(rendered, args, files, scratch)
        recording, findings = subject.recording, None
        refuse_too_long(LIMIT, [clip.path for clip in recording.clips])
        moments = choose_moments(recording.decisions, args.at, args.worst)
        if subject.pilot is not None and subject.source is not None:
            explainer = Explainer(subject.pilot)
            findings = _look(
                explainer, subject.source, recording, moments, methods, trust=args.trust
            )
        size = write_page(out, recording, moments, findings, notes=subject.notes)
    found = {
        'report': str(out),
        'bytes': size,
        'frames': len(recording.decisions),
        'moments': [
            {'at': round(recording.at(moment.stamp_ns), 3), 'stamp_ns': moment.stamp_ns}
            | {'reason': moment_in_words(moment, recording.decisions, recording.degrees)}
            for moment in moments
        ],
        'notes': subject.notes,
    }
    print(json.dumps(found, indent=2) if args.json else _said(found))
    if not (args.open_nothing or args.json):
        _open(out)
    return 0


def _refuse_ending(out: str) -> None:
    """Refuse a file that nothing would open as the page that it is."""
    if Path(out).suffix.lower() not in ('.html', '.htm', ''):
        name = Path(out).with_suffix('.html')
        msg = f'--out {out}: the report is a page for a browser, expected .html. Try --out {name}.'
        raise UnsupportedError(msg)


def _methods(text: str) -> list[str]:
    """Return the methods that were asked for, before the race is driven."""
    known = registry.methods()
    if text in ('all', 'none'):
        return list(known) if text == 'all' else []
    names = split_names('--methods', text, (*known, 'all', 'none'))
    for name in names:
        if name not in known:
            raise UnknownNameError('method', name, known)
    return names


def _look(
    explainer: Explainer,
    source: Source,
    recording: Recording,
    moments: list[WorstMoment],
    methods: list[str],
    *,
    trust: int,
) -> Findings:
    """Look closer at the race."""
    layers = list(dict.fromkeys(clip.layer for clip in recording.clips if clip.layer))
    with progress_bar(source.frame_count, 'looking closer') as progress:
        findings = look_closer(
            explainer, source, moments, layers, methods=methods, progress=progress
        )
    with progress_bar(trust, 'measuring trust') as progress:
        measured = measure_trust(explainer, source, methods, trust, progress=progress)
    return replace(findings, trust=measured)


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
