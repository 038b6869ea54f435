# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The hall round the track: where its walls are and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.track import Points, Track

_MARGIN = 0.95
_TRIES = 60


@dataclass(frozen=True, slots=True)
class Box:
    """A box that stands on the floor.

    Attributes:
        x: Of its middle (m).
        y: Of its middle (m).
        yaw: Radians, + to the left.
        length: Along its own x axis (m).
        width: Along its own y axis (m).
        height: Metres.
    """

    x: float
    y: float
    yaw: float
    length: float
    width: float
    height: float

    def corners(self) -> Points:
        """Give the corners on the floor, counter-clockwise; (4, 2), metres."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        half = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) / 2.0
        local = half * np.array([self.length, self.width])
        turned = local @ np.array([[cosine, sine], [-sine, cosine]])
        return np.asarray(turned + np.array([self.x, self.y]), np.float64)

    def seen_from_middle(self, x: float, y: float) -> tuple[float, float]:
        """Give a place in the box's own axes (m).

        Args:
            x: Metres.
            y: Metres.
        """
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        ahead, aside = x - self.x, y - self.y
        return ahead * cosine + aside * sine, aside * cosine - ahead * sine


@dataclass(frozen=True, slots=True)
class Cone:
    """A traffic cone.

    Attributes:
        x: Metres.
        y: Metres.
        height: Metres.
    """

    x: float
    y: float
    height: float

    @property
    def radius(self) -> float:
        """Of its foot (m)."""
        return 0.3 * self.height


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangular hall.

    Attributes:
        left: Smallest x (m).
        right: Largest x (m).
        bottom: Smallest y (m).
        top: Largest y (m).
        height: Of the walls (m).
        boxes: What stands in it.
        cones: Traffic cones.
    """

    left: float
    right: float
    bottom: float
    top: float
    height: float
    boxes: tuple[Box, ...]
    cones: tuple[Cone, ...]

    @classmethod
    def random(cls, rng: np.random.Generator, track: Track) -> Room:
        """Build a hall round a track and put boxes and cones beside the lane.

        Args:
            rng: Source of the places.
            track: Kept clear.
        """
        low, high = track.points.min(axis=0), track.points.max(axis=0)
        margins = _MARGIN + rng.uniform(0.0, 0.7, 4)
        low, high = low - margins[:2], high + margins[2:]
        boxes = _place_boxes(rng, track, low, high)
        return cls(
            left=float(low[0]),
            right=float(high[0]),
            bottom=float(low[1]),
            top=float(high[1]),
            height=float(rng.uniform(2.6, 3.4)),
            boxes=boxes,
            cones=_place_cones(rng, track, low, high, boxes),
        )

    def wall_corners(self) -> Points:
        """Give the corners of the hall, counter-clockwise; (4, 2), metres."""
        return np.array(
            [
                [self.left, self.bottom],
                [self.right, self.bottom],
                [self.right, self.top],
                [self.left, self.top],
            ]
        )

    def blocks(self, x: float, y: float) -> bool:
        """Say whether a place is in a box, in a cone, or outside the walls.

        Args:
            x: Metres.
            y: Metres.
        """
        inside = self.left < x < self.right and self.bottom < y < self.top
        in_box = any(
            abs(ahead) < box.length / 2.0 and abs(aside) < box.width / 2.0
            for box in self.boxes
            for ahead, aside in [box.seen_from_middle(x, y)]
        )
        in_cone = any(math.hypot(x - cone.x, y - cone.y) < cone.radius for cone in self.cones)
        return not inside or in_box or in_cone

    def segments(self) -> NDArray[np.float64]:
        """Give what a laser scanner near the floor can hit: (M, 2, 2), start and end, metres."""
        outlines = [self.wall_corners()] + [box.corners() for box in self.boxes]
        for cone in self.cones:
            angles = np.arange(8) * (math.pi / 4.0)
            ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
            outlines.append(ring * (0.5 * cone.radius) + np.array([cone.x, cone.y]))
        return np.concatenate(
            [np.stack([outline, np.roll(outline, -1, axis=0)], axis=1) for outline in outlines]
        )


def _place_boxes(
    rng: np.random.Generator, track: Track, low: Points, high: Points
) -> tuple[Box, ...]:
    """Put boxes anywhere off the lane, apart from each other."""
    boxes: list[Box] = []
    wanted = int(rng.integers(5, 12))
    for _ in range(_TRIES):
        if len(boxes) >= wanted:
            break
        length, width, height = map(float, rng.uniform((0.2, 0.2, 0.24), (0.6, 0.45, 0.75)))
        reach = math.hypot(length, width) / 2.0
        x, y = map(float, rng.uniform(low + reach, high - reach))
        apart = all(math.hypot(x - box.x, y - box.y) > 0.75 for box in boxes)
        if apart and _is_clear(track, x, y, reach + 0.30):
            boxes.append(Box(x, y, float(rng.uniform(-math.pi, math.pi)), length, width, height))
    return tuple(boxes)


def _place_cones(
    rng: np.random.Generator, track: Track, low: Points, high: Points, boxes: tuple[Box, ...]
) -> tuple[Cone, ...]:
    """Put cones beside the lane, away from walls and boxes."""
    cones: list[Cone] = []
    for arc in rng.uniform(0.0, track.length, int(rng.integers(2, 8))):
        side = float(rng.choice([-1.0, 1.0]))
        pose = track.pose_at(float(arc), lateral=side * (track.lane_width / 2.0 + 0.3))
        place = np.array([pose.x, pose.y])
        inside = bool((place > low + 0.2).all() and (place < high - 0.2).all())
        apart = all(math.hypot(pose.x - box.x, pose.y - box.y) > 0.55 for box in boxes)
        if inside and apart and _is_clear(track, pose.x, pose.y, 0.2):
            cones.append(Cone(pose.x, pose.y, float(rng.uniform(0.22, 0.34))))
    return tuple(cones)


def _is_clear(track: Track, x: float, y: float, reach: float) -> bool:
    """Say whether the lane lines are farther away than a thing reaches."""
    away = float(np.hypot(track.points[:, 0] - x, track.points[:, 1] - y).min())
    return away > track.lane_width / 2.0 + reach
