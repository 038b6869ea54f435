# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of their own, not maps on the frame: grids, kernels, what drives a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.maximize import maximize
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.offline import (
    as_picture,
    kernels,
    maximize_channel,
    maximize_target,
)
from featuremap_ros.explaining.options import checked_options, defaults_of
from featuremap_ros.explaining.patches import top_patches
from featuremap_ros.pilot.pilot import ForwardPass
from featuremap_ros.vision.caption import caption
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

_SCREEN = (1920, 1080)
_STRIPS = 32
_EDGES = ('left', 'top', 'right', 'bottom')


ANIMATIONS = ('gif', 'mp4')


@dataclass(frozen=True, slots=True)
class Animation:
    """Pictures in sequence, as entries of a colour table.

    Attributes:
        pictures: uint8 (H, W) each.
        palette: RGB, uint8 (256, 3).
        rate: Pictures per second.
        format: One of ``ANIMATIONS``.
    """

    pictures: Iterator[NDArray[np.uint8]]
    palette: Table
    rate: float
    format: str


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
    forward: ForwardPass | None = None,
    race: Iterable[Frame] | None = None,
    **options: Any,
) -> Iterator[Picture]:
    """Draw one kind of picture.

    Args:
        explainer: Of the pilot.
        frame: The camera's picture; without effect on kernels and maximised inputs.
        kind: One of ``PICTURES``.
        layer: The last convolution if not given.
        target: What ``'maximize'`` drives unless it is given a channel.
        forward: The frame's way through the network, if it was computed before.
        race: All frames, for ``'patches'``; gone through twice.
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
    yield from draw(
        _Asked(explainer, frame, explainer.layer(layer), target, forward, race), chosen
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a picture is drawn from."""

    explainer: Explainer
    frame: Frame
    layer: str
    target: str
    forward: ForwardPass | None
    race: Iterable[Frame] | None

    def maps(self) -> NDArray[np.float32]:
        """Return the layer's feature maps, computed if they were not before."""
        if self.forward is not None and self.layer in self.forward.activations:
            return self.forward.activations[self.layer]
        return self.explainer.pilot.forward(self.frame, (self.layer,)).activations[self.layer]


