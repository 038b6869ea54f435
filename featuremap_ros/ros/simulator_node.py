# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executable ``simulator_node``."""

from __future__ import annotations

from collections.abc import Sequence
import sys

from featuremap_ros.errors import FeatureMapError
from featuremap_ros.ros.signals import Signals


def main(args: Sequence[str] | None = None) -> int:
    """Run the simulator until it is told to end, or the drive ends.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT or SIGTERM, or when all laps are made; 1 if the node cannot start, if the
        pilot does not answer in lock-step, or if the car left the lane before its laps were made.
    """
    signals = Signals()
    try:
        import rclpy
        from rclpy.exceptions import ParameterException
        from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
        from rclpy.signals import SignalHandlerOptions

        from featuremap_ros.ros.simulation import SimulatorNode
    except KeyboardInterrupt:
        return 0
    except ImportError as error:
        sys.stderr.write(
            f'simulator_node needs ROS 2, and Python found no {error.name}. With ROS 2 installed: '
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
    code = None
    try:
        node = SimulatorNode()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        signals.started()
        while code is None and not signals.stopped:
            code = node.turn(lambda seconds: executor.spin_once(timeout_sec=seconds))
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except (FeatureMapError, ParameterException) as error:
        return _failed(error)
    finally:
        signals.started()
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
    return code or 0


def _failed(error: Exception) -> int:
    """Say why the node ends."""
    sys.stderr.write(f'simulator_node: {error}\n')
    return 1


if __name__ == '__main__':
    sys.exit(main())
