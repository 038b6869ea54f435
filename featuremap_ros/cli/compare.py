# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap compare``: two pilots on the same frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from featuremap_ros.cli.names import split_names
from featuremap_ros.cli.numbers import steering_angle, whole
from featuremap_ros.cli.race_arguments import (
    add_driver_argument,
    add_selection_arguments,
    add_source_argument,
    introduce,
    open_race,
    progress,
)
from featuremap_ros.comparing.map_agreement import explain_both, MapComparison
from featuremap_ros.comparing.side_by_side import draw_both
from featuremap_ros.comparing.two_drives import TwoDrives
from featuremap_ros.errors import BadFrameError, NotFiniteError, ProfileError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.streams.csv_sink import CsvSink
from featuremap_ros.streams.output_folder import output_folder
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.selection import NS
from featuremap_ros.streams.source import refuse_nothing, Source
from featuremap_ros.streams.write import write_json, write_png
from featuremap_ros.trust.driver_chart import draw_driver_chart
from featuremap_ros.version import __version__
from featuremap_ros.vision.frame import Frame
from featuremap_ros.why.moments import largest_errors

EXAMPLES = """examples:
  featuremap compare old.h5 new.h5 mycar/data --profile donkeycar
  featuremap compare pilot.h5 pilot.tflite race.mcap --profile my_car.yaml --json
  featuremap compare small.keras large.h5 drive.mp4 --profile small.yaml --profile-b large.yaml \\
      --maps hirescam,occlusion --worst 8 --out compared
"""

_MAPS = 'activation,hirescam'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('a', metavar='A', help='the one model: Keras 1-3, SavedModel or TFLite')
    parser.add_argument('b', metavar='B', help='the other')
    add_source_argument(parser)
    parser.add_argument('--profile', help='shipped name or YAML file; guessed where certain')
    parser.add_argument('--profile-b', metavar='PROFILE', help='of B; default: the same as of A')
    parser.add_argument(
        '--max-steering-angle',
        type=steering_angle,
        metavar='RAD',
        help='of the wheels, for both; in place of what the profiles say',
    )
    add_driver_argument(parser)
    parser.add_argument(
        '--maps',
        default=_MAPS,
        metavar='A,B',
        help='methods whose maps are compared, or none; see featuremap explain (%(default)s)',
    )
    parser.add_argument(
        '--map-frames',
        type=whole(0),
        default=20,
        metavar='N',
        help='on which maps are compared, spread over the race (%(default)s)',
    )
    parser.add_argument(
        '--worst', type=whole(0), default=5, metavar='N', help='moments to draw (%(default)s)'
    )
    add_selection_arguments(parser)
    parser.add_argument('--out', default='featuremap_compare', metavar='DIR', help='%(default)s')
    parser.add_argument('--overwrite', action='store_true', help='replace files in DIR')
    parser.add_argument('--json', action='store_true', help='print what was found as JSON')


def run(args: argparse.Namespace) -> int:
    """Drive both, compare steering and maps, and draw the largest differences."""
    both = (_load(args, args.a, args.profile, ''), _load(args, args.b, _profile_b(args), '-b'))
    methods = []
    if args.maps != 'none':
        methods = split_names('--maps', args.maps, (*both[0].methods, 'none'))
    for name in methods:
        both[0].method(name)
    names = _names(args)
    with (
        open_race(args) as source,
        output_folder(args.out, overwrite=args.overwrite, source=source.path) as folder,
    ):
        limit = both[0].pilot.profile.max_steering_angle
        driver = driver_of(source, args.driver, limit, wheelbase=args.wheelbase)
        drives = TwoDrives(both[0].pilot, both[1].pilot, driver)
        drives.drive(progress(source, source.frame_count))
        refuse_nothing(len(drives), source, (bad.reason for bad in drives.skipped))
        # Reading the race again, for maps and moments, counts anew.
        skipped = [bad.reason for bad in (*source.skipped, *drives.skipped)]
        total = source.skipped.total + drives.skipped.total
        maps = MapComparison(methods)
        _compare_maps(maps, both, source, args.map_frames)
        moments = _draw_moments(maps, both, source, drives, folder, names, args.worst)
        data = {
            **_data(args, both, source, drives, maps, moments),
            'frames_skipped': total,
            'skipped': skipped,
        }
        _write(folder, data, drives, names)
    print(json.dumps(data, indent=2) if args.json else _said(data, drives, folder))
    return 0


