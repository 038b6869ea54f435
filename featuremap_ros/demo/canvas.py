# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Paint on a floor, in metres."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.floor import Colour
from featuremap_ros.demo.noise import Field, fractal_noise
from featuremap_ros.demo.track import Points
from featuremap_ros.vision.frame import Image

_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class FloorMap:
    """How the floor's picture lies on the floor: seen from above, y upwards.

    Attributes:
        left: The x coordinate of the picture's left edge (m).
        top: The y coordinate of its upper edge (m).
        resolution: Metres per pixel.
    """

    left: float
    top: float
    resolution: float

    def matrix(self) -> NDArray[np.float64]:
        """Give the 3x3 matrix from metres to pixels; pixel centres have whole coordinates."""
        scale = 1.0 / self.resolution
        return np.array(
            [
                [scale, 0.0, -self.left * scale - 0.5],
                [0.0, -scale, self.top * scale - 0.5],
                [0.0, 0.0, 1.0],
            ]
        )

    def to_pixels(self, points: Points) -> Points:
        """Map points from metres to pixels.

        Args:
            points: (N, 2), metres.
        """
        matrix = self.matrix()
        return points @ matrix[:2, :2].T + matrix[:2, 2]


class Canvas:
    """A floor that is being painted.

    The paint is worn: a random field says how well it covers.
    """

    def __init__(self, *, picture: Image, floor_map: FloorMap, rng: np.random.Generator) -> None:
        """Take a bare floor.

        Args:
            picture: RGB, uint8 (H, W, 3); copied.
            floor_map: Where it lies.
            rng: Source of the wear.
        """
        self.picture: Image = picture.copy()
        self.floor_map = floor_map
        height, width = picture.shape[:2]
        cell = 0.25 / floor_map.resolution
        self._wear: Field = fractal_noise(rng, (height, width), (cell, cell), octaves=6)

    def line(
        self,
        points: Points,
        *,
        width: float,
        colour: Colour,
        closed: bool = False,
        wear: float = 0.2,
    ) -> None:
        """Stick tape along a line.

        Args:
            points: (N, 2), metres.
            width: Of the tape (m).
            colour: Of the tape.
            closed: Join the last point to the first.
            wear: 0 for new tape, 1 for hardly any left.
        """
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        if closed:
            thickness = max(1, round(width / self.floor_map.resolution))
            corners = [self._fixed_point(points)]
            cv2.polylines(
                mask, corners, True, (255,), thickness, cv2.LINE_AA, shift=_SUBPIXEL_BITS
            )
        else:
            # Tape is cut straight, where OpenCV draws round ends.
            slope = np.gradient(points, axis=0)
            normals = np.stack([-slope[:, 1], slope[:, 0]], axis=1)
            normals *= width / 2.0 / np.hypot(*slope.T)[:, None]
            edges = np.vstack([points + normals, (points - normals)[::-1]])
            cv2.fillPoly(
                mask, [self._fixed_point(edges)], (255,), cv2.LINE_AA, shift=_SUBPIXEL_BITS
            )
        self._cover(mask, colour, wear)

    def patch(self, corners: Points, *, colour: Colour, wear: float = 0.1) -> None:
        """Lay down a flat sheet.

        Args:
            corners: Of a convex polygon, (N, 2), metres.
            colour: Of the sheet.
            wear: 0 for a new one, 1 for hardly any left.
        """
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        fixed = self._fixed_point(corners)
        cv2.fillConvexPoly(mask, fixed, (255,), cv2.LINE_AA, shift=_SUBPIXEL_BITS)
        self._cover(mask, colour, wear)

    def _fixed_point(self, points: Points) -> NDArray[np.int32]:
        """Give points in pixels, as integers with a fraction for OpenCV."""
        pixels = self.floor_map.to_pixels(np.asarray(points, np.float64))
        fixed: NDArray[np.int32] = np.round(pixels * 2**_SUBPIXEL_BITS).astype(np.int32)
        return fixed

    def _cover(self, mask: NDArray[np.uint8], colour: Colour, wear: float) -> None:
        """Blend a colour in where the mask is set and the paint is not worn off."""
        where = np.flatnonzero(mask)
        opacity = np.clip(1.15 - wear * 0.5 + wear * 2.2 * self._wear.ravel()[where], 0.1, 0.97)
        share = (opacity * mask.ravel()[where] / 255.0)[:, None]
        pixels = self.picture.reshape(-1, 3)
        # Some of the floor's own brightness shows, as with thin tape.
        paint = np.asarray(colour, np.float32) * (0.97 + 0.08 * self._wear.ravel()[where, None])
        pixels[where] = np.clip(pixels[where] * (1.0 - share) + paint * share, 0.0, 255.0)
