# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The executable ``overlay_node``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
import sys

from featuremap_ros.ros.executable import Program, run


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is told to end.

    Args:
        args: Command line; that of the process if not given.

    Returns:
        0 after SIGINT, SIGTERM or SIGHUP, 1 if the node cannot start.
    """
    return run('overlay_node', _load, args, usage=_usage)


def _load() -> Callable[[], Program]:
    from featuremap_ros.ros.overlay_node import OverlayNode

    return OverlayNode


def _usage() -> str:
    from featuremap_ros.ros.parameters import OVERLAY_PARAMETERS, PARAMETERS
    from featuremap_ros.ros.settings import DEFAULT_TOKEN, overlay_name
    from featuremap_ros.ros.usage import usage

    overlay = (
        replace(one, name=overlay_name(DEFAULT_TOKEN, one.name)) for one in OVERLAY_PARAMETERS
    )
    return usage(
        'overlay_node',
        'Camera in, steering and overlays out. Topics and services: docs/topics.md.',
        '-p model:=pilot.keras -p profile:=donkeycar -r image:=/camera/image_raw',
        (*PARAMETERS, *overlay),
    )


if __name__ == '__main__':
    sys.exit(main())
