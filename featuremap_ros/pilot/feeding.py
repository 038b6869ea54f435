# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What an engine is fed: checked, or the same number everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ProfileError
from featuremap_ros.pilot.network import Network, TensorSpec


def checked_inputs(
    network: Network, inputs: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Return a network's inputs as float32 arrays.

    Args:
        network: What the inputs must fit.
        inputs: By name, each (1, ...).

    Raises:
        ProfileError: An input is missing or unknown, or has another shape.
    """
    expected = {tensor.name: (1, *tensor.shape) for tensor in network.inputs}
    if set(inputs) != set(expected):
        msg = f'Expected the inputs {", ".join(expected)}; received {", ".join(inputs) or "none"}.'
        raise ProfileError(msg)
    arrays = {name: np.ascontiguousarray(inputs[name], np.float32) for name in expected}
    for name, array in arrays.items():
        if array.shape != expected[name]:
            msg = f'Input {name!r}: expected the shape {expected[name]}, received {array.shape}.'
            raise ProfileError(msg)
    return arrays


def constant_inputs(
    tensors: Iterable[TensorSpec], value: float = 0.0
) -> dict[str, NDArray[np.float32]]:
    """Return inputs of one number throughout, by name, each float32 (1, ...).

    Args:
        tensors: Inputs of a network; a free size becomes 1.
        value: The number.
    """
    return {
        tensor.name: np.full((1, *(n or 1 for n in tensor.shape)), value, np.float32)
        for tensor in tensors
    }
