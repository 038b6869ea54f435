# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How one layer is shown."""

from __future__ import annotations

from dataclasses import dataclass

from featuremap_ros.attribution.activation import channel_of
from featuremap_ros.errors import UnknownNameError, UnsupportedError
from featuremap_ros.vision.colormaps import COLORMAPS
from featuremap_ros.vision.painter import MODES
from featuremap_ros.vision.scaling import FixedScale, FrameScale, RunningScale, ScalePolicy, SCALES
from featuremap_ros.vision.tokens import topic_token


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One overlay: a layer and how it is shown.

    Attributes:
        layer: Name of a spatial layer.
        reduce: ``'mean'``, ``'max'``, ``'energy'`` or ``'channel:N'``.
        scale: ``'frame'``, ``'fixed'`` or ``'running'``.
        range: What ``'fixed'`` maps to 0 and 1, in the layer's units; without it, a pipeline must
            be calibrated.
        half_life: Of the ``'running'`` scale (s).
        threshold: Strength below which nothing is painted, 0..1.
        colormap: See ``featuremap_ros.vision.colormaps``.
        mode: ``'alpha'``, ``'add'`` or ``'seed'``, the article's look: it scales per frame and has
            its own threshold and colours.
        opacity: 0..1.
        outline: Draw where the layer samples the picture.
        label: Write the layer's name and receptive field.
        gauge: Draw the steering.
    """

    layer: str
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

    def __post_init__(self) -> None:
        """Refuse settings that cannot be drawn."""
        for kind, choice, choices in (
            ('scale', self.scale, SCALES),
            ('mode', self.mode, MODES),
            ('colormap', self.colormap, COLORMAPS),
        ):
            if choice not in choices:
                raise UnknownNameError(kind, choice, choices)
        channel_of(self.reduce)
        for name, share in (('threshold', self.threshold), ('opacity', self.opacity)):
            if not 0 <= share <= 1:
                msg = f'{name} of view {self.layer!r} must be from 0 to 1: got {share}.'
                raise UnsupportedError(msg)
        if self.range is not None and not self.range[0] < self.range[1]:
            msg = f'range of view {self.layer!r} must rise: got {self.range}.'
            raise UnsupportedError(msg)
        if not self.half_life > 0:
            msg = f'half_life of view {self.layer!r} must be above 0 s: got {self.half_life}.'
            raise UnsupportedError(msg)

    @property
    def token(self) -> str:
        """The view's name in topics and files."""
        return topic_token(self.layer)

    def scale_policy(self) -> ScalePolicy:
        """Return a new policy for one sequence of frames."""
        if self.mode == 'seed' or self.scale == 'frame':
            return FrameScale()
        if self.scale == 'running':
            return RunningScale(self.half_life)
        return FixedScale(*(self.range or (0.0, 1.0)))
