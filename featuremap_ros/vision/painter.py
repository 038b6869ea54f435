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
   ``'add'`` adds ``opacity * colour`` and saturates.

Outside the rectangle the network was not sampled, and the picture stays as it is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.canvas import Band, Canvas
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
        self._alpha = mode == 'alpha'
        entries = np.arange(256)
        strength = np.abs(entries - 128) / 127 if signed else entries / 255
        shown = (strength >= threshold) & (strength > 0)
        colors = color_table(colormap).astype(np.float64)
        if self._alpha:
            ramp = (strength - threshold) / max(1 - threshold, 1 / 255)
            weight = np.where(shown, np.rint(255 * opacity * np.minimum(ramp, 1)), 0)
            self._table = _packed(colors * weight[:, None] / 255, 255 - weight)
        else:
            self._table = _packed(np.where(shown[:, None], opacity * colors, 0), 0 * strength)
        # Entries 0..first-1 paint nothing, so an unsigned map is empty where it stays below.
        self._first = 0 if signed else int(np.argmax(shown)) if shown.any() else 256
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
        canvas.spread(self.quantise(heat))
        for rows in canvas.untouched:
            np.copyto(out[rows], image[rows])
        for band in canvas.bands:
            # What is not painted is copied with the rest: a copy brings the picture into the
            # cache twice as fast as the multiplication that follows would.
            region = out[band.rows]
            np.copyto(region, image[band.rows])
            self._blend(band, region[:, canvas.columns])
        return out

    def quantise(self, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return heat as table entries, uint8 (h, w)."""
        if self.signed:
            return (np.rint(127 * heat) + 128).astype(np.uint8)
        return np.asarray(cv2.convertScaleAbs(heat, alpha=255), np.uint8)

    def _blend(self, band: Band, region: Image) -> None:
        """Paint into ``region``, a part of the output that holds the picture."""
        if self._first:
            cv2.threshold(band.up, self._first - 1, 255, cv2.THRESH_BINARY, dst=band.single)
            x, y, w, h = cv2.boundingRect(band.single)
            if not w:
                return
            if w < region.shape[1] or h < region.shape[0]:
                box = np.s_[y : y + h, x : x + w]
                band, region = band.part(box), region[box]
        # One look-up of four bytes is cheaper than one of three and one of one.
        cv2.LUT(band.up, self._table, dst=band.packed)
        if self._alpha:
            cv2.extractChannel(band.painted, 3, dst=band.single)
            cv2.cvtColor(band.single, cv2.COLOR_GRAY2RGB, dst=band.triple)
            cv2.multiply(region, band.triple, dst=region, scale=1 / 255)
        cv2.cvtColor(band.painted, cv2.COLOR_RGBA2RGB, dst=band.triple)
        cv2.add(region, band.triple, dst=region)


def _packed(colors: NDArray[np.float64], last: NDArray[np.float64]) -> NDArray[np.int32]:
    """Round to a table whose entries hold a colour and a fourth byte, (256,)."""
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = np.rint(colors)
    table[:, 3] = last
    return table.view(np.int32)[:, 0]