def _write(folder: Path, data: dict[str, Any], drives: TwoDrives, names: tuple[str, str]) -> None:
    """Write what was found, every frame, and both over time."""
    write_json(folder / 'compare.json', data)
    _write_table(folder / 'compare.csv', drives)
    chart = draw_driver_chart(
        drives.stamps_ns,
        *drives.steering,
        angular=drives.angular,
        names=names,
        word='difference',
    )
    write_png(folder / 'steering.png', chart)


def _load(args: argparse.Namespace, model: str, profile: str | None, option: str) -> Explainer:
    """Load one of the two."""
    try:
        pilot = Pilot.load(model, profile=profile, max_steering_angle=args.max_steering_angle)
    except ProfileError as error:
        msg = f'{model}: {error} Its profile is given by --profile{option}.'
        raise ProfileError(msg) from None
    introduce(model, pilot)
    return Explainer(pilot)


def _profile_b(args: argparse.Namespace) -> str | None:
    """Return the profile of B."""
    chosen: str | None = args.profile_b or args.profile
    return chosen


def _names(args: argparse.Namespace) -> tuple[str, str]:
    """Return what the two are called: their files, or A and B if these are alike."""
    a, b = Path(args.a).stem, Path(args.b).stem
    if a == b:
        a, b = Path(args.a).name, Path(args.b).name
    longest = 14
    if a == b or max(len(a), len(b)) > longest:
        return 'A', 'B'
    return a, b


def _compare_maps(
    maps: MapComparison, both: tuple[Explainer, Explainer], source: Source, count: int
) -> None:
    """Compare maps on frames that are spread over the race."""
    if not maps.methods or not count:
        return
    frames = tqdm(source.sample(count), total=count, unit='frame', desc='maps', disable=None)
    for frame in frames:
        for name in maps.methods:
            if name in maps.refused:
                continue
            try:
                maps.add(frame, explain_both(*both, frame, [name]))
            except UnsupportedError as error:
                maps.refused[name] = str(error)
            except (BadFrameError, NotFiniteError):
                continue


def _draw_moments(
    maps: MapComparison,
    both: tuple[Explainer, Explainer],
    source: Source,
    drives: TwoDrives,
    folder: Path,
    names: tuple[str, str],
    count: int,
) -> list[dict[str, Any]]:
    """Draw the moments of largest difference, and return what was found there."""
    a, b = drives.steering
    worst = largest_errors(drives.stamps_ns, a - b, count, full_scale=drives.full_scale)
    # What would be said to be no difference is no moment.
    rank = {
        moment.stamp_ns: number
        for number, moment in enumerate(worst)
        if _size(2 * drives.full_scale * moment.size, drives.angular)
    }
    methods = [name for name in maps.methods if name not in maps.refused]
    found = []
    for frame in source if rank else ():
        number = rank.pop(frame.stamp_ns, None)
        if number is None:
            continue
        picture = folder / f'difference_{number:02d}.png'
        data = _draw_moment(methods, both, frame, drives, picture, names)
        found.append({**data, 'picture': picture.name, 'rank': number})
        if not rank:
            break
    return sorted(found, key=lambda one: int(one['rank']))


def _draw_moment(
    methods: Sequence[str],
    both: tuple[Explainer, Explainer],
    frame: Frame,
    drives: TwoDrives,
    picture: Path,
    names: tuple[str, str],
) -> dict[str, Any]:
    """Draw one moment, and return what was found there."""
    stamps = drives.stamps_ns
    row = int(np.flatnonzero(stamps == frame.stamp_ns)[-1])
    a, b = (float(steered[row]) for steered in drives.steering)
    at = (frame.stamp_ns - int(stamps[0])) / NS
    explained = explain_both(*both, frame, methods)
    agreement = MapComparison(methods).add(frame, explained)
    image = draw_both(
        frame.image,
        explained,
        names=names,
        left=(a / drives.full_scale, b / drives.full_scale),
        steered=(_words(a, drives.angular), _words(b, drives.angular)),
        agreement=agreement,
        title=f'{at:.2f} s: {names[0]} steers {_further(a - b, drives.angular)}',
    )
    write_png(picture, image)
    return {
        'at': round(at, 3),
        'stamp_ns': frame.stamp_ns,
        'a': a,
        'b': b,
        'difference': a - b,
        'driver': _known(drives.driver[row]),
        'maps': agreement,
    }


