# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw what the camera sees, without light and noise.

The floor is warped from its top view in bands of rows. Towards the horizon a pixel covers far more
floor along the line of sight than across it, so a band is drawn with more rows and averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.camera import Camera, Matrix
from featuremap_ros.demo.scene import Scene, Surface, Thing
from featuremap_ros.demo.texture import Texture
from featuremap_ros.demo.track import Pose
from featuremap_ros.vision.frame import Image

_NEAR = 0.05
_CEILING = (206, 208, 206)
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of the picture that are drawn alike."""

    first: int
    last: int
    level: int
    samples: int


class Renderer:
    """Draws a scene for poses of the car."""

    def __init__(self, *, scene: Scene, camera: Camera) -> None:
        """Prepare what does not depend on the pose.

        Args:
            scene: What there is.
            camera: What looks at it.
        """
        self.scene = scene
        self.camera = camera
        self._bands = _bands(scene, camera)
        self._pixels_to_floor = np.linalg.inv(camera.floor_to_pixels())

    def render(self, pose: Pose) -> Image:
        """Draw one picture.

        Args:
            pose: Of base_link.

        Returns:
            RGB, uint8 (height, width, 3).
        """
        camera = self.camera
        picture = np.empty((camera.height, camera.width, 3), np.uint8)
        picture[: self._bands[0].first] = _CEILING
        self._draw_floor(picture, pose)
        projection = camera.projection() @ _world_to_base(pose)
        lens = np.array(
            [
                pose.x + camera.forward * math.cos(pose.heading),
                pose.y + camera.forward * math.sin(pose.heading),
            ]
        )
        for wall in self.scene.walls:
            _draw_surface(picture, wall, projection)
        far_first = sorted(self.scene.things, key=lambda it: -float(np.hypot(*(it.middle - lens))))
        for thing in far_first:
            for side in _sides(thing, lens):
                _draw_surface(picture, side, projection)
        return picture

    def _draw_floor(self, picture: Image, pose: Pose) -> None:
        """Fill the rows below the horizon."""
        cosine, sine = math.cos(pose.heading), math.sin(pose.heading)
        base_to_world = np.array(
            [[cosine, -sine, pose.x], [sine, cosine, pose.y], [0.0, 0.0, 1.0]]
        )
        to_texture = self.scene.floor_map.matrix() @ base_to_world @ self._pixels_to_floor
        for band in self._bands:
            scale = 1.0 / band.samples
            from_samples = np.array(
                [
                    [1.0, 0.0, 0.0],
                    [0.0, scale, band.first + 0.5 * scale - 0.5],
                    [0.0, 0.0, 1.0],
                ]
            )
            matrix = Texture.to_level(band.level) @ to_texture @ from_samples
            rows = band.last - band.first
            drawn = cv2.warpPerspective(
                self.scene.floor.levels[band.level],
                matrix,
                (self.camera.width, rows * band.samples),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            if band.samples > 1:
                size = (self.camera.width, rows)
                drawn = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
            picture[band.first : band.last] = drawn


def _bands(scene: Scene, camera: Camera) -> tuple[_Band, ...]:
    """Divide the rows below the horizon by how the floor must be sampled there."""
    resolution = scene.floor_map.resolution
    bands: list[_Band] = []
    for row in range(max(0, math.floor(camera.horizon) + 1), camera.height):
        slope = max(row - camera.horizon, 0.5) * math.cos(camera.pitch) / camera.focal
        distance = camera.up / slope
        across = distance / camera.focal
        along = distance**2 / (camera.up * camera.focal)
        level = scene.floor.level_for(across / resolution)
        wanted = along / (resolution * 2.0**level)
        samples = int(2 ** np.clip(math.ceil(math.log2(max(wanted, 1.0))), 0, 3))
        if bands and (bands[-1].level, bands[-1].samples) == (level, samples):
            bands[-1] = _Band(bands[-1].first, row + 1, level, samples)
        else:
            bands.append(_Band(row, row + 1, level, samples))
    return tuple(bands)


def _world_to_base(pose: Pose) -> Matrix:
    """Give the 4x4 matrix from points of the world to points of base_link."""
    cosine, sine = math.cos(pose.heading), math.sin(pose.heading)
    matrix = np.eye(4)
    matrix[:2, :2] = [[cosine, sine], [-sine, cosine]]
    matrix[:2, 3] = -matrix[:2, :2] @ [pose.x, pose.y]
    return matrix


def _sides(thing: Thing, lens: NDArray[np.float64]) -> tuple[Surface, ...]:
    """Give the surfaces of a thing that face the lens."""
    if thing.billboard is None:
        return tuple(side for side in thing.sides if _faces(side, lens))
    texture, width, height = thing.billboard
    ray = thing.middle - lens
    across = np.array([ray[1], -ray[0]]) / max(float(np.hypot(*ray)), 1e-6) * width / 2.0
    rows, columns = texture.levels[0].shape[:2]
    corner = np.append(thing.middle - across, height)
    along = np.append(2.0 * across / columns, 0.0)
    return (Surface(corner, along, np.array([0.0, 0.0, -height / rows]), texture),)


def _faces(side: Surface, lens: NDArray[np.float64]) -> bool:
    """Say whether the lens is in front of a surface."""
    ray = lens - side.corner[:2]
    return bool(side.along[1] * ray[0] - side.along[0] * ray[1] > 0.0)


def _draw_surface(picture: Image, surface: Surface, projection: Matrix) -> None:
    """Draw an upright surface over a picture."""
    rows, columns = surface.texture.levels[0].shape[:2]
    right, down = surface.along * columns, surface.down * rows
    corners = surface.corner + np.array([0.0 * right, right, right + down, down])
    outline = _clip_near(np.column_stack([corners, np.ones(4)]) @ projection.T)
    if len(outline) < 3:
        return
    pixels = outline[:, :2] / outline[:, 2:]
    height, width = picture.shape[:2]
    left, top = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
    last, bottom = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + 1, (width, height))
    if left >= last or top >= bottom:
        return
    size = (int(last - left), int(bottom - top))
    # Homography from texture pixels, whose centres are whole numbers, to the part of the picture.
    middle = surface.corner + 0.5 * (surface.along + surface.down)
    to_pixels = projection @ np.column_stack(
        [np.append(surface.along, 0.0), np.append(surface.down, 0.0), np.append(middle, 1.0)]
    )
    shift = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]])
    distance = math.sqrt(float(outline[:, 2].min() * outline[:, 2].max()))
    per_pixel = distance / projection_focal(projection) / float(-surface.down[2])
    level = surface.texture.level_for(per_pixel)
    matrix = Texture.to_level(level) @ np.linalg.inv(shift @ to_pixels)
    drawn = cv2.warpPerspective(
        surface.texture.levels[level],
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    mask = np.zeros((size[1], size[0]), np.uint8)
    fixed = np.round((pixels - (left, top)) * 2**_SUBPIXEL_BITS).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed, (255,), cv2.LINE_AA, shift=_SUBPIXEL_BITS)
    opacity = mask.astype(np.float32) * np.float32(1.0 / 255.0)
    if drawn.shape[2] == 4:
        opacity *= drawn[..., 3].astype(np.float32) * np.float32(1.0 / 255.0)
        drawn = np.ascontiguousarray(drawn[..., :3])
    part = picture[top:bottom, left:last]
    part[:] = cv2.blendLinear(drawn, np.ascontiguousarray(part), opacity, 1.0 - opacity)


def projection_focal(projection: Matrix) -> float:
    """Read the focal length (px) off a 3x4 projection of square pixels."""
    forward = projection[2, :3]
    row = projection[1, :3]
    return float(np.linalg.norm(row - (row @ forward) * forward))


def _clip_near(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut off what is behind the lens.

    Args:
        outline: Homogeneous pixels of a convex polygon, (N, 3), the last one the depth (m).

    Returns:
        (M, 3); empty when nothing is left.
    """
    kept: list[NDArray[np.float64]] = []
    for point, following in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if point[2] >= _NEAR:
            kept.append(point)
        if (point[2] >= _NEAR) != (following[2] >= _NEAR):
            share = (_NEAR - point[2]) / (following[2] - point[2])
            kept.append(point + share * (following - point))
    return np.array(kept).reshape(-1, 3)
