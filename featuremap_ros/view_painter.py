# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Paints one view, frame after frame."""

from __future__ import annotations

import math

from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.painting import SIGNED_COLORMAP
from featuremap_ros.pilot.heads import Steering
from featuremap_ros.view import ACTIVATION, View
from featuremap_ros.vision.annotate import draw_gauge, draw_label, draw_outline
from featuremap_ros.vision.frame import Frame, Image
from featuremap_ros.vision.legend import draw_legend
from featuremap_ros.vision.painter import Painter
from featuremap_ros.vision.raw_map import RawMap
from featuremap_ros.vision.registration import Sampling
from featuremap_ros.vision.scaling import ScalePolicy
from featuremap_ros.vision.seed import SeedPainter


class ViewPainter:
    """Scales and colours the maps of a view, and draws over them what the view asks for.

    Attributes:
        view: What is shown.
        scale: From a map in its own units to what is painted; may be replaced between frames.
    """

    def __init__(self, view: View, explainer: Explainer) -> None:
        """Begin a sequence of frames.

        Args:
            view: With its layer.
            explainer: Of the pilot.
        """
        self.view = view
        self.scale: ScalePolicy = view.scale_policy()
        self._pilot = explainer.pilot
        self._layer = self._pilot.network.sampling_of(view.layer) if view.layer else None
        self._sides = explainer.target(view.target).sides if view.about.headed else ('low', 'high')
        self._seed = SeedPainter()
        self._painter: Painter | None = None

    def paint(
        self, frame: Frame, raw: RawMap, steering: Steering, out: Image | None, *, remark: str = ''
    ) -> Image:
        """Paint one map.

        Args:
            frame: The camera's frame.
            raw: What the view shows of it.
            steering: What the network decided.
            out: Where to paint, uint8 of the picture's shape; made if not given.
            remark: What else is written on it.

        Returns:
            The overlay, RGB.

        Raises:
            NotFiniteError: The map holds NaN or infinity.
        """
        view, image = self.view, frame.image
        heat = self.scale(raw, frame.stamp_ns)
        if view.mode == 'seed':
            out = self._seed.paint(image, heat, self._pilot.preprocess.seen(image), out)
        else:
            rect = raw.registration.rect(*heat.shape)
            out = self._painter_of(raw).paint(image, heat, rect, out)
            if view.outline:
                draw_outline(out, rect)
            if raw.signed:
                draw_legend(out, SIGNED_COLORMAP, *self._sides)
        if view.label:
            draw_label(out, label_of(view, raw, self._layer), beside_dial=view.gauge)
        if remark:
            draw_label(out, remark, line=int(view.label))
        if view.gauge:
            self._draw_gauge(out, steering)
        return out

    def _painter_of(self, raw: RawMap) -> Painter:
        """Return what paints maps like this one, made once."""
        if self._painter is None or self._painter.signed != raw.signed:
            self._painter = Painter(
                colormap=SIGNED_COLORMAP if raw.signed else self.view.colormap,
                mode=self.view.mode,
                threshold=self.view.threshold,
                opacity=self.view.opacity,
                signed=raw.signed,
            )
        return self._painter

    def _draw_gauge(self, image: Image, steering: Steering) -> None:
        """Draw the steering, in degrees where the car's limit is known."""
        left = self._pilot.profile.leftward(steering)
        angle = steering.angle
        size = f'{abs(left):.2f}' if angle is None else f'{math.degrees(abs(angle)):.0f}'
        side = 'left' if left > 0 else 'right'
        text = f'{size} {side}' if angle is None else f'{size} deg {side}'
        draw_gauge(image, left, text if float(size) else 'straight')


def label_of(view: View, raw: RawMap, layer: Sampling | None) -> str:
    """Say what a view shows: name, reduction, cells and receptive field.

    Args:
        view: With its layer.
        raw: Its map.
        layer: How the view's layer samples the picture, if it has one. What other cells see, as
            VisualBackProp's, which are pixels, is not said: it would not be the layer's.
    """
    height, width = raw.values.shape
    name = f'{view.layer} {view.reduce}' if view.method == ACTIVATION else ' '.join(view.parts)
    if not view.layer:
        return name
    if raw.registration.sampling != layer:
        return f'{name}  {width}x{height}'
    across, down = raw.registration.field
    return f'{name}  {width}x{height}, sees {across:.0f}x{down:.0f} px'
