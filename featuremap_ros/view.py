# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is shown on the frame, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from featuremap_ros.attribution.activation import channel_of
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.method import Method
from featuremap_ros.explaining.registry import methods
from featuremap_ros.vision.colormaps import COLORMAPS
from featuremap_ros.vision.painter import MODES
from featuremap_ros.vision.scaling import FixedScale, FrameScale, RunningScale, ScalePolicy, SCALES
from featuremap_ros.vision.tokens import topic_token

ACTIVATION = 'activation'


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One overlay: a method, what it is asked about, and how its map is shown.

    Attributes:
        layer: Name of a spatial layer; empty for the last convolution, or where the method takes
            no layer.
        method: What computes the map; see ``docs/methods.md``.
        target: What the map explains, ``'steering'``, ``'throttle'`` or ``'<output>:<entry>'``;
            without effect where the method looks at no output.
        reduce: Of an activation: ``'mean'``, ``'max'``, ``'energy'`` or ``'channel:N'``.
        scale: ``'frame'``, ``'fixed'`` or ``'running'``.
        range: What ``'fixed'`` maps to 0 and 1, in the map's units (a signed map to the weakest
            and the strongest colours of both sides: its zero stays); without it, a pipeline must
            be calibrated.
        half_life: Of the ``'running'`` scale (s).
        threshold: Strength below which nothing is painted, 0..1.
        colormap: See ``featuremap_ros.vision.colormaps``; signed maps have their own colours.
        mode: ``'alpha'``, ``'add'`` or ``'seed'``, the article's look of an activation: it scales
            per frame and has its own threshold and colours.
        opacity: 0..1.
        outline: Draw where the map samples the picture.
        label: Write what is shown, with a layer's receptive field.
        gauge: Draw the steering.
        options: Of the method, by name, e.g. ``{'patch': 32}``; the others keep their defaults.
    """

    layer: str = ''
    method: str = ACTIVATION
    target: str = 'steering'
    reduce: str = 'mean'
    scale: str = 'running'
    range: tuple[float, float] | None = None
    half_life: float = 2.0
    threshold: float = 0.25
    colormap: str = 'inferno'
    mode: str = 'alpha'
    opacity: float = 0.9
    outline: bool = True
    label: bool = False
    gauge: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse settings that cannot be drawn."""
        for kind, choice, choices in (
            ('method', self.method, methods()),
            ('scale', self.scale, SCALES),
            ('mode', self.mode, MODES),
            ('colormap', self.colormap, COLORMAPS),
        ):
            if choice not in choices:
                raise UnknownNameError(kind, choice, choices)
        channel_of(self.reduce)
        self._refuse_options()
        for name, share in (('threshold', self.threshold), ('opacity', self.opacity)):
            if not 0 <= share <= 1:
                msg = f'{name} of view {self.name!r} must be from 0 to 1: got {share}.'
                raise UnsupportedError(msg)
        if self.range is not None and not self.range[0] < self.range[1]:
            msg = f'range of view {self.name!r} must rise: got {self.range}.'
            raise UnsupportedError(msg)
        if not self.half_life > 0:
            msg = f'half_life of view {self.name!r} must be above 0 s: got {self.half_life}.'
            raise UnsupportedError(msg)
        if self.mode == 'seed' and self.method != ACTIVATION:
            msg = (
                f"mode 'seed' is the look of an activation: set mode of view {self.name!r} to "
                "'alpha' or 'add'."
            )
            raise UnsupportedError(msg)

    def _refuse_options(self) -> None:
        """Refuse options that the method does not take; an activation is set up by ``reduce``."""
        for name in self.options:
            if name not in self.option_defaults:
                raise UnknownNameError(f'option of {self.method}', name, self.option_defaults)
        self.about.checked(self.options)

    @property
    def option_defaults(self) -> Mapping[str, Any]:
        """The options that can be set, by name."""
        return {} if self.method == ACTIVATION else self.about.defaults

    @property
    def about(self) -> Method:
        """The method."""
        return methods()[self.method]

    @property
    def parts(self) -> tuple[str, ...]:
        """Method, layer and target, as far as they apply; of an activation the layer alone."""
        if self.method == ACTIVATION:
            return (self.layer,)
        layer = self.layer if self.about.layered else ''
        target = self.target if self.about.headed else ''
        return tuple(part for part in (self.method, layer, target) if part)

    @property
    def name(self) -> str:
        """What the view is called: a layer, or ``'hirescam/conv_5/steering'``."""
        return '/'.join(self.parts)

    @property
    def token(self) -> str:
        """The view's name in files and parameters: ``'hirescam.conv_5.steering'``."""
        return '.'.join(map(topic_token, self.parts))

    @property
    def topic(self) -> str:
        """Where its overlay is published: ``'overlay/conv_5'``, ``'hirescam/conv_5/steering'``."""
        path = '/'.join(map(topic_token, self.parts))
        return f'overlay/{path}' if self.method == ACTIVATION else path

    @property
    def map_topic(self) -> str:
        """Where its map is published, in its own units."""
        return '/'.join(('heatmap', *map(topic_token, self.parts)))

    def scale_policy(self) -> ScalePolicy:
        """Return a new policy for one sequence of frames."""
        if self.mode == 'seed' or self.scale == 'frame':
            return FrameScale()
        if self.scale == 'running':
            return RunningScale(self.half_life)
        return FixedScale(*(self.range or (0.0, 1.0)))

    def complete(self, explainer: Explainer) -> View:
        """Return the view with the layer that is taken when nobody chose.

        Args:
            explainer: Of the pilot.

        Raises:
            UnknownNameError: There is no such layer or target.
            UnsupportedError: The layer has no place in the picture, or not that channel, or an
                option does not fit the pilot's input.
        """
        self.about.refuse(explainer.pilot, {**self.option_defaults, **self.options})
        if self.about.headed:
            explainer.target(self.target)
        if not self.about.layered:
            return replace(self, layer='')
        layer = explainer.layer(self.layer or None)
        if self.method == ACTIVATION:
            channel = channel_of(self.reduce)
            if channel is not None:
                explainer.pilot.network.with_channel(layer, channel)
        explainer.taps(self.method, layer)
        return replace(self, layer=layer)


