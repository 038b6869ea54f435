# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap play``: publish a bag on ROS 2 topics."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import json
import math
from pathlib import Path
from posixpath import commonpath
import sys
import time
from typing import Any, TYPE_CHECKING

from featuremap_ros.cli.numbers import number
from featuremap_ros.errors import MissingDependencyError, SourceError
from featuremap_ros.ros.missing import ros_is_missing
from featuremap_ros.ros.rivals import Rivals, rivals_text
from featuremap_ros.streams.bag import Bag

if TYPE_CHECKING:
    from featuremap_ros.ros.replay.player import Player

EXAMPLES = """examples:
  featuremap play race.mcap
  featuremap play race --rate 0.5 --loop
  featuremap play rendered/overlay.mcap --exclude /featuremap

Run the node beside it with: overlay_node --ros-args -p use_sim_time:=true -r image:=TOPIC ...
Recorded commands go to /recorded/..., so that no bag drives a car. Ctrl-C ends it.
"""

# How often it is looked whether somebody else publishes on the same topics.
_LOOK_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('bag', metavar='BAG', type=Path, help='rosbag2 folder or file, ROS 1 .bag')
    parser.add_argument(
        '--rate', type=_rate, default=1.0, help='recorded seconds per second (default 1)'
    )
    parser.add_argument('--loop', action='store_true', help='begin again at the end')
    parser.add_argument(
        '--delay',
        type=number('s'),
        default=1.0,
        metavar='S',
        help='wait for subscribers before the first message (default 1 s)',
    )
    parser.add_argument(
        '--exclude',
        nargs='+',
        default=[],
        metavar='TOPIC',
        help='leave out topics, each with all below it, e.g. /featuremap where a node of that '
        'name runs',
    )
    parser.add_argument('--json', action='store_true', help='print what was published as JSON')


def run(args: argparse.Namespace) -> int:
    """Publish the bag until it ends, or until Ctrl-C."""
    try:
        import rclpy
        from rclpy.signals import SignalHandlerOptions

        from featuremap_ros.ros.replay.player import Player
        from featuremap_ros.ros.signals import Signals
    except ImportError as error:
        raise MissingDependencyError(ros_is_missing('Publishing', error.name)) from None
    signals = Signals()
    with Bag(args.bag) as bag:
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        node = rclpy.create_node('featuremap_play')
        try:
            player = Player(node, bag.counts, exclude=args.exclude)
            lookout = _Lookout(Rivals(node), player)

            def stopped() -> bool:
                lookout.look()
                return signals.stopped

            if not args.json:
                _announce(bag, player)
            signals.started()
            if not player.channels:
                raise SourceError(f'{args.bag} has no topic that can be published here.')
            _wait(args.delay, stopped)
            count = 0
            while not signals.stopped:
                count += player.play(
                    bag.messages([c.source for c in player.channels]),
                    start_ns=bag.start_ns,
                    rate=args.rate,
                    stopped=stopped,
                )
                if not args.loop:
                    break
            player.flush()
            if args.json:
                print(json.dumps(_as_data(bag, player, count, stopped=signals.stopped), indent=2))
            else:
                damaged = f'; {player.damaged} damaged, left out' if player.damaged else ''
                ended = 'Stopped' if signals.stopped else 'Done'
                print(f'{ended}: {count} messages published{damaged}.')
        finally:
            signals.started()
            node.destroy_node()
            rclpy.try_shutdown()
    for warning in bag.warnings:
        print(f'Warning: {warning}', file=sys.stderr)
    # To be stopped is no failure of what runs among nodes: ros2 launch would report an error.
    return 0


class _Lookout:
    """Warns of others who publish what is played, whenever they come."""

    def __init__(self, rivals: Rivals, player: Player) -> None:
        self._rivals = rivals
        self._player = player
        self._due = 0.0

    def look(self) -> None:
        """Look, not more often than anybody can read."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _LOOK_S
        played = [channel.name for channel in self._player.channels]
        for who, topics in self._rivals.news(played).items():
            below = commonpath(topics)
            all_below = [name for name in played if f'{name}/'.startswith(f'{below}/')]
            exclude = below if sorted(all_below) == topics else ' '.join(topics)
            print(
                f'Warning: {rivals_text(who, topics)} To leave out what is recorded: '
                f'--exclude {exclude}',
                file=sys.stderr,
                flush=True,
            )


def _announce(bag: Bag, player: Player) -> None:
    """Print what is played, under which name, and what is not."""
    seconds = (bag.end_ns - bag.start_ns) / 1e9
    print(f'{bag.path}: {seconds:.1f} s, {len(player.channels)} topics and /clock')
    for channel in player.channels:
        moved = f' (recorded as {channel.source.name})' * (channel.name != channel.source.name)
        print(f'  {channel.name} [{channel.source.msgtype}]{moved}')
    if player.skipped:
        print('Not published:')
    for skipped in player.skipped:
        print(f'  {skipped.source.name}: {skipped.reason}')


def _as_data(bag: Bag, player: Player, count: int, *, stopped: bool) -> dict[str, Any]:
    """Return what was published in plain data."""
    return {
        'bag': str(bag.path),
        'seconds': (bag.end_ns - bag.start_ns) / 1e9,
        'messages': count,
        'damaged': player.damaged,
        'stopped': stopped,
        'topics': [
            {'name': c.name, 'recorded_as': c.source.name, 'type': c.source.msgtype}
            for c in player.channels
        ],
        'not_published': {s.source.name: s.reason for s in player.skipped},
        'warnings': list(bag.warnings),
    }


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    """Give subscribers time to find the topics."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopped():
        time.sleep(0.02)


def _rate(text: str) -> float:
    """Read a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        msg = (
            f'{text!r} is no rate: it must be above 0 and finite. 1 is as recorded, 0.5 half as '
            'fast; for as fast as possible take a large one, 1000 (subscribers may miss messages: '
            'featuremap render misses none)'
        )
        raise argparse.ArgumentTypeError(msg)
    return value
