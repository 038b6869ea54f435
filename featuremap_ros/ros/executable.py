# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a node as a program: clear messages, exit codes, and a clean end on signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import gc
import sys
from typing import Protocol

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.missing import ros_is_missing
from featuremap_ros.ros.signals import Signals

Spin = Callable[[float], None]
"""Handles one message, or waits for one at most this long (s)."""


class Program(Protocol):
    """A node whose ``turn`` is called until it returns an exit code."""

    def turn(self, spin: Spin) -> int | None:
        """Do the next piece of work; return an exit code to end."""
        ...

    def close(self) -> None:
        """Withdraw from the graph."""
        ...


def run(
    name: str,
    load: Callable[[], Callable[[], Program]],
    args: Sequence[str] | None,
    *,
    usage: Callable[[], str],
) -> int:
    """Run a node until it is told to end, or ends by itself.

    Args:
        name: Of the program, for messages.
        load: Imports the node, which needs ROS 2, and returns what builds it.
        args: Command line; that of the process if not given.
        usage: Returns what ``--help`` prints.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, 1 after an error, else what the node says.
    """
    if not {'-h', '--help'}.isdisjoint(sys.argv if args is None else args):
        sys.stdout.write(usage())
        return 0
    signals = Signals()
    try:
        with signals.importing():
            import rclpy
            from rclpy.exceptions import ParameterException
            from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
            from rclpy.signals import SignalHandlerOptions
            from rclpy.utilities import remove_ros_args

            build = load()
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except KeyboardInterrupt:
        return 0
    except ImportError as error:
        return _failed(name, ros_is_missing('The node', error.name))
    except RuntimeError as error:
        return _failed(name, f'{error}{_advice(str(error))}')
    if stray := remove_ros_args(sys.argv[1:] if args is None else args):
        rclpy.shutdown()
        # Without --ros-args the demo pilot would drive instead of the model that was named.
        return _failed(
            name,
            f'{" ".join(stray)} is not understood: write parameters as --ros-args -p NAME:=VALUE. '
            '--help shows them.',
        )
    node = None
    code = None
    try:
        node = build()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        # What was made so far stays: to look through it for garbage would take 10 ms, in which no
        # message is answered.
        gc.freeze()
        signals.started()
        while code is None and not signals.stopped:
            code = node.turn(lambda seconds: executor.spin_once(timeout_sec=seconds))
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except (FeatureMapError, ParameterException) as error:
        return _failed(name, error)
    finally:
        signals.started()
        if node is not None:
            node.close()
        rclpy.try_shutdown()
    return code or 0


def _advice(error: str) -> str:
    """Say what helps where ROS 2 does not, as on a system that is mounted read-only."""
    if 'log directory' not in error:
        return ''
    return '. Set ROS_LOG_DIR to a folder that can be written, e.g. /tmp/ros_log.'


def _failed(name: str, reason: object) -> int:
    """Say why the program ends."""
    sys.stderr.write(f'{name}: {reason}\n')
    return 1
