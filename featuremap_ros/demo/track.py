# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A closed track: its centre line by arc length, and where a car is on it."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Points on the floor: float64 (N, 2), x and y in metres."""

SPACING = 0.02
"""Distance between two points of the centre line (m)."""

_HARMONICS = 5
_MAX_DRAWS = 2000


def wrap_angle(angle: float) -> float:
    """Bring an angle (rad) into (-pi, pi]."""
    return -((-angle + math.pi) % (2.0 * math.pi) - math.pi)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where something stands on the floor.

    Attributes:
        x: Metres.
        y: Metres.
        heading: Radians from the x axis, + to the left.
    """

    x: float
    y: float
    heading: float


@dataclass(frozen=True, slots=True)
class TrackPosition:
    """A pose seen from the track.

    Attributes:
        arc: Distance along the centre line from the start, 0 <= arc < length (m).
        lateral: Distance from the centre line, + to the left of it (m).
        heading_error: Heading relative to the centre line, + to the left (rad).
    """

    arc: float
    lateral: float
    heading_error: float


@dataclass(frozen=True, slots=True)
class Track:
    """A closed centre line, driven in the order of its points.

    Attributes:
        points: Centre line at equal arc lengths, the end not repeated; (N, 2), metres.
        headings: Direction of travel at each point, (N,), rad.
        curvature: At each point, + where the track turns left, (N,), 1/m.
        length: Metres.
        lane_width: Distance between the centres of the two lane lines (m).
    """

    points: Points
    headings: NDArray[np.float64]
    curvature: NDArray[np.float64]
    length: float
    lane_width: float

    @classmethod
    def from_polygon(cls, polygon: Points, *, lane_width: float = 0.7) -> Track:
        """Make a track from the corners of a finely divided closed curve.

        Args:
            polygon: Corners in driving order, the first one not repeated; (M, 2), metres.
            lane_width: Metres.
        """
        closed = np.vstack([polygon, polygon[:1]])
        arcs = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
        length = float(arcs[-1])
        count = max(16, round(length / SPACING))
        where = np.arange(count) * (length / count)
        points = np.stack([np.interp(where, arcs, closed[:, axis]) for axis in (0, 1)], axis=1)
        ahead, behind = np.roll(points, -1, axis=0), np.roll(points, 1, axis=0)
        chord = ahead - behind
        headings = np.arctan2(chord[:, 1], chord[:, 0])
        turn = np.roll(headings, -1) - np.roll(headings, 1)
        turn = (turn + math.pi) % (2.0 * math.pi) - math.pi
        return cls(points, headings, turn / (2.0 * length / count), length, lane_width)

    @classmethod
    def circle(cls, radius: float, *, lane_width: float = 0.7) -> Track:
        """Make a circle round (0, radius), driven to the left from the origin.

        Args:
            radius: Metres.
            lane_width: Metres.
        """
        angles = np.linspace(0.0, 2.0 * math.pi, 20_000, endpoint=False)
        circle = np.stack([radius * np.sin(angles), radius * (1.0 - np.cos(angles))], axis=1)
        return cls.from_polygon(circle, lane_width=lane_width)

    @classmethod
    def random(
        cls,
        seed: int,
        *,
        lane_width: float = 0.7,
        min_radius: float = 1.0,
        length_range: tuple[float, float] = (14.0, 21.0),
    ) -> Track:
        """Draw a smooth closed track with bends to both sides.

        The radius as seen from the middle is a short Fourier series of the angle; a drawing is
        kept when its narrowest bend is wide enough and it is no plain oval. The start lies on
        the straightest stretch, at the origin, heading along x.

        Args:
            seed: The same seed gives the same track.
            lane_width: Metres.
            min_radius: Of the narrowest bend of the centre line (m).
            length_range: Shortest and longest track (m).

        Raises:
            ValueError: No drawing met the conditions; ``min_radius`` is too large for the length.
        """
        rng = np.random.default_rng((seed, 0x7ACC))
        for _ in range(_MAX_DRAWS):
            track = cls.from_polygon(_draw_outline(rng, length_range), lane_width=lane_width)
            bends_back = np.mean(track.curvature < -0.15), np.mean(track.curvature > 0.15)
            if np.abs(track.curvature).max() <= 1.0 / min_radius and min(bends_back) > 0.08:
                return track._from_straightest()
        raise ValueError(
            f'No track of {length_range} m has bends of at least {min_radius} m; '
            'ask for a longer track or narrower bends.'
        )

    def _from_straightest(self) -> Track:
        """Move the straightest stretch to the origin, heading along x."""
        window = max(1, round(1.2 / self.length * len(self.points)))
        bend = np.abs(self.curvature)
        total = np.convolve(np.concatenate([bend, bend[:window]]), np.ones(window), 'valid')
        start = (int(np.argmin(total[: len(bend)])) + window // 2) % len(bend)
        points = np.roll(self.points, -start, axis=0)
        headings = np.roll(self.headings, -start)
        cosine, sine = math.cos(-headings[0]), math.sin(-headings[0])
        turned = (points - points[0]) @ np.array([[cosine, sine], [-sine, cosine]])
        relative = (headings - headings[0] + math.pi) % (2.0 * math.pi) - math.pi
        curvature = np.roll(self.curvature, -start)
        return Track(turned, relative, curvature, self.length, self.lane_width)

    def offset(self, lateral: float) -> Points:
        """Give the line that runs beside the centre line.

        Args:
            lateral: Distance, + to the left (m).

        Returns:
            One point for each point of the centre line, (N, 2), metres.
        """
        normals = np.stack([-np.sin(self.headings), np.cos(self.headings)], axis=1)
        return self.points + lateral * normals

    def pose_at(self, arc: float, *, lateral: float = 0.0, heading_error: float = 0.0) -> Pose:
        """Give the pose at a place of the track; the inverse of :meth:`locate`.

        Args:
            arc: Distance along the centre line, any number of laps (m).
            lateral: Distance from the centre line, + to the left (m).
            heading_error: Relative to the direction of travel, + to the left (rad).
        """
        place = (arc / self.length) % 1.0 * len(self.points)
        index = int(place) % len(self.points)
        following = (index + 1) % len(self.points)
        share = place - int(place)
        x, y = self.points[index] + share * (self.points[following] - self.points[index])
        turn = wrap_angle(float(self.headings[following] - self.headings[index]))
        heading = float(self.headings[index]) + share * turn
        return Pose(
            float(x) - lateral * math.sin(heading),
            float(y) + lateral * math.cos(heading),
            wrap_angle(heading + heading_error),
        )

    def locate(self, pose: Pose) -> TrackPosition:
        """Find the nearest place of the centre line.

        Args:
            pose: Any pose; far from the track the nearest stretch is taken.
        """
        distance = np.hypot(self.points[:, 0] - pose.x, self.points[:, 1] - pose.y)
        index = int(np.argmin(distance))
        step = self.length / len(self.points)
        along = np.array([math.cos(self.headings[index]), math.sin(self.headings[index])])
        ahead = float(along @ (np.array([pose.x, pose.y]) - self.points[index]))
        # Beyond half a spacing another point would have been nearer, but for a point that is
        # as far away as the centre of the bend.
        arc = (index * step + min(max(ahead, -step), step)) % self.length
        foot = self.pose_at(arc)
        lateral = (pose.y - foot.y) * math.cos(foot.heading)
        lateral -= (pose.x - foot.x) * math.sin(foot.heading)
        return TrackPosition(arc, lateral, wrap_angle(pose.heading - foot.heading))


def _draw_outline(rng: np.random.Generator, length_range: tuple[float, float]) -> Points:
    """Draw a closed curve round a middle: (M, 2), metres, either way round."""
    angles = np.linspace(0.0, 2.0 * math.pi, 3000, endpoint=False)
    radius = np.ones_like(angles)
    for harmonic in range(2, _HARMONICS + 1):
        size = rng.uniform(0.0, 0.75) / harmonic
        radius += size * np.cos(harmonic * angles + rng.uniform(0.0, 2.0 * math.pi))
    radius = np.maximum(radius, 0.15)
    outline = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    outline[:, 1] *= rng.uniform(0.6, 1.0)
    length = float(np.hypot(*np.diff(outline, axis=0, append=outline[:1]).T).sum())
    outline *= rng.uniform(*length_range) / length
    return outline if rng.random() < 0.5 else outline[::-1].copy()
