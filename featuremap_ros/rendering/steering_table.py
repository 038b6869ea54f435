# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The columns and rows of ``steering.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from featuremap_ros.comparing.against_driver import DRIVER, DRIVER_ANGLE
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.pilot.network import Network


def columns(network: Network, *, driver: bool) -> list[str]:
    """Return the names of the columns: fixed ones, then every entry of every output.

    Args:
        network: Whose outputs they are.
        driver: Whether there is a driver to compare with.
    """
    heads = [
        name for tensor in network.outputs for name in _entry_names(tensor.name, tensor.entries)
    ]
    fixed = ['stamp_ns', 'steering', 'steering_angle', 'throttle', 'confidence']
    return [*fixed, *(DRIVER, DRIVER_ANGLE) * driver, *heads]


def row(stamp_ns: int, steering: Steering) -> dict[str, Any]:
    """Return what a pilot decided, by column.

    Args:
        stamp_ns: Of the frame (ns).
        steering: What the network decided.
    """
    values: dict[str, Any] = {
        'stamp_ns': stamp_ns,
        'steering': steering.value,
        'steering_angle': steering.angle,
        'throttle': steering.throttle,
        'confidence': steering.confidence,
    }
    for name, output in steering.heads.items():
        values.update(zip(_entry_names(name, output.size), output.tolist(), strict=True))
    return values


def _entry_names(name: str, size: int) -> Iterator[str]:
    """Yield the column of every entry of an output, which may be called like a fixed column."""
    if size == 1:
        yield f'output.{name}'
    else:
        yield from (f'output.{name}[{i}]' for i in range(size))
