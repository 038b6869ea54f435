# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executable ``overlay_node``."""

from __future__ import annotations

from collections.abc import Sequence
import gc
import sys

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.signals import Signals

_WAIT_S = 0.1


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is told to end.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT or SIGTERM, 1 if the node cannot start.
    """
    signals = Signals()
    try:
        import rclpy
        from rclpy.exceptions import ParameterException
        from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
        from rclpy.signals import SignalHandlerOptions

        from featuremap_ros.ros.overlay_node import OverlayNode
    except KeyboardInterrupt:
        return 0
    except ImportError as error:
        sys.stderr.write(
            f'overlay_node needs ROS 2, and Python found no {error.name}. With ROS 2 installed: '
            'source /opt/ros/$ROS_DISTRO/setup.bash; without it: '
            "pip install 'featuremap_ros[ros]' (x86_64).\n"
        )
        return 1
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except KeyboardInterrupt:
        return 0
    except RuntimeError as error:
        return _failed(error)
    node = None
    try:
        node = OverlayNode()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        # What was made so far stays: to look through it for garbage would take 10 ms, in which no
        # image is answered.
        gc.freeze()
        signals.started()
        node.serve()
        while not signals.stopped:
            executor.spin_once(timeout_sec=_WAIT_S)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except (FeatureMapError, ParameterException) as error:
        return _failed(error)
    finally:
        signals.started()
        if node is not None:
            node.close()
        rclpy.try_shutdown()
    return 0


def _failed(error: Exception) -> int:
    """Say why the node cannot start."""
    sys.stderr.write(f'overlay_node cannot start: {error}\n')
    return 1


if __name__ == '__main__':
    sys.exit(main())
