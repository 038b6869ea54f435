# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Axis-aligned maps between pixel grids, in pixel-centre coordinates.

Pixel ``i`` of a grid has its centre at ``i`` and covers ``[i - 1/2, i + 1/2]``, so a resize by a
factor ``r`` maps ``u`` to ``(u + 1/2) * r - 1/2``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Affine:
    """``u -> scale * u + offset`` on each axis.

    Attributes:
        scale_x: Target pixels per source pixel, horizontally.
        scale_y: The same, vertically.
        offset_x: Where source column 0 lies in the target (pixels).
        offset_y: Where source row 0 lies in the target (pixels).
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """Map one point (column, row)."""
        return self.scale_x * x + self.offset_x, self.scale_y * y + self.offset_y

    def after(self, inner: Affine) -> Affine:
        """Compose: first ``inner``, then this map."""
        return Affine(
            self.scale_x * inner.scale_x,
            self.scale_y * inner.scale_y,
            self.scale_x * inner.offset_x + self.offset_x,
            self.scale_y * inner.offset_y + self.offset_y,
        )

    def rect(self, rect: Rect) -> Rect:
        """Map a rectangle."""
        left, top = self(rect.left, rect.top)
        right, bottom = self(rect.right, rect.bottom)
        return Rect(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle between its outer edges, in pixel-centre coordinates.

    A whole image of ``w`` columns spans ``[-1/2, w - 1/2]``.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width (pixels)."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height (pixels)."""
        return self.bottom - self.top

    def to_pixels(self) -> tuple[int, int, int, int]:
        """Round the edges to whole pixels.

        Returns:
            ``(x0, y0, x1, y1)``: first column and row inside, first column and row outside;
            never empty, and possibly reaching out of the image.
        """
        x0, y0 = round(self.left + 0.5), round(self.top + 0.5)
        x1, y1 = round(self.right + 0.5), round(self.bottom + 0.5)
        return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def resize_map(source: tuple[int, int], target: tuple[int, int]) -> Affine:
    """Return where a resize puts pixel centres.

    Args:
        source: (width, height) before.
        target: (width, height) after.
    """
    rx, ry = target[0] / source[0], target[1] / source[1]
    return Affine(rx, ry, (rx - 1) / 2, (ry - 1) / 2)
