# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a map can be asked about: one number of the network's decision, with its sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnknownNameError
from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.network import Network

_SIDES = {'steering': ('right', 'left'), 'throttle': ('slower', 'faster')}


@dataclass(frozen=True, slots=True)
class Target:
    """One number that the network decides.

    Attributes:
        name: ``'steering'``, ``'throttle'`` or ``'<output>:<entry>'``.
        output: Name of the network's output.
        entry: Which entry of the flat output; ``None`` for the mean value of bins or classes.
        values: Of the bins or classes, with the target's sign; empty for an entry.
        sign: Factor of an entry: 1, or -1 where the model's positive side is right.
        unit: Of the number.
        sides: What evidence below and above zero speaks for; for steering ``('right', 'left')``,
            whatever the model's own convention.
        full_scale: From the lowest to the highest that the number can be.
    """

    name: str
    output: str
    entry: int | None
    values: tuple[float, ...]
    sign: float
    unit: str
    sides: tuple[str, str]
    full_scale: float = 1.0

    def value(self, outputs: Mapping[str, NDArray[np.float32]]) -> float:
        """Return the number, in float64 and not clamped.

        Args:
            outputs: The network's raw outputs, by name.
        """
        flat = outputs[self.output].reshape(-1).astype(np.float64)
        if self.entry is None:
            return float(flat @ np.asarray(self.values))
        return self.sign * float(flat[self.entry])


def find_target(name: str, heads: Mapping[str, Head], network: Network) -> Target:
    """Look a target up.

    Args:
        name: A head of the profile, or ``'<output>:<entry>'``.
        heads: By quantity.
        network: Whose outputs they read.

    Raises:
        UnknownNameError: There is no such target; the message lists all.
    """
    if name in heads:
        return _head_target(name, heads[name], network)
    output, _, entry = name.rpartition(':')
    sizes = {tensor.name: tensor.entries for tensor in network.outputs}
    if output not in sizes or not entry.isdecimal() or int(entry) >= sizes[output]:
        raise UnknownNameError('target', name, [*heads, *_entries(sizes)])
    classes = {_output_name(head, network) for head in heads.values() if head.values}
    unit = 'probability' if output in classes else 'output'
    return Target(name, output, int(entry), (), 1.0, unit, ('against', 'for'))


def _head_target(name: str, head: Head, network: Network) -> Target:
    sign = head.left if name == 'steering' else 1.0
    output = _output_name(head, network)
    entry = head.component if head.kind == 'regression' else None
    values = tuple(sign * value + 0.0 for value in head.values) if entry is None else ()
    sides = _SIDES.get(name, ('less', 'more'))
    reach = values or head.range
    return Target(name, output, entry, values, sign, name, sides, max(reach) - min(reach))


def _output_name(head: Head, network: Network) -> str:
    if isinstance(head.output, int):
        return network.outputs[head.output].name
    return head.output


def _entries(sizes: Mapping[str, int]) -> Iterator[str]:
    """Yield the choices of every output, in short."""
    for output, size in sizes.items():
        yield f'{output}:0' if size == 1 else f'{output}:0 to {output}:{size - 1}'
