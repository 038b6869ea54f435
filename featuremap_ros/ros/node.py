# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executable ``overlay_node``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import sys

from featuremap_ros.ros.executable import Program, run


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is told to end.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, 1 if the node cannot start.
    """
    return run('overlay_node', _load, args)


def _load() -> Callable[[], Program]:
    from featuremap_ros.ros.overlay_node import OverlayNode

    return OverlayNode


if __name__ == '__main__':
    sys.exit(main())
