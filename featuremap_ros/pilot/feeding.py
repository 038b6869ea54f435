# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What an engine is fed: checked, or the same number everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ProfileError
from featuremap_ros.pilot.network import Network, TensorSpec

_LISTED = 8


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


def why_not_fed(tensor: TensorSpec) -> str | None:
    """Say why an input cannot be fed with one picture of the camera.

    Args:
        tensor: First input of a network.

    Returns:
        ``None`` for (height, width, 1 or 3), whose height and width may be free.
    """
    shape = tensor.shape
    if len(shape) == 3 and shape[2] in (1, 3):
        return None
    if len(shape) == 3 and shape[0] in (1, 3):
        why = (
            'Its channels come first, those of a picture last: put Permute((3, 1, 2)) in front of '
            'the model and save it again.'
        )
    elif len(shape) == 3:
        why = f'A camera has no picture of {shape[2]} channels (alpha, depth) to feed it.'
    elif len(shape) == 4:
        why = 'Models of several pictures (rnn, 3d) cannot be fed.'
    else:
        why = 'That is no picture.'
    return (
        f'the first input of the model, {tensor.name!r}, has the shape {shape}: a profile feeds '
        f'one picture (height, width, channels) with 1 or 3 channels. {why}'
    )


def constants_in_words(
    network: Network, extra_inputs: Mapping[str, Sequence[float]] | None
) -> list[str]:
    """Say what a network is fed beside the picture, a line for every such input.

    Args:
        network: Its first input is the picture.
        extra_inputs: The values of a profile that fits, by input; ``None`` without a profile.
    """
    lines = []
    for tensor in network.inputs[1:]:
        if extra_inputs is None:
            lines.append(
                f'input {tensor.name} {tensor.shape} is not fed from the race: a profile must '
                'name constant values for it, under "extra_inputs"'
            )
        else:
            values = [f'{value:g}' for value in extra_inputs[tensor.name]]
            if len(values) > _LISTED:
                values[_LISTED:] = [f'... ({len(values)} values)']
            if len(values) == 1 and tensor.entries > 1:
                values.append('everywhere')
            if len(tensor.shape) == 3:
                lines.append(
                    f'input {tensor.name} has the shape of a picture, {tensor.shape}: only one '
                    'camera can be fed, the first input; how the model steers by both is not known'
                )
            lines.append(
                f'input {tensor.name} is fed {", ".join(values)} with every frame, as the profile '
                'says: what it was fed on the car is not read from the race'
            )
    return lines


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
