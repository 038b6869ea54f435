# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap tell``: set parameters of a running node, and call its services."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby
import json
from typing import Any

from featuremap_ros.cli.numbers import number
from featuremap_ros.errors import MissingDependencyError
from featuremap_ros.ros.missing import ros_is_missing

EXAMPLES = """examples:
  featuremap tell /featuremap why
  featuremap tell /featuremap explain_stamp=1795265718957427770 explain
  featuremap tell /featuremap model=pilot.keras profile=car.yaml
  featuremap tell /simulator faults.glare=1

What is done is done in this order; parameters that follow each other are set at once, all or none.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('node', metavar='NODE', help='its full name, e.g. /featuremap')
    parser.add_argument(
        'requests',
        metavar='REQUEST',
        nargs='+',
        help='PARAMETER=VALUE, or the name of a service that takes nothing: why, explain, save',
    )
    parser.add_argument(
        '--timeout',
        type=number('s', least_itself=False),
        default=60.0,
        metavar='S',
        help='wait at most so long for the node, and for each answer (%(default)g s)',
    )
    parser.add_argument('--json', action='store_true', help='print what was done as JSON')


def run(args: argparse.Namespace) -> int:
    """Do one request after the other, and print the answers."""
    try:
        import rclpy
        from rclpy.signals import SignalHandlerOptions

        from featuremap_ros.ros.talk import Talk
    except ImportError as error:
        raise MissingDependencyError(ros_is_missing('A running node', error.name)) from None
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('featuremap_tell')
    done: list[dict[str, Any]] = []
    try:
        talk = Talk(node, f'/{args.node.strip("/")}', timeout=args.timeout)
        for request in _requests(args.requests):
            if isinstance(request, dict):
                talk.change(request)
                done.append({'parameters': request})
                text = f'set {", ".join(request)}'
            else:
                text = talk.call(request)
                done.append({'service': request, 'answer': text})
            if not args.json:
                print(text, flush=True)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    if args.json:
        print(json.dumps({'node': args.node, 'done': done}, indent=2))
    return 0


def _requests(texts: Sequence[str]) -> Iterator[str | dict[str, str]]:
    """Yield the names of services, and parameters that are set at once."""
    for sets, group in groupby(texts, lambda text: '=' in text):
        if sets:
            pairs = (text.partition('=') for text in group)
            yield {name: value for name, _, value in pairs}
        else:
            yield from group
