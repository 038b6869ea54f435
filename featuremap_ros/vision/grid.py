# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""All channels of a layer side by side, and one of them large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError, UnknownNameError, UnsupportedError
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.grid_scale import channel_energy, GridScale, strongest_first, Values
from featuremap_ros.vision.tiles import draw_corner_text, lay_out_shades

ORDERS = ('id', 'energy')
SCALES = ('shared', 'own')

_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridStyle:
    """How channels are laid out.

    Attributes:
        scale: ``'shared'``: all channels by the same minimum and maximum, so that weak ones look
            weak; ``'own'``: each by its own.
        order: ``'id'``, or ``'energy'``: the strongest (root mean square) first.
        colormap: See ``color_table``.
        ids: Write the channels' numbers.
        per_page: Channels on one page.
        max_size: (width, height) that no page exceeds (pixels).
    """

    scale: str = 'shared'
    order: str = 'id'
    colormap: str = 'inferno'
    ids: bool = True
    per_page: int = 64
    max_size: tuple[int, int] = (1920, 1080)

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        for kind, choice, choices in (
            ('grid scale', self.scale, SCALES),
            ('grid order', self.order, ORDERS),
        ):
            if choice not in choices:
                raise UnknownNameError(kind, choice, choices)
        color_table(self.colormap)
        if self.per_page < 1 or min(self.max_size) < 64:
            msg = (
                'A page of a grid needs at least 1 channel and 64 x 64 pixels: got '
                f'{self.per_page} channels, {self.max_size[0]} x {self.max_size[1]} pixels.'
            )
            raise UnsupportedError(msg)


def draw_grid(
    activation: NDArray[np.float32],
    style: GridStyle | None = None,
    *,
    page: int = 0,
    fixed: GridScale | None = None,
    marks: Mapping[int, str] | None = None,
) -> Image:
    """Draw one page of a layer's channels.

    Args:
        activation: float32 (h, w, C).
        style: How; the defaults if not given.
        page: From 0.
        fixed: What the ends of the colours stand for and in which order the channels come, for
            one grid of a sequence; those of this activation if not given.
        marks: A word on some channels, e.g. ``'dead'``; they get a frame.

    Returns:
        RGB, uint8 (H, W, 3).

    Raises:
        UnsupportedError: There is no such page.
        NotFiniteError: The activation holds NaN or infinity.
    """
    style, ends = style or GridStyle(), _ends(activation)
    order = list(fixed.order) if fixed else channel_order(activation, style.order)
    pages = page_count(len(order), style)
    if not 0 <= page < pages:
        msg = f'Page {page} asked for: {len(order)} channels fill the pages 0 to {pages - 1}.'
        raise UnsupportedError(msg)
    shown = order[page * style.per_page : (page + 1) * style.per_page]
    # A slice where it can be one: picking channels copies them.
    chosen = slice(shown[0], shown[-1] + 1) if style.order == 'id' else shown
    part = activation[..., chosen]
    if fixed is None:
        shades = _shades(part, style.scale, ends)
    elif style.scale == 'own':
        shades = _own_shades(part, fixed.low[chosen], fixed.high[chosen])
    else:
        low, high = float(fixed.low[0]), float(fixed.high[0])
        if ends[1] > high:  # OpenCV takes what is far too large for something negative.
            part = np.minimum(part, np.float32(high))
        shades = _shared_shades(part, low, high)
    words = marks or {}
    return lay_out_shades(
        _first_channel(shades),
        color_table(style.colormap),
        style.max_size,
        labels=[str(channel) for channel in shown] if style.ids else None,
        marks={shown.index(channel): words[channel] for channel in words if channel in shown},
    )


