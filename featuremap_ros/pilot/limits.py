# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model file may make this process allocate: few bytes can declare terabytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import math
from typing import Any

from featuremap_ros.errors import ModelFileError
from featuremap_ros.pilot import backends

MAX_STORED_BYTES = 1 << 31
"""Largest weights, archive member or architecture that is read."""

_MAX_TENSOR_VALUES = 1 << 28
_MAX_CALLS = 10_000


class Budget:
    """Counts down what building one model may use.

    Raises ModelFileError as soon as something is used up.
    """

    def __init__(self, weight_values: int) -> None:
        """Start with what the file holds.

        Args:
            weight_values: Numbers that the file stores as weights; variables of the model that
                the file does not store (counters, seeds) get a small allowance.
        """
        self._weight_values = weight_values + 4096
        self._calls = _MAX_CALLS

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any:
        """Return zeros: a Keras initializer that accounts for a variable before it is made."""
        self._weight_values -= math.prod(shape)
        if self._weight_values < 0:
            msg = f'declares weights of the shape {tuple(shape)}: more than the file stores.'
            raise ModelFileError(msg)
        return backends.keras().ops.zeros(shape, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return nothing: wrappers such as Bidirectional copy layers through their options."""
        return {}

    def from_config(self, _: Mapping[str, Any]) -> Budget:
        """Return the same budget, for the copy of a layer."""
        return self

    def take_calls(self, count: int) -> None:
        """Account for `count` uses of layers."""
        self._calls -= count
        if self._calls < 0:
            msg = f'uses layers more than {_MAX_CALLS} times.'
            raise ModelFileError(msg)

    @staticmethod
    def check_tensor(shape: Sequence[int | None]) -> None:
        """Refuse a tensor that no camera picture leads to; free sizes count as 1."""
        if math.prod(1 if side is None else side for side in shape) > _MAX_TENSOR_VALUES:
            msg = f'declares values of the shape {tuple(shape)}: more than fits into memory.'
            raise ModelFileError(msg)
