# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The car's camera: a pinhole at bumper height, pitched down."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera fixed to the car.

    The car's frame is base_link: x forward, y left, z up, on the floor below the rear axle. The
    optical frame is x right, y down, z forward. Pixel centres have whole coordinates.

    Attributes:
        width: Of the picture (px).
        height: Of the picture (px).
        focal: Focal length (px).
        forward: Of the lens before the rear axle (m).
        up: Height of the lens above the floor (m).
        pitch: How far the camera looks down (rad).
    """

    width: int = 320
    height: int = 240
    focal: float = 170.0
    forward: float = 0.30
    up: float = 0.20
    pitch: float = math.radians(14.0)

    def intrinsics(self) -> Matrix:
        """Give the 3x3 matrix K from the optical frame to pixels."""
        return np.array(
            [
                [self.focal, 0.0, (self.width - 1) / 2.0],
                [0.0, self.focal, (self.height - 1) / 2.0],
                [0.0, 0.0, 1.0],
            ]
        )

    def rotation(self) -> Matrix:
        """Give the 3x3 rotation from base_link to the optical frame."""
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        return np.array([[0.0, -1.0, 0.0], [-sine, 0.0, -cosine], [cosine, 0.0, -sine]])

    def projection(self) -> Matrix:
        """Give the 3x4 matrix from homogeneous points of base_link to homogeneous pixels."""
        position = np.array([self.forward, 0.0, self.up])
        rotation = self.rotation()
        shift = -rotation @ position
        matrix: Matrix = self.intrinsics() @ np.column_stack([rotation, shift])
        return matrix

    def floor_to_pixels(self) -> Matrix:
        """Give the 3x3 homography from floor points of base_link (x, y, 1) to pixels."""
        return self.projection()[:, [0, 1, 3]]

    @property
    def horizon(self) -> float:
        """Row at which the floor vanishes (px); rows below it show floor."""
        return (self.height - 1) / 2.0 - self.focal * math.tan(self.pitch)
