# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executable ``simulator_node``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import sys

from featuremap_ros.ros.executable import Program, run


def main(args: Sequence[str] | None = None) -> int:
    """Run the simulator until it is told to end, or the drive ends.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, or when all laps are made; 1 if the node cannot start,
        if the pilot does not answer in lock-step, or if the car left the lane before its laps were
        made.
    """
    return run('simulator_node', _load, args, usage=_usage)


def _load() -> Callable[[], Program]:
    from featuremap_ros.ros.simulator.simulation import SimulatorNode

    return SimulatorNode


def _usage() -> str:
    from featuremap_ros.ros.simulator.parameters import SIMULATOR_PARAMETERS
    from featuremap_ros.ros.usage import usage

    return usage(
        'simulator_node',
        'A simulated race car: steering in, camera and all other sensors out.',
        '-p scenario:=crash',
        SIMULATOR_PARAMETERS,
    )


if __name__ == '__main__':
    sys.exit(main())
