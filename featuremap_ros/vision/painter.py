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
from featuremap_ros.vision.colormaps import color_table, Table
from featuremap_ros.vision.frame import Image

MODES = ('alpha', 'add', 'seed')


class Painter:
    """Paints heat with one colour table, threshold and blend."""

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
            self._paint = _table(colors * weight[:, None] / 255)
            self._keep = (255 - weight).astype(np.uint8)
        else:
            self._paint = _table(np.where(shown[:, None], opacity * colors, 0))
        # Entries 0..first-1 paint nothing, so an unsigned map is empty where it stays below.
        self._first = 0 if signed else int(np.argmax(shown)) if shown.any() else 256

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
        np.copyto(out, image)
        x0, y0, x1, y1 = rect.to_pixels()
        size = (x1 - x0, y1 - y0)
        up = np.asarray(
            cv2.resize(self.quantise(heat), size, interpolation=cv2.INTER_CUBIC), np.uint8
        )
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x1, image.shape[1]), min(y1, image.shape[0])
        if left >= right or top >= bottom:
            return out
        up = up[top - y0 : bottom - y0, left - x0 : right - x0]
        x, y, w, h = self._active(up)
        if w and h:
            self._blend(up[y : y + h, x : x + w], out[top + y : top + y + h, left + x :][:, :w])
        return out

    def quantise(self, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return heat as table entries, uint8 (h, w)."""
        if self.signed:
            return (np.rint(127 * heat) + 128).astype(np.uint8)
        return np.rint(255 * heat).astype(np.uint8)

    def _active(self, up: NDArray[np.uint8]) -> tuple[int, int, int, int]:
        """Return the smallest box (x, y, w, h) outside which nothing is painted."""
        if self._first == 0:
            return 0, 0, up.shape[1], up.shape[0]
        _, above = cv2.threshold(up, self._first - 1, 255, cv2.THRESH_BINARY)
        x, y, w, h = cv2.boundingRect(above)
        return x, y, w, h

    def _blend(self, up: NDArray[np.uint8], region: Image) -> None:
        """Paint into ``region``, a part of the output that holds the picture."""
        up = np.ascontiguousarray(up)
        paint = cv2.applyColorMap(up, self._paint)
        if self._alpha:
            # One channel looked up and repeated is cheaper than three looked up.
            keep = cv2.cvtColor(cv2.LUT(up, self._keep), cv2.COLOR_GRAY2RGB)
            cv2.multiply(region, keep, dst=region, scale=1 / 255)
        cv2.add(region, paint, dst=region)


def _table(values: NDArray[np.float64]) -> Table:
    """Round to a table in the shape that OpenCV takes, (256, 1, 3)."""
    return np.rint(values).astype(np.uint8)[:, None]