def _grid(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    activation, style = asked.maps(), GridStyle(**options)
    silent = [int(channel) for channel in np.flatnonzero(~activation.any(axis=(0, 1)))]
    for page in range(page_count(activation.shape[2], style)):
        image = draw_grid(activation, style, page=page, marks=dict.fromkeys(silent, 'silent'))
        name = f'grid/{asked.layer}/page_{page}'
        yield Picture(name, image, {'layer': asked.layer, 'page': page, 'silent': silent})


def _channel(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    activation = asked.maps()
    energy = np.square(activation, dtype=np.float64).sum(axis=(0, 1))
    channel = options.get('channel', int(energy.argmax()))
    table = color_table(options.get('colormap', 'inferno'))
    shades = channel_shades(activation, channel, _enlarged(activation), label=f'{channel}')
    details = {
        'layer': asked.layer,
        'channel': channel,
        'minimum': float(activation[..., channel].min()),
        'maximum': float(activation[..., channel].max()),
    }
    yield Picture(f'channel/{asked.layer}/channel_{channel}', table[shades], details)


def _channels(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    rate = float(options.pop('rate', 2.0))
    if not 0 < rate <= 50:
        msg = f'Option "rate" of channels must be above 0 and at most 50: got {rate}.'
        raise UnsupportedError(msg)
    how = options.pop('format', ANIMATIONS[0])
    if how not in ANIMATIONS:
        raise UnknownNameError('format', how, ANIMATIONS)
    activation, style = asked.maps(), GridStyle(**options)
    pictures = through_the_channels(activation, _enlarged(activation), style)
    animation = Animation(pictures, color_table(style.colormap), rate, how)
    yield Picture(f'channels/{asked.layer}', animation, {'layer': asked.layer, 'rate': rate})


def _kernels(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    drawn = kernels(asked.explainer)
    labels = [str(number) for number in range(len(drawn))]
    page = lay_out(list(drawn), options.get('max_size', _SCREEN), labels=labels)
    yield Picture('kernels', page, {'filters': len(drawn)})


def _maximize(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    explainer = asked.explainer
    about: dict[str, Any]
    if 'channel' in options:
        channel = options.pop('channel')
        found = maximize_channel(explainer, asked.layer, channel, **options)
        name = f'maximize/{asked.layer}/channel_{channel}'
        about = {'layer': asked.layer, 'channel': channel}
    elif 'centre' in options:
        msg = 'Option "centre" of maximize belongs to a channel: give "channel" as well.'
        raise UnsupportedError(msg)
    else:
        found = maximize_target(explainer, asked.target, **options)
        name, about = f'maximize/{asked.target}', {'target': asked.target}
    scores = {'score': found.score, 'noise_score': found.noise_score}
    image = lay_out([as_picture(found.x, explainer.pilot.profile.input)], _SCREEN)
    said = f'{name.replace("/", "  ")}: {found.score:.3g}; noise {found.noise_score:.3g}'
    page = np.concatenate([caption(said, image.shape[1], image.shape[0]), image])
    yield Picture(name, page, {**about, **scores})


def _patches(asked: _Asked, options: dict[str, Any]) -> Iterator[Picture]:
    if asked.race is None:
        msg = 'Patches are found over a whole race, not on one frame.'
        raise UnsupportedError(msg)
    count = options.get('count', 9)
    found = top_patches(asked.explainer.pilot, asked.race, asked.layer, **options)
    shapes = [patch.image.shape for patches in found for patch in patches]
    if not shapes:
        msg = f'No channel of layer {asked.layer!r} was above zero in the whole race.'
        raise UnsupportedError(msg)
    strips = [_strip([patch.image for patch in patches], count, shapes[0]) for patches in found]
    for first in range(0, len(strips), _STRIPS):
        page = range(first, min(first + _STRIPS, len(strips)))
        image = lay_out(
            [strips[channel] for channel in page],
            (_SCREEN[0], 4 * _SCREEN[1]),
            labels=[str(channel) for channel in page],
        )
        data = {
            str(channel): [
                {
                    'stamp_ns': patch.stamp_ns,
                    'activation': patch.activation,
                    'rect': [getattr(patch.rect, edge) for edge in _EDGES],
                }
                for patch in found[channel]
            ]
            for channel in page
        }
        name = f'patches/{asked.layer}/page_{first // _STRIPS}'
        yield Picture(name, image, {'layer': asked.layer, 'patches': data})


def _strip(images: list[Image], count: int, shape: tuple[int, ...]) -> Image:
    """Put the patches of one channel side by side, with grey where there are fewer."""
    empty = np.full(shape, 60, np.uint8)
    return np.concatenate([*images, *[empty] * (count - len(images))], axis=1)


def _enlarged(activation: NDArray[np.float32]) -> tuple[int, int]:
    """Return the size at which one channel fills a screen."""
    height, width = activation.shape[:2]
    zoom = min(_SCREEN[0] / width, _SCREEN[1] / height)
    return max(round(width * zoom), 1), max(round(height * zoom), 1)


_STYLE = defaults_of(GridStyle)
_CLIMB = {k: v for k, v in defaults_of(maximize).items() if k not in ('low', 'high')}
_Draw = Callable[[_Asked, dict[str, Any]], Iterator[Picture]]

PICTURES: Mapping[str, tuple[_Draw, Mapping[str, Any]]] = {
    'grid': (_grid, _STYLE),
    'channel': (_channel, {'channel': 0, 'colormap': _STYLE['colormap']}),
    'channels': (_channels, {**_STYLE, 'rate': 2.0, 'format': ANIMATIONS[0]}),
    'kernels': (_kernels, {'max_size': _STYLE['max_size']}),
    'maximize': (_maximize, {'channel': 0, **_CLIMB, 'centre': False}),
    'patches': (_patches, defaults_of(top_patches)),
}
"""By name: what draws it, and its options with the kind of their values."""
