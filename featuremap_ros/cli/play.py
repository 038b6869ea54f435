# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""``featuremap play``: publish a bag on ROS 2 topics."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import math
from pathlib import Path
import time
from typing import TYPE_CHECKING

from featuremap_ros.errors import MissingDependencyError, SourceError
from featuremap_ros.streams.bag import Bag

if TYPE_CHECKING:
    from featuremap_ros.ros.player import Player

EXAMPLES = """examples:
  featuremap play race.mcap
  featuremap play race --rate 0.5 --loop

Run the node beside it with: overlay_node --ros-args -p use_sim_time:=true -r image:=TOPIC ...
Recorded commands go to /recorded/..., so that no bag drives a car. Ctrl-C ends it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument('bag', metavar='BAG', type=Path, help='rosbag2 folder or file, ROS 1 .bag')
    parser.add_argument(
        '--rate', type=_positive, default=1.0, help='recorded seconds per second (default 1)'
    )
    parser.add_argument('--loop', action='store_true', help='begin again at the end')
    parser.add_argument(
        '--delay',
        type=_duration,
        default=1.0,
        metavar='S',
        help='wait for subscribers before the first message (default 1 s)',
    )


def run(args: argparse.Namespace) -> int:
    """Publish the bag until it ends, or until Ctrl-C."""
    try:
        import rclpy
        from rclpy.signals import SignalHandlerOptions

        from featuremap_ros.ros.player import Player
        from featuremap_ros.ros.signals import Signals
    except ImportError as error:
        msg = (
            f'Publishing needs ROS 2, and Python found no {error.name}. With ROS 2 installed: '
            'source /opt/ros/$ROS_DISTRO/setup.bash; without it: '
            "pip install 'featuremap_ros[ros]' (x86_64)."
        )
        raise MissingDependencyError(msg) from None
    signals = Signals()
    with Bag(args.bag) as bag:
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        node = rclpy.create_node('featuremap_play')
        try:
            player = Player(node, bag.counts)
            _announce(bag, player)
            signals.started()
            if not player.channels:
                raise SourceError(f'{args.bag} has no topic that can be published here.')
            _wait(args.delay, lambda: signals.stopped)
            count = 0
            while not signals.stopped:
                count += player.play(
                    bag.messages([c.source for c in player.channels]),
                    start_ns=bag.start_ns,
                    rate=args.rate,
                    stopped=lambda: signals.stopped,
                )
                if not args.loop:
                    break
            player.flush()
            print(f'{"Stopped" if signals.stopped else "Done"}: {count} messages published.')
        finally:
            signals.started()
            node.destroy_node()
            rclpy.try_shutdown()
    for warning in bag.warnings:
        print(f'Warning: {warning}')
    return 0


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


def _wait(seconds: float, stopped: Callable[[], bool]) -> None:
    """Give subscribers time to find the topics."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopped():
        time.sleep(0.02)


def _positive(text: str) -> float:
    """Read a finite number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(text)
    return value


def _duration(text: str) -> float:
    """Read a finite number of at least 0."""
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value