def _first_channel(shades: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the channels of (h, w, C) one after the other, (C, h, w)."""
    rows, columns, channels = shades.shape
    turned = cv2.transpose(np.ascontiguousarray(shades).reshape(-1, channels))
    return np.asarray(turned, np.uint8).reshape(channels, rows, columns)


def page_count(channels: int, style: GridStyle) -> int:
    """Return how many pages a layer's channels fill."""
    return math.ceil(channels / style.per_page)


def channel_order(activation: NDArray[np.float32], order: str) -> list[int]:
    """Return the channels in the order in which they are shown; ``'id'`` or ``'energy'``."""
    if order == 'id':
        return list(range(activation.shape[2]))
    return strongest_first(channel_energy(activation))


def channel_shades(
    activation: NDArray[np.float32],
    channel: int,
    size: tuple[int, int],
    *,
    limits: tuple[float, float] | None = None,
    label: str = '',
) -> NDArray[np.uint8]:
    """Draw one channel large, as entries of a colour table.

    Args:
        activation: float32 (h, w, C).
        channel: Which.
        size: (width, height) to which it is enlarged (pixels).
        limits: What becomes entry 0 and entry 255; the channel's own ends if not given.
        label: Written at the top left.

    Returns:
        uint8 (height, width); ``color_table(name)[shades]`` is a picture, and the table is the
        palette of a GIF.

    Raises:
        UnsupportedError: There is no such channel.
        NotFiniteError: The activation holds NaN or infinity.
    """
    if not 0 <= channel < activation.shape[2]:
        msg = f'Channel {channel} asked for, the layer has 0 to {activation.shape[2] - 1}.'
        raise UnsupportedError(msg)
    one = activation[..., channel, None]
    ends = _ends(one)
    shades = _shades(one, 'shared', limits or ends)[..., 0]
    large = np.asarray(cv2.resize(shades, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    if label:
        draw_corner_text(large, label, dark=0, light=255)
    return large


def through_the_channels(
    activation: NDArray[np.float32], size: tuple[int, int], style: GridStyle
) -> Iterator[NDArray[np.uint8]]:
    """Draw one channel after the other, for an animation.

    Args:
        activation: float32 (h, w, C).
        size: (width, height) of each picture (pixels).
        style: Its scale, order and ids count.

    Yields:
        Entries of a colour table, uint8 (height, width).

    Raises:
        NotFiniteError: The activation holds NaN or infinity.
    """
    limits = _ends(activation)
    for channel in channel_order(activation, style.order):
        yield channel_shades(
            activation,
            channel,
            size,
            limits=limits if style.scale == 'shared' else None,
            label=f'{channel}' if style.ids else '',
        )


def _ends(activation: NDArray[np.float32]) -> tuple[float, float]:
    """Return the smallest and the largest value, of which one shows what is not finite."""
    low, high = float(activation.min()), float(activation.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        msg = f'Feature maps of the shape {activation.shape} are not finite.'
        raise NotFiniteError(msg)
    return low, high


def _shades(
    activation: NDArray[np.float32], scale: str, ends: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return entries of a colour table, uint8 (h, w, C); a constant channel becomes 0."""
    if scale != 'own':
        return _shared_shades(activation, *ends)
    low = activation.min(axis=(0, 1)).astype(np.float64)
    high = activation.max(axis=(0, 1)).astype(np.float64)
    return _own_shades(activation, low, high)


def _own_shades(activation: NDArray[np.float32], low: Values, high: Values) -> NDArray[np.uint8]:
    """Return entries of a colour table, each channel by ends of its own, float64 (C,).

    Where they are the same, what lies above them gets the last entry and all else the first.
    """
    factor = 255 / np.maximum(high - low, _TINY)
    scaled = (activation - low) * factor
    return np.asarray(np.rint(scaled.clip(0, 255, out=scaled)), np.uint8)


def _shared_shades(activation: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Return entries of a colour table for one scale, in one pass of OpenCV."""
    factor = 255 / (high - low) if high > low else 0.0
    above = np.subtract(activation, np.float32(low)) if low else activation
    if above.min() < 0:  # OpenCV would take the absolute value.
        above = np.maximum(above, 0)
    rows = np.ascontiguousarray(above).reshape(-1, activation.shape[2])
    shades = np.asarray(cv2.convertScaleAbs(rows, alpha=factor), np.uint8)
    return shades.reshape(activation.shape)
