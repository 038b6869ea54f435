# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Paint heat on a picture, exactly where it belongs.

The definition, for heat ``v`` (0..1, or -1..1 if signed) on the cells of a map:

1. quantise: ``u = round(255 v)``, or ``128 + round(127 v)`` if signed;
2. upsample ``u`` (cubic, OpenCV's) into the map's rectangle, rounded to whole camera pixels;
3. look up: the strength ``t`` of an entry is ``u / 255``, or ``|u - 128| / 127`` if signed; an
   entry with ``t`` below the threshold is transparent;
4. blend: ``'alpha'`` shows the colour with an opacity that rises from 0 at the threshold to
   ``opacity`` at full strength, so that no hard edge is seen that the network does not have;
   ``'add'`` adds ``opacity * colour`` and saturates. If signed, it adds the colour of the side's
   end, and as much of it as ``'alpha'`` would show: the colours near a neutral zero are bright.

Outside the rectangle the network was not sampled, and the picture stays as it is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.blend import blend_by
from featuremap_ros.vision.canvas import Canvas
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image

MODES = ('alpha', 'add', 'seed')


class Painter:
    """Paints heat with one colour table, threshold and blend; one thread at a time."""

    def __init__(
        self,
        *,
        colormap: str = 'inferno',
        mode: str = 'alpha',
        threshold: float = 0.0,
        opacity: float = 0.7,
        signed: bool = False,
    ) -> None:
        """Fold threshold, opacity and blend into look-up tables.

        Args:
            colormap: See ``color_table``.
            mode: ``'alpha'`` or ``'add'``.
            threshold: Strength below which nothing is painted, 0..1.
            opacity: 0..1.
            signed: Whether heat is -1..1 with a neutral zero.

        Raises:
            UnknownNameError: There is no such colour table.
        """
        self.signed = signed
        entries = np.arange(256)
        strength = np.abs(entries - 128) / 127 if signed else entries / 255
        shown = (strength >= threshold) & (strength > 0)
        ramp = np.minimum((strength - threshold) / max(1 - threshold, 1 / 255), 1)[:, None]
        colors = color_table(colormap).astype(np.float64)
        keep = np.full(256, 255.0)
        if mode == 'alpha':
            weight = np.rint(255 * opacity * ramp)
            color = colors * weight / 255
            keep -= weight[:, 0]
        elif signed:
            color = opacity * ramp * np.where(entries[:, None] < 128, colors[1], colors[255])
        else:
            color = opacity * colors
        table = np.full((256, 4), (0, 0, 0, 255), np.uint8)
        table[shown, :3] = np.rint(color[shown])
        table[shown, 3] = keep[shown]
        self._blend = blend_by(table)
        self._canvas: Canvas | None = None

    def paint(
        self, image: Image, heat: NDArray[np.float32], rect: Rect, out: Image | None = None
    ) -> Image:
        """Paint one map.

        Args:
            image: RGB, uint8 (H, W, 3); not written to.
            heat: float32 (h, w), 0..1, or -1..1 if signed.
            rect: What the map covers (camera pixels); parts outside the picture are cut off.
            out: Where to paint, of the picture's shape; made if not given.

        Returns:
            ``out``.
        """
        if out is None:
            out = np.empty_like(image)
        canvas = self._canvas
        if canvas is None or not canvas.fits(image, rect):
            canvas = self._canvas = Canvas(image.shape[:2], rect)
        for margin in canvas.margins:
            np.copyto(out[margin], image[margin])
        up = canvas.spread(self.quantise(heat))
        if up.size:
            self._blend(image[canvas.inside], up, out[canvas.inside])
        return out

    def quantise(self, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return heat as table entries, uint8 (h, w)."""
        if self.signed:
            return (np.rint(127 * heat) + 128).astype(np.uint8)
        return np.asarray(cv2.convertScaleAbs(heat, alpha=255), np.uint8)
