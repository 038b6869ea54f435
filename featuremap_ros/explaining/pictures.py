# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is a picture of its own and no map on the frame: grids, kernels, what drives a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.maximize import maximize
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explain import Explainer
from featuremap_ros.explaining.offline import (
    as_picture,
    kernels,
    maximize_channel,
    maximize_target,
)
from featuremap_ros.explaining.options import checked_options, defaults_of
from featuremap_ros.vision.colormaps import color_table, Table
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.grid import (
    channel_shades,
    draw_grid,
    GridStyle,
    page_count,
    through_the_channels,
)
from featuremap_ros.vision.tiles import lay_out

_CHANNEL_SIZE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class Animation:
    """Pictures in sequence, as entries of a colour table.

    Attributes:
        pictures: uint8 (H, W) each.
        palette: RGB, uint8 (256, 3).
        rate: Pictures per second.
    """

    pictures: Iterator[NDArray[np.uint8]]
    palette: Table
    rate: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and what there is to say about it.

    Attributes:
        name: For its file.
        content: RGB, uint8 (H, W, 3), or an animation.
        details: As JSON can write them.
    """

    name: str
    content: Image | Animation
    details: Mapping[str, Any]


def draw_pictures(
    explainer: Explainer,
    frame: Frame,
    kind: str,
    *,
    layer: str | None = None,
    target: str = 'steering',
    **options: Any,
) -> Iterator[Picture]:
    """Draw one kind of picture.

    Args:
        explainer: Of the pilot.
        frame: The camera's picture; without effect on kernels and maximised inputs.
        kind: One of ``PICTURES``.
        layer: The last convolution if not given.
        target: What ``'maximize'`` drives unless it is given a channel.
        **options: Of the kind: those of ``GridStyle``; ``channel`` for one channel, or for
            ``'maximize'``; ``rate`` for ``'channels'``.

    Yields:
        The pictures.

    Raises:
        UnknownNameError: There is no such kind, layer or option.
        UnsupportedError: It cannot be drawn for this model.
    """
    if kind not in PICTURES:
        raise UnknownNameError('picture', kind, PICTURES)
    draw, defaults = PICTURES[kind]
    chosen = checked_options(kind, options, defaults)
    yield from draw(explainer, frame, explainer.layer(layer), target, chosen)


def _grid(
    explainer: Explainer, frame: Frame, layer: str, _: str, options: dict[str, Any]
) -> Iterator[Picture]:
    activation, style = _maps(explainer, frame, layer), GridStyle(**options)
    for page in range(page_count(activation.shape[2], style)):
        image = draw_grid(activation, style, page=page)
        yield Picture(f'grid/{layer}/page_{page}', image, {'layer': layer, 'page': page})


def _channel(
    explainer: Explainer, frame: Frame, layer: str, _: str, options: dict[str, Any]
) -> Iterator[Picture]:
    activation = _maps(explainer, frame, layer)
    energy = np.square(activation, dtype=np.float64).sum(axis=(0, 1))
    channel = options.get('channel', int(energy.argmax()))
    table = color_table(options.get('colormap', 'inferno'))
    shades = channel_shades(activation, channel, _enlarged(activation), label=f'{channel}')
    details = {
        'layer': layer,
        'channel': channel,
        'minimum': float(activation[..., channel].min()),
        'maximum': float(activation[..., channel].max()),
    }
    yield Picture(f'channel/{layer}/channel_{channel}', table[shades], details)


def _channels(
    explainer: Explainer, frame: Frame, layer: str, _: str, options: dict[str, Any]
) -> Iterator[Picture]:
    rate = float(options.pop('rate', 2.0))
    if not 0 < rate <= 50:
        msg = f'Option "rate" of channels must be above 0 and at most 50: got {rate}.'
        raise UnsupportedError(msg)
    activation, style = _maps(explainer, frame, layer), GridStyle(**options)
    pictures = through_the_channels(activation, _enlarged(activation), style)
    animation = Animation(pictures, color_table(style.colormap), rate)
    yield Picture(f'channels/{layer}', animation, {'layer': layer, 'rate': rate})


def _kernels(
    explainer: Explainer, _: Frame, __: str, ___: str, options: dict[str, Any]
) -> Iterator[Picture]:
    drawn = kernels(explainer)
    page = lay_out(
        list(drawn),
        options.get('max_size', _CHANNEL_SIZE),
        labels=[str(number) for number in range(len(drawn))],
    )
    yield Picture('kernels', page, {'filters': len(drawn)})


def _maximize(
    explainer: Explainer, _: Frame, layer: str, target: str, options: dict[str, Any]
) -> Iterator[Picture]:
    if 'channel' in options:
        channel = options.pop('channel')
        found = maximize_channel(explainer, layer, channel, **options)
        name, about = f'maximize/{layer}/channel_{channel}', {'layer': layer, 'channel': channel}
    elif 'centre' in options:
        msg = 'Option "centre" of maximize belongs to a channel: give "channel" as well.'
        raise UnsupportedError(msg)
    else:
        found = maximize_target(explainer, target, **options)
        name, about = f'maximize/{target}', {'target': target}
    scores = {'score': found.score, 'noise_score': found.noise_score}
    image = as_picture(found.x, explainer.pilot.profile.input)
    yield Picture(name, image, {**about, **scores})


def _maps(explainer: Explainer, frame: Frame, layer: str) -> NDArray[np.float32]:
    return explainer.pilot.forward(frame, (layer,)).activations[layer]


def _enlarged(activation: NDArray[np.float32]) -> tuple[int, int]:
    """Return the size at which one channel fills a screen."""
    height, width = activation.shape[:2]
    zoom = min(_CHANNEL_SIZE[0] / width, _CHANNEL_SIZE[1] / height)
    return max(round(width * zoom), 1), max(round(height * zoom), 1)


_STYLE = defaults_of(GridStyle)
_CLIMB = {k: v for k, v in defaults_of(maximize).items() if k not in ('low', 'high')}
_Draw = Callable[[Explainer, Frame, str, str, dict[str, Any]], Iterator[Picture]]

PICTURES: Mapping[str, tuple[_Draw, Mapping[str, Any]]] = {
    'grid': (_grid, _STYLE),
    'channel': (_channel, {'channel': 0, 'colormap': _STYLE['colormap']}),
    'channels': (_channels, {**_STYLE, 'rate': 2.0}),
    'kernels': (_kernels, {'max_size': _STYLE['max_size']}),
    'maximize': (_maximize, {'channel': 0, **_CLIMB, 'centre': False}),
}
"""By name: what draws it, and its options with the kind of their values."""
