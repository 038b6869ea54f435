# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of the tensors of a TFLite graph, and what their types can hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot.tflite.file import TFLiteFile
from featuremap_ros.pilot.tflite.values import constant_values
from featuremap_ros.trust.intervals import averaged, Interval

_LARGEST, _SMALLEST = (float(limit) for limit in (np.finfo(np.float32).max, 2.0**-126))
INTEGERS: dict[str, type[np.signedinteger | np.unsignedinteger]] = {
    'INT8': np.int8,
    'INT16': np.int16,
    'UINT8': np.uint8,
}
"""Types of few bits that stand for other numbers, by their names in the schema."""


class Ranges:
    """What is known of the tensors of a graph so far."""

    def __init__(self, file: TFLiteFile, known: Mapping[int, Interval]) -> None:
        """Begin with what is given.

        Args:
            file: The graph.
            known: Of computed tensors and inputs, by tensor.
        """
        self.file = file
        self._known = dict(known)

    def __setitem__(self, tensor: int, found: Interval) -> None:
        """Note what is known of a tensor."""
        self._known[tensor] = found

    def __getitem__(self, tensor: int) -> Interval:
        """Return what is known of a computed or constant tensor."""
        if tensor not in self._known:
            values = self.constant(tensor)
            if values is None or not values.size:
                return Interval.unknown().of_channels(channels_of(self.file, tensor))
            rows = values.reshape(-1, channels_of(self.file, tensor)).astype(np.float64)
            self._known[tensor] = Interval(rows.min(axis=0), rows.max(axis=0))
        return self._known[tensor]

    def constant(self, tensor: int) -> NDArray[np.float32] | None:
        """Return the values of a constant tensor; ``None`` if it is none, or cannot be read."""
        try:
            return constant_values(self.file, tensor)
        except NotDifferentiableError:
            return None


def stored(file: TFLiteFile, tensor: int, found: Interval) -> Interval:
    """Bound what a tensor holds, for each of its channels.

    Args:
        file: The graph.
        tensor: Its index.
        found: What was computed for it.
    """
    kind, scales = file.dtype(tensor), file.quantisation(tensor)
    found = settled(found).of_channels(channels_of(file, tensor))
    if kind == 'FLOAT32':
        return found
    if kind == 'BOOL':
        return found.within(0, 1)
    if kind in ('INT32', 'INT64') and scales is None:
        return found.off_by(1)
    if kind not in INTEGERS or (scales is not None and scales[0].size > 1):
        return Interval.unknown().of_channels(channels_of(file, tensor))
    step, zero = (1.0, 0) if scales is None else (float(scales[0][0]), int(scales[1][0]))
    limits = np.iinfo(INTEGERS[kind])
    lowest, highest = ((end - zero) * step for end in (limits.min, limits.max))
    return averaged(found.off_by(step).within(lowest, highest), 1)


def settled(x: Interval) -> Interval:
    """Widen bounds to what float32 can hold: not too much, and not too little to differ from 0.

    Args:
        x: Of any shape.
    """
    beyond = ~((x.low <= _LARGEST) & (x.high >= -_LARGEST))
    low = np.where((x.low > 0) & (x.low < _SMALLEST), 0, x.low)
    high = np.where((x.high < 0) & (x.high > -_SMALLEST), 0, x.high)
    return Interval(
        np.where(beyond | (low < -_LARGEST), -np.inf, low),
        np.where(beyond | (high > _LARGEST), np.inf, high),
    )


def channels_of(file: TFLiteFile, tensor: int) -> int:
    """Return the length of a tensor's last axis; 1 for a number."""
    shape = file.shape(tensor)
    return shape[-1] if shape else 1