def _data(
    args: argparse.Namespace,
    both: tuple[Explainer, Explainer],
    source: Source,
    drives: TwoDrives,
    maps: MapComparison,
    moments: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return everything in plain data."""
    pilots = {
        name: {
            'model': model,
            'format': one.pilot.network.origin,
            'profile': one.pilot.profile.name,
            'max_steering_angle': one.pilot.profile.max_steering_angle,
        }
        for name, model, one in zip('ab', (args.a, args.b), both, strict=True)
    }
    driver = drives.from_driver()
    return {
        'featuremap_ros': __version__,
        'source': source.describe,
        **pilots,
        'unit': 'rad' if drives.angular else 'share of full steering',
        'frames': len(drives),
        'difference': asdict(drives.difference()),
        'driver': driver and {name: asdict(one) for name, one in zip('ab', driver, strict=True)},
        'maps': maps.to_json(),
        'moments': moments,
    }


def _write_table(path: Path, drives: TwoDrives) -> None:
    """Write every frame as a line of CSV."""
    unit = 'rad' if drives.angular else 'share'
    names = [*(f'{name}_{unit}' for name in ('a', 'b', 'difference', 'driver'))]
    names = ['stamp_ns', *names, 'confidence_a', 'confidence_b']
    a, b = drives.steering
    columns = (a, b, a - b, drives.driver, *drives.confidence)
    with CsvSink(path, names) as table:
        for stamp, *row in zip(drives.stamps_ns.tolist(), *columns, strict=True):
            known = [stamp, *(_known(value) for value in row)]
            table.write(dict(zip(names, known, strict=True)))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _words(left: float, angular: bool) -> str:
    """Say a steering, + left: ``'14.0 degrees left'``."""
    side = 'left' if left > 0 else 'right'
    return f'{_size(left, angular)} {"degrees" if angular else "%"} {side}'


def _size(left: float, angular: bool) -> float:
    """Return the size of a steering as it is said: in degrees to a tenth, or in whole percent."""
    return round(abs(math.degrees(left)), 1) if angular else round(abs(100 * left))


def _largest(drives: TwoDrives) -> float:
    """Return the largest difference of two pilots, in the unit of their steering."""
    return float(np.abs(np.subtract(*drives.steering)).max())


def _further(left: float, angular: bool) -> str:
    """Say a difference of steering, + left: ``'14.0 degrees further left'``."""
    size, _, side = _words(left, angular).rpartition(' ')
    return f'{size} further {side}'


def _said(data: dict[str, Any], drives: TwoDrives, folder: Path) -> str:
    """Say what was found and what to open."""
    lines = [
        f'{data["frames"]} frames, {data["frames_skipped"]} skipped',
        f'A minus B: {drives.difference().in_words("difference")}',
    ]
    driver = drives.from_driver()
    for name, one in zip('AB', driver or (), strict=False):
        lines.append(f'{name} and the driver: {one.in_words()} ({one.frames} frames)')
    for name, figures in data['maps'].items():
        if 'refused' in figures:
            lines.append(f'maps of {name} left out: {figures["refused"]}')
        elif figures['median'] is None:
            lines.append(
                f'maps of {name}: their agreement is not defined on any frame, as one of the two '
                'is the same everywhere or they share too little of the picture'
            )
        else:
            lines.append(
                f'maps of {name} correlate by {figures["median"]:.2f} (median of '
                f'{figures["frames"] - figures["undefined"]} frames, {figures["lowest"]:.2f} to '
                f'{figures["highest"]:.2f})'
            )
    if data['moments']:
        lines.append('largest differences:')
    elif not _size(_largest(drives), drives.angular):
        least = '0.1 degrees' if drives.angular else '1 %'
        lines.append(f'A and B do not differ: they steer the same on every frame, to {least}')
    for one in data['moments']:
        difference = _further(one['difference'], drives.angular)
        lines.append(f'{one["at"]:8.2f} s  A {difference:26}  {folder / one["picture"]}')
    lines += [
        '',
        f'  {folder / "steering.png"}  both over time, and their difference',
        f'  {folder / "compare.csv"}  every frame',
        f'  {folder / "compare.json"}  all figures',
    ]
    return '\n'.join(lines)
