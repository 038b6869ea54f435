# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap explain``: one frame, seen with every method."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
import json
from pathlib import Path
from typing import Any

import yaml

from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.numbers import whole
from featuremap_ros.cli.race_arguments import add_pilot_arguments, load_pilot
from featuremap_ros.cli.views import SETTINGS
from featuremap_ros.errors import FeatureMapError, UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.folder import DATA, everything, OVERVIEW, write_explanations
from featuremap_ros.explaining.pictures import PICTURES
from featuremap_ros.streams.one_frame import one_frame
from featuremap_ros.streams.output_folder import output_folder
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.source import open_source

EXAMPLES = f"""examples:
  featuremap explain race.mcap --model pilot.h5 --profile donkeycar --at 12.4
  featuremap explain frames/ --model autopilot.hdf5 --profile axionaut --frame 30 \\
      --method hirescam,occlusion --set occlusion.patch=32 --set occlusion.baseline=blur
  featuremap explain photo.jpg --model pilot.h5 --profile my_car.yaml \\
      --method grid,channel,maximize --layer conv2d_5 --set channel=7

methods: see docs/methods.md; besides those, pictures: {', '.join(PICTURES)}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('source', metavar='SOURCE', help='bag, tub, video, folder or picture')
    add_pilot_arguments(parser)
    parser.add_argument(
        '--method', default='all', metavar='A,B', help='methods or pictures (%(default)s)'
    )
    parser.add_argument('--layer', help='for methods that take one; default: last convolution')
    parser.add_argument(
        '--target',
        help='steering (default), throttle or OUTPUT:ENTRY, e.g. angle_out:7',
    )
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        '--at', metavar='STAMP', help='seconds from the beginning, or the stamp of a frame (ns)'
    )
    when.add_argument('--frame', type=whole(0), metavar='N', help='the Nth frame, from 0')
    parser.add_argument('--topic', help='image topic, where the bag has several')
    parser.add_argument(
        '--set',
        metavar='[METHOD.]NAME=VALUE',
        action='append',
        default=[],
        help='an option of one method or of all that have it, repeatable',
    )
    parser.add_argument('--out', default='featuremap_explain', metavar='DIR', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')
    parser.add_argument('--json', action='store_true', help='print the findings as JSON')


def run(args: argparse.Namespace) -> int:
    """Explain one frame and write pictures, maps and data."""
    explainer = Explainer(load_pilot(args))
    names = _chosen(args.method, explainer)
    options = _parse_options(args.set, explainer, names)
    explainer.layer(args.layer)
    explainer.target('steering' if args.target is None else args.target)
    with open_source(args.source, topic=args.topic) as source:
        frame = one_frame(source, number=args.frame, at=args.at)
        with output_folder(
            args.out, overwrite=args.overwrite, source=source.path, whole=True
        ) as folder:
            data = write_explanations(
                explainer,
                frame,
                folder,
                names,
                layer=args.layer,
                target=args.target,
                options=options,
                race=source,
                strict=args.method != 'all',
                at=(frame.stamp_ns - one_frame(source).stamp_ns) / NS,
            )
    print(json.dumps(data, indent=2) if args.json else _report(data, folder))
    return 0


def _chosen(text: str, explainer: Explainer) -> list[str]:
    """Return the names that were asked for."""
    if text == 'all':
        return everything(explainer)
    choices = (*explainer.methods, *PICTURES)
    names = split_names('--method', text, choices)
    for name in names:
        if name not in choices:
            raise UnknownNameError('method', name, choices)
    return names


def _parse_options(
    assignments: list[str], explainer: Explainer, names: list[str]
) -> dict[str, dict[str, Any]]:
    """Read ``[METHOD.]NAME=VALUE``, by method."""
    options: dict[str, dict[str, Any]] = {name: {} for name in names}
    known = {
        name: tuple(PICTURES[name][1])
        if name in PICTURES
        else tuple(explainer.method(name).defaults)
        for name in names
    }
    for assignment in assignments:
        target, equals, text = assignment.partition('=')
        method, _, option = target.rpartition('.')
        if not equals or not text:
            msg = f'--set takes [METHOD.]NAME=VALUE: got {assignment!r}.'
            raise UnsupportedError(msg)
        if method and method not in options:
            raise UnknownNameError('method shown', method, names)
        having = [method] if method else [name for name in names if option in known[name]]
        if not having:
            raise _no_such_option(assignment, option, known)
        for name in having:
            options[name][option] = _value(assignment, text)
    return options


def _no_such_option(
    assignment: str, option: str, known: Mapping[str, Sequence[str]]
) -> FeatureMapError:
    """Return the error that names the options there are."""
    if option not in SETTINGS:
        names = sorted({name for of_one in known.values() for name in of_one})
        return UnknownNameError('option', option, names)
    every = [f'{method}.{name}' for method, names in known.items() for name in names]
    having = f'they are {", ".join(every)}' if every else f'{", ".join(known)} has none'
    msg = (
        f'--set {assignment}: {option} is of the look of overlays, which featuremap render sets. '
        f'Here, --set is for the options of methods: {having}.'
    )
    return UnsupportedError(msg)


def _value(assignment: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        msg = f'--set {assignment}: cannot read {text!r} as a number, word or list.'
        raise UnsupportedError(msg) from error


def _report(data: dict[str, Any], folder: Path) -> str:
    """Say what was found and what could not be computed."""
    lines = [f'stamp {data["stamp_ns"]} ns, steering {data["steering_in_words"]}']
    for finding in data['findings']:
        unit = f' ({finding["unit"]})' if 'unit' in finding else ''
        lines.append(f'  {folder / finding["picture"]}{unit}')
        lines += [f'      {note}' for note in finding.get('notes', ())]
    for name, reason in data['refused'].items():
        lines.append(f'  {name} left out: {reason}')
    lines.append(f'  {folder / OVERVIEW}  everything on one page; {folder / DATA}  as data')
    return '\n'.join(lines)
