# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Ways to feed a network that are worth a try, and ways to read its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
import re

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.heads import Head
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.vision.preprocess import Crop

COLOURS = ('rgb', 'bgr', 'yuv')
SCALES = ('none', '/255', '/127.5-1', '/255-0.5', 'per-image')

# n_outputs0 and n_outputs1 are donkeycar's.
_STEERING = re.compile(r'steer|angle|n_outputs0$', re.IGNORECASE)
_THROTTLE = re.compile(r'throttle|speed|n_outputs1$', re.IGNORECASE)
_FEWEST_BINS = 3
_MOST_CLASSES = 5
# Nobody crops more than that away.
_LEAST = 0.2


def crops(
    camera: tuple[int, int], size: tuple[int, int], known: Sequence[Crop] = ()
) -> dict[str, Crop]:
    """Return crops to try, by what to call them.

    Args:
        camera: (width, height) of the camera's picture.
        size: (width, height) of the network's input.
        known: Of shipped profiles; those that leave nothing of the picture are passed over.
    """
    width, height = camera
    found = {'none': Crop()}
    for crop in known:
        if crop.top + crop.bottom < height and crop.left + crop.right < width:
            found.setdefault(name_of(crop), crop)
    # What makes the picture as wide for its height as the input is.
    rows = height - round(width * size[1] / size[0])
    if rows > 0:
        for top in (rows, rows // 2, 0):
            crop = Crop(top=top, bottom=rows - top)
            found.setdefault(name_of(crop), crop)
    for share in (0.2, 1 / 3, 0.5):
        crop = Crop(top=round(share * height))
        found.setdefault(name_of(crop), crop)
        crop = Crop(top=round(share * height), bottom=round(0.15 * height))
        found.setdefault(name_of(crop), crop)
    if camera == size:
        for share in (0.25, 0.375, 0.5):
            crop = Crop(top=round(share * height), mode='mask')
            found.setdefault(name_of(crop), crop)
    return found


def beside(crop: Crop, size: tuple[int, int], share: float) -> list[Crop]:
    """Return crops that differ from one by a step on one side.

    Args:
        crop: The one.
        size: (width, height) of what is cropped: of the camera's picture, or of the network's
            input for a mask.
        share: The step as a share of the height.
    """
    step = max(round(share * size[1]), 1)
    found = []
    for side in ('top', 'bottom', 'left', 'right'):
        for change in (-step, step):
            other = replace(crop, **{side: max(getattr(crop, side) + change, 0)})
            rest = (size[0] - other.left - other.right, size[1] - other.top - other.bottom)
            if other != crop and rest[0] > _LEAST * size[0] and rest[1] > _LEAST * size[1]:
                found.append(other)
    return found


def name_of(crop: Crop) -> str:
    """Say a crop in a few words."""
    sides = [
        f'{side} {getattr(crop, side)}'
        for side in ('top', 'bottom', 'left', 'right')
        if getattr(crop, side)
    ]
    words = ' '.join(sides) or 'none'
    return f'{words} masked' if sides and crop.mode == 'mask' else words


def heads_of(
    network: Network, outputs: Mapping[str, Sequence[NDArray[np.float32]]]
) -> dict[str, Head]:
    """Return every way to read a number from -1 to 1 out of a network's outputs.

    Args:
        network: Says which outputs there are.
        outputs: What they were on some frames, flat.

    Returns:
        By a name; sides are not known yet. Pictures and tables among the outputs are left out.

    Raises:
        NotFiniteError: An output is NaN or infinite on a frame.
    """
    found: dict[str, Head] = {}
    for tensor in network.outputs:
        if sum((n or 1) > 1 for n in tensor.shape) > 1:
            continue
        seen = np.stack(outputs[tensor.name])
        if not np.isfinite(seen).all():
            msg = f'Output {tensor.name!r} of the model is NaN or infinite on frames of this race.'
            raise NotFiniteError(msg)
        size = seen.shape[1]
        if size >= _FEWEST_BINS and (_is_softmax(seen) or size > _MOST_CLASSES):
            values = tuple(float(value) for value in np.linspace(-1, 1, size))
            kind = 'classes' if size <= _MOST_CLASSES else 'bins'
            found[tensor.name] = Head(tensor.name, kind, values=values)
        elif size == 1:
            found[tensor.name] = Head(tensor.name)
        else:
            for entry in range(size):
                found[f'{tensor.name}:{entry}'] = Head(tensor.name, component=entry)
    return found


def named_steering(heads: Mapping[str, Head]) -> list[str]:
    """Return the heads whose output is named like one of steering."""
    return [name for name, head in heads.items() if _STEERING.search(str(head.output))]


def named_throttle(network: Network) -> TensorSpec | None:
    """Return the output that is named like a throttle, if there is just one."""
    found = [tensor for tensor in network.outputs if _THROTTLE.search(tensor.name)]
    return found[0] if len(found) == 1 else None


def _is_softmax(seen: NDArray[np.float32]) -> bool:
    """Whether all rows are probabilities."""
    return bool((seen >= -1e-6).all() and np.allclose(seen.sum(axis=1), 1, atol=1e-3))
