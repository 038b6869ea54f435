# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap layers``: list what can be seen of a model."""

from __future__ import annotations

import argparse
import json
from typing import Any

from featuremap_ros.cli.numbers import steering_angle
from featuremap_ros.cli.race_arguments import add_driver_argument
from featuremap_ros.errors import ProfileError, UnsupportedError
from featuremap_ros.judging.colour_probe import order_as_data, probe_colours, say
from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.feeding import constants_in_words
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.network import Layer, Network, TensorSpec
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.profile import guess, PilotProfile
from featuremap_ros.streams.one_frame import one_frame
from featuremap_ros.streams.recorded_driver import driver_of
from featuremap_ros.streams.source import open_source
from featuremap_ros.trust.colour_order import ColourOrder
from featuremap_ros.vision.tokens import topic_token

EXAMPLES = """examples:
  featuremap layers autopilot.h5
  featuremap layers pilot.tflite --profile donkeycar --json
  featuremap layers pilot.h5 --profile donkeycar --probe race.mcap --max-steering-angle 0.4
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('model', metavar='MODEL', help='Keras 1-3, SavedModel or TFLite')
    parser.add_argument('--profile', help='shipped name or YAML file; guessed where certain')
    parser.add_argument('--json', action='store_true', help='print JSON instead of a table')
    probe = parser.add_argument_group('probe', 'whether a race has the colours the model expects')
    probe.add_argument(
        '--probe',
        metavar='SOURCE',
        help='drive its first frames as they are and with red and blue swapped',
    )
    probe.add_argument('--topic', help='image topic, where the bag has several')
    add_driver_argument(probe)
    probe.add_argument(
        '--max-steering-angle', type=steering_angle, metavar='RAD', help='of the wheels'
    )


def run(args: argparse.Namespace) -> int:
    """Print the model's inputs, outputs and spatial layers."""
    if args.probe is None:
        _refuse_idle(args)
    declared = None if args.profile is None else PilotProfile.load(args.profile)
    engine = load_engine(
        args.model,
        lambdas=declared.lambdas if declared else {},
        custom_layers=declared.custom_layers if declared else {},
    )
    network = engine.network
    profile, note = _profile(declared, network)
    order, said = (None, '') if args.probe is None else _probe(args, engine, profile)
    if args.json:
        print(json.dumps(_as_json(network, profile, order), indent=2))
        return 0
    print(f'{args.model}: {network.origin}')
    print(f'inputs:  {_tensors(network.inputs)}')
    print(f'outputs: {_tensors(network.outputs)}')
    print(f'profile: {note}')
    for line in constants_in_words(network, profile.extra_inputs if profile else None):
        print(line)
    if said:
        print(said)
    print()
    if network.layers:
        _print_table([_row(layer) for layer in network.layers])
    else:
        print('No layer has a map of rows and columns, as convolutions have: none can be shown.')
    for layer in network.layers:
        if layer.sampling is None:
            print(f'\n{layer.name} cannot be placed on the picture: {layer.unregistered}')
    return 0


def _refuse_idle(args: argparse.Namespace) -> None:
    """Refuse what is about a race where there is none."""
    about_a_race = {
        '--topic': args.topic,
        '--driver': args.driver,
        '--wheelbase': args.wheelbase,
        '--max-steering-angle': args.max_steering_angle,
    }
    for option, value in about_a_race.items():
        if value is not None:
            msg = f'{option} is about a race, and there is none: give --probe SOURCE as well.'
            raise UnsupportedError(msg)


def _profile(declared: PilotProfile | None, network: Network) -> tuple[PilotProfile | None, str]:
    """Return the profile that fits, and how to speak of it."""
    if declared is not None:
        declared.check(network)
        return declared, declared.name
    try:
        profile = guess(network)
    except ProfileError as error:
        return None, str(error)
    return profile, f'{profile.name} (guessed: the only one that fits)'


def _probe(
    args: argparse.Namespace, engine: Engine, profile: PilotProfile | None
) -> tuple[ColourOrder, str]:
    """Compare both orders of colours on a race; return what was found, and in words."""
    if profile is None:
        msg = '--probe drives the model, and no profile can be told from it: give --profile.'
        raise ProfileError(msg)
    profile = profile.with_max_steering_angle(args.max_steering_angle)
    with open_source(args.probe, topic=args.topic) as source:
        driver = driver_of(source, args.driver, wheelbase=args.wheelbase)
        pilot = Pilot(engine, profile)
        order = probe_colours(pilot, source, driver=driver)
        if not order.evidence:
            # Where no frame can be driven, that is the reason, and said by the first.
            pilot.forward(one_frame(source))
    unused = driver is not None and not driver.comparable(profile.max_steering_angle)
    why = '(--max-steering-angle is needed for that)' if unused else ''
    return order, say(order, why)


def _row(layer: Layer) -> tuple[str, ...]:
    """Return a layer's cells of the table."""
    height, width, channels = layer.shape
    cells = (layer.name, layer.kind, f'{width} x {height}', str(channels))
    if layer.sampling is None:
        return (*cells, '-', '-', '-')
    x, y = layer.sampling.x, layer.sampling.y
    return (
        *cells,
        f'{x.jump:g} x {y.jump:g}',
        f'{x.field:g} x {y.field:g}',
        f'~/overlay/{topic_token(layer.name)}',
    )


def _print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows under a head, in columns as wide as they need."""
    head = ('layer', 'kind', 'map', 'channels', 'stride', 'receptive field', 'topic')
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print('  '.join(cells).rstrip())


def _tensors(tensors: tuple[TensorSpec, ...]) -> str:
    """List names and shapes."""
    return ', '.join(f'{t.name} {t.shape}' for t in tensors)


def _as_json(
    network: Network, profile: PilotProfile | None, order: ColourOrder | None
) -> dict[str, Any]:
    """Return everything in plain data, with the topics."""
    data = network.to_json()
    for layer in data['layers']:
        layer['topic'] = f'~/overlay/{topic_token(layer["name"])}'
    data['profile'] = profile and profile.name
    data['extra_inputs'] = profile and dict(profile.extra_inputs)
    if order is not None:
        data['colours'] = order_as_data(order)
    return data