def named_view(name: str, explainer: Explainer, settings: Mapping[str, Any]) -> View:
    """Return the view that somebody asks for by name.

    Args:
        name: ``METHOD[/LAYER][/TARGET]``, e.g. ``'hirescam'``, ``'hirescam/steering'``,
            ``'visualbackprop/conv_3'`` or ``'occlusion/angle_out:7'``.
        explainer: Of the pilot.
        settings: How it is shown.

    Raises:
        UnknownNameError: There is no such method, layer or target.
        UnsupportedError: The name has a part for which the method has no use.
    """
    method, *rest = name.split('/')
    about = explainer.method(method)
    asked: dict[str, Any] = {}
    targets: tuple[str, ...] = ()
    if rest and about.headed:
        try:
            asked['target'] = explainer.target(rest[-1]).name
            rest = rest[:-1]
        except UnknownNameError as error:
            if not about.layered:
                raise
            targets = error.choices
    if rest and about.layered:
        # A layer's name may hold slashes.
        asked['layer'] = _layer('/'.join(rest), explainer, targets)
        rest = []
    if rest:
        takes = 'no layer' if about.headed else 'neither layer nor target'
        msg = f'View {name!r} names {"/".join(rest)!r}, and method {method!r} takes {takes}.'
        raise UnsupportedError(msg)
    return View(method=method, **asked, **settings).complete(explainer)


def _layer(name: str, explainer: Explainer, targets: tuple[str, ...]) -> str:
    """Look a layer up; what may have been meant are also the targets."""
    try:
        return explainer.layer(name)
    except UnknownNameError as error:
        if not targets:
            raise
        raise UnknownNameError('layer or target', name, (*error.choices, *targets)) from None
