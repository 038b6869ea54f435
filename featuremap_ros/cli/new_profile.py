# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap new-profile``: propose a profile for a model and a race."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any

from tqdm import tqdm

from featuremap_ros.cli.numbers import steering_angle, whole
from featuremap_ros.cli.race_arguments import (
    add_driver_argument,
    add_selection_arguments,
    add_source_argument,
    open_race,
)
from featuremap_ros.errors import BadFrameError, SinkError
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.profile import PilotProfile
from featuremap_ros.proposing.as_yaml import as_yaml
from featuremap_ros.proposing.entry import value_in_words
from featuremap_ros.proposing.picture import draw_proposal
from featuremap_ros.proposing.proposal import Proposal
from featuremap_ros.proposing.propose import FRAMES, propose
from featuremap_ros.streams.output_file import prepare_file
from featuremap_ros.streams.output_folder import refuse_source
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import Source
from featuremap_ros.streams.write import as_utf8, write_png, write_text

EXAMPLES = """examples:
  featuremap new-profile pilot.h5 mycar/data --max-steering-angle 0.35
  featuremap new-profile pilot.tflite race.mcap --out my_car.yaml --overwrite
  featuremap new-profile pilot.h5 drive.mp4 --json

What the driver did is what tells most: a tub has it, and a bag with a steering topic. Without it
most entries stay undecided, which the file says above each of them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('model', metavar='MODEL', help='Keras 1-3, SavedModel or TFLite')
    add_source_argument(parser)
    parser.add_argument(
        '--out',
        default='my_car.yaml',
        metavar='FILE',
        help='the profile; a picture of what is fed goes beside it (%(default)s)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace FILE and its picture')
    parser.add_argument(
        '--max-steering-angle',
        type=steering_angle,
        metavar='RAD',
        help='of the wheels at full steering; only you can know it',
    )
    add_driver_argument(parser)
    parser.add_argument(
        '--profile',
        metavar='FILE',
        help='begin with this profile: its Lambda and custom layers, and what cannot be told',
    )
    parser.add_argument(
        '--input-size',
        type=whole(1),
        nargs=2,
        metavar=('WIDTH', 'HEIGHT'),
        help='for models that take pictures of any size',
    )
    parser.add_argument(
        '--frames', type=whole(1), default=FRAMES, metavar='N', help='to look at (%(default)s)'
    )
    add_selection_arguments(parser)
    parser.add_argument('--json', action='store_true', help='print the decisions as JSON')


def run(args: argparse.Namespace) -> int:
    """Propose, write the profile and its picture, and say what is not decided."""
    out = _prepare(Path(args.out), overwrite=args.overwrite, source=Path(args.source))
    base = PilotProfile.load(args.profile) if args.profile else None
    size = tuple(args.input_size) if args.input_size else base.input.size if base else None
    limit = args.max_steering_angle or (base.max_steering_angle if base else None)
    engine = load_engine(
        args.model,
        lambdas=base.lambdas if base else {},
        custom_layers=base.custom_layers if base else {},
        input_size=size,
    )
    with open_race(args) as source:
        with _bar() as progress:
            proposal = propose(
                engine,
                source,
                track=driver_of(source, args.driver, limit, wheelbase=args.wheelbase),
                limit=limit,
                base=base,
                count=args.frames,
                progress=progress,
            )
        text = as_yaml(
            proposal, name=out.stem, model=Path(args.model).name, source=Path(args.source).name
        )
        text = as_utf8(text).decode()
        # What is written must be what the loader reads.
        PilotProfile.parse(text, origin=str(out)).check(engine.network)
        write_text(out, text)
        picture = _draw(proposal, source, out)
    data = {
        'profile': str(out),
        'picture': str(picture) if picture else None,
        'frames': proposal.frames,
        'undecided': [decision.entry for decision in proposal.undecided()],
        'decisions': [decision.to_json() for decision in proposal.decisions],
        'notes': proposal.notes,
    }
    print(json.dumps(data, indent=2) if args.json else _said(data))
    return 0


def _prepare(out: Path, *, overwrite: bool, source: Path) -> Path:
    """Refuse files that cannot be written, before any work is done."""
    if out.suffix not in ('.yaml', '.yml'):
        raise SinkError(f'--out must end in .yaml, by which a profile is known: got {out}.')
    if source.is_dir():
        # The picture would become a frame of the race.
        refuse_source(out.parent, source)
    for path in (out, out.with_suffix('.png')):
        prepare_file(path, overwrite=overwrite, source=source)
    return out


def _draw(proposal: Proposal, source: Source, out: Path) -> Path | None:
    """Write the picture, of a frame from the middle of the race."""
    for frame in source.sample(1):
        try:
            image = draw_proposal(proposal, frame.image)
        except BadFrameError as error:
            proposal.notes.append(f'No picture was drawn: {error}')
            return None
        write_png(out.with_suffix('.png'), image)
    return out.with_suffix('.png')


@contextmanager
def _bar() -> Iterator[Any]:
    with tqdm(unit='frame', desc='trying', disable=None) as bar:
        yield bar.update


def _said(data: dict[str, Any]) -> str:
    """Say what is decided, and what is not."""
    lines = []
    for verdict in ('decided', 'undecided'):
        found = [d for d in data['decisions'] if d['verdict'] == verdict]
        lines += [f'{verdict}:'] if found else []
        for decision in found:
            lines.append(f'  {decision["entry"]}: {value_in_words(decision["value"])}')
            lines.append(f'      {decision["reason"]}')
    lines += [f'note: {note}' for note in data['notes']]
    lines.append('')
    lines.append(f'  {data["profile"]}  the profile: check what is undecided')
    if data['picture']:
        lines.append(f'  {data["picture"]}  what the network is fed: look at it')
    return '\n'.join(lines)
