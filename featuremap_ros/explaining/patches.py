# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What turned every filter on: the parts of a race that it saw when it fired most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from featuremap_ros.attribution.top_moments import top_moments
from featuremap_ros.errors import BadFrameError, NotFiniteError, SourceError, UnsupportedError
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.frame import Frame, Image

_OUTSIDE = 60


@dataclass(frozen=True, slots=True)
class Patch:
    """What one cell saw when its filter fired.

    Attributes:
        channel: The filter.
        stamp_ns: Of the frame (ns).
        activation: Of the cell.
        rect: Its receptive field (camera pixels), which may reach out of the picture.
        image: RGB, uint8 (H, W, 3), all patches of one size; grey outside the picture.
    """

    channel: int
    stamp_ns: int
    activation: float
    rect: Rect
    image: Image


def top_patches(
    pilot: Pilot,
    race: Iterable[Frame],
    layer: str,
    *,
    count: int = 9,
    apart: float = 1.0,
    height: int = 96,
) -> list[list[Patch]]:
    """Find for every channel what turned it on.

    Args:
        pilot: The network.
        race: Frames; gone through twice. Those that cannot be used are passed over.
        layer: Name of a spatial layer.
        count: Patches of a channel.
        apart: Least time between two of them (s).
        height: Of the patches' pictures (pixels).

    Returns:
        For every channel its patches, strongest first.

    Raises:
        UnknownNameError: There is no such layer.
        UnsupportedError: The layer has no place in the picture, or a setting is too small.
        SourceError: No frame can be used.
    """
    if count < 1 or apart < 0 or height < 8:
        msg = (
            'Patches need a count of 1 or more, no negative time apart and a height of 8 or more: '
            f'got {count}, {apart}, {height}.'
        )
        raise UnsupportedError(msg)
    channels = pilot.network.registered(layer).shape[2]
    maxima, stamps = [], []
    for frame, forward in _passes(pilot, race, layer):
        maxima.append(forward.activations[layer].max(axis=(0, 1)))
        stamps.append(frame.stamp_ns)
    if not maxima:
        msg = 'Not a single frame of the race could be used.'
        raise SourceError(msg)
    chosen = top_moments(np.stack(maxima), stamps, count=count, apart_ns=round(apart * 1e9))
    wanted: dict[int, list[int]] = {}
    for channel, positions in enumerate(chosen):
        for position in positions:
            wanted.setdefault(position, []).append(channel)
    found: list[list[Patch]] = [[] for _ in range(channels)]
    for position, (frame, forward) in enumerate(_passes(pilot, race, layer)):
        for channel in wanted.get(position, ()):
            found[channel].append(_patch(pilot, frame, forward, layer, channel, height))
    for patches in found:
        patches.sort(key=lambda patch: -patch.activation)
    return found


def _passes(
    pilot: Pilot, race: Iterable[Frame], layer: str
) -> Iterator[tuple[Frame, ForwardPass]]:
    """Drive the frames that can be used."""
    for frame in race:
        try:
            forward = pilot.forward(frame, (layer,))
        except (BadFrameError, NotFiniteError):
            continue
        if np.isfinite(forward.activations[layer]).all():
            yield frame, forward


def _patch(
    pilot: Pilot, frame: Frame, forward: ForwardPass, layer: str, channel: int, height: int
) -> Patch:
    """Cut out what the strongest cell of a channel sees."""
    values = forward.activations[layer][..., channel]
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    place = pilot.registration(layer, forward.model_input)
    x, y = place.to_cell_centres(float(column), float(row))
    across, down = place.field
    rect = Rect(x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    size = (max(round(height * across / down), 1), height)
    image = np.asarray(
        cv2.resize(_cut(frame.image, rect), size, interpolation=cv2.INTER_AREA), np.uint8
    )
    return Patch(channel, frame.stamp_ns, float(values[row, column]), rect, image)


def _cut(image: Image, rect: Rect) -> Image:
    """Cut a rectangle out, grey where it reaches out of the picture."""
    x0, y0, x1, y1 = rect.to_pixels()
    cut = np.full((y1 - y0, x1 - x0, 3), _OUTSIDE, np.uint8)
    left, top = max(x0, 0), max(y0, 0)
    right, bottom = min(x1, image.shape[1]), min(y1, image.shape[0])
    if left < right and top < bottom:
        cut[top - y0 : bottom - y0, left - x0 : right - x0] = image[top:bottom, left:right]
    return cut
