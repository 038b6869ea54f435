# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the camera can see: the painted floor and the upright surfaces."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo import decor
from featuremap_ros.demo.canvas import Canvas, FloorMap
from featuremap_ros.demo.floor import FLOORS
from featuremap_ros.demo.markings import Markings, paint_markings
from featuremap_ros.demo.noise import Field, smooth_noise
from featuremap_ros.demo.room import Room
from featuremap_ros.demo.texture import Texture
from featuremap_ros.demo.track import Track
from featuremap_ros.vision.frame import Image

FLOOR_RESOLUTION = 0.004
"""Metres per pixel of the floor."""

_SHADOW_STEP = 4


@dataclass(frozen=True, slots=True)
class Surface:
    """A flat, upright, rectangular surface.

    Attributes:
        corner: Its upper left corner as seen from its front, (3,), metres.
        along: Step from one column of the texture to the next, (3,), metres.
        down: Step from one row to the next, (3,), metres.
        texture: RGB, or RGBA where it is not a full rectangle.
    """

    corner: NDArray[np.float64]
    along: NDArray[np.float64]
    down: NDArray[np.float64]
    texture: Texture

    @classmethod
    def between(
        cls,
        left: NDArray[np.float64],
        right: NDArray[np.float64],
        height: float,
        image: NDArray[np.uint8],
    ) -> Surface:
        """Stand a picture on the floor.

        Args:
            left: Its lower left corner as seen from its front, (2,), metres.
            right: Its lower right corner, (2,), metres.
            height: Metres.
            image: uint8 (H, W, 3) or (H, W, 4), stretched to fit.
        """
        rows, columns = image.shape[:2]
        along = np.append((right - left) / columns, 0.0)
        down = np.array([0.0, 0.0, -height / rows])
        return cls(np.append(left, height), along, down, Texture.of(image))


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that stands on the floor, drawn as a whole.

    Attributes:
        middle: On the floor, (2,), metres.
        sides: Its surfaces; empty for one that always shows the camera the same side.
        billboard: Picture of such a one, its width and height (m).
    """

    middle: NDArray[np.float64]
    sides: tuple[Surface, ...]
    billboard: tuple[Texture, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything to be drawn.

    Attributes:
        floor: Seen from above.
        floor_map: Where the floor's picture lies.
        walls: Of the hall, facing inwards.
        things: What stands on the floor.
    """

    floor: Texture
    floor_map: FloorMap
    walls: tuple[Surface, ...]
    things: tuple[Thing, ...]


def build_scene(
    *,
    track: Track,
    room: Room,
    markings: Markings,
    floor: str,
    rng: np.random.Generator,
) -> Scene:
    """Furnish a hall.

    Args:
        track: Where the lane is.
        room: Where the walls are and what stands in it.
        markings: What is painted on the floor.
        floor: A name out of ``FLOORS``.
        rng: Source of everything else.

    Raises:
        KeyError: There is no such floor.
    """
    floor_map = FloorMap(room.left, room.top, FLOOR_RESOLUTION)
    shape = (
        round((room.top - room.bottom) / FLOOR_RESOLUTION),
        round((room.right - room.left) / FLOOR_RESOLUTION),
    )
    bare = FLOORS[floor](rng, shape, FLOOR_RESOLUTION)
    canvas = Canvas(picture=bare, floor_map=floor_map, rng=rng)
    paint_markings(canvas, track, markings, rng)
    lit = _shade(canvas.picture, _floor_light(room, floor_map, shape, rng))
    colours = int(rng.integers(1000))
    corners = room.wall_corners()
    walls = []
    for left, right in zip(np.roll(corners, -1, axis=0), corners, strict=True):
        length = float(np.hypot(*(right - left)))
        picture = decor.wall(rng, length, room.height, colours)
        walls.append(Surface.between(left, right, room.height, picture))
    return Scene(Texture.of(lit), floor_map, tuple(walls), _things(room, rng))


def _things(room: Room, rng: np.random.Generator) -> tuple[Thing, ...]:
    """Make the boxes and cones of a room."""
    things = []
    light = rng.uniform(-math.pi, math.pi)
    for box in room.boxes:
        kind = int(rng.integers(1000))
        corners = box.corners()
        sides = []
        for left, right in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            edge = right - left
            picture = decor.box_side(rng, float(np.hypot(*edge)), box.height, kind)
            facing = math.atan2(-edge[0], edge[1])
            shade = 0.82 + 0.18 * math.cos(facing - light)
            sides.append(
                Surface.between(left, right, box.height, (picture * shade).astype(np.uint8))
            )
        things.append(Thing(np.array([box.x, box.y]), tuple(sides)))
    for cone in room.cones:
        texture = Texture.of(decor.cone(cone.height))
        billboard = (texture, 0.8 * cone.height, cone.height)
        things.append(Thing(np.array([cone.x, cone.y]), (), billboard))
    return tuple(things)


def _floor_light(
    room: Room, floor_map: FloorMap, shape: tuple[int, int], rng: np.random.Generator
) -> Field:
    """Compute how bright the floor is: pools of light, darker by the walls and under boxes."""
    small = shape[0] // _SHADOW_STEP, shape[1] // _SHADOW_STEP
    step = floor_map.resolution * _SHADOW_STEP
    light = 1.0 + 0.14 * smooth_noise(rng, small, (1.8 / step, 1.8 / step))
    ground = np.zeros(small, np.float32)
    for box in room.boxes:
        corners = np.round(floor_map.to_pixels(box.corners()) / _SHADOW_STEP).astype(np.int32)
        cv2.fillConvexPoly(ground, corners, (1.0,), cv2.LINE_AA)
    for cone in room.cones:
        place = floor_map.to_pixels(np.array([[cone.x, cone.y]]))[0] / _SHADOW_STEP
        middle = int(place[0]), int(place[1])
        cv2.circle(ground, middle, round(1.2 * cone.radius / step), (0.8,), -1, cv2.LINE_AA)
    near = cv2.GaussianBlur(ground, (0, 0), 0.05 / step)
    wide = cv2.GaussianBlur(ground, (0, 0), 0.16 / step)
    light *= 1.0 - 0.45 * np.asarray(near) - 0.35 * np.asarray(wide)
    rows, columns = (np.arange(side, dtype=np.float32) for side in small)
    from_wall = np.minimum(
        np.minimum(rows, small[0] - 1 - rows)[:, None],
        np.minimum(columns, small[1] - 1 - columns)[None, :],
    )
    light *= 1.0 - 0.30 * np.exp(-from_wall * np.float32(step / 0.18))
    return np.asarray(cv2.resize(light, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _shade(picture: Image, light: Field) -> Image:
    """Multiply a picture by a field."""
    return np.asarray(cv2.multiply(picture, cv2.merge([light] * 3), dtype=cv2.CV_8U), np.uint8)
