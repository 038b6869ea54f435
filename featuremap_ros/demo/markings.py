# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is painted on the floor: the lane lines, and lines that mean nothing to the car."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.canvas import Canvas
from featuremap_ros.demo.floor import Colour
from featuremap_ros.demo.track import Points, SPACING, Track

LINE_WIDTH = 0.05
"""Width of a lane line (m): the usual tape of two inches."""

_DASH = 0.30
_SHEETS: tuple[Colour, ...] = (
    (40, 90, 190),
    (60, 130, 80),
    (180, 60, 50),
    (236, 234, 226),
    (216, 186, 60),
)


@dataclass(frozen=True, slots=True)
class FalseLine:
    """A yellow line where no lane begins.

    Attributes:
        start: Where it begins, along the track (m).
        length: Along the track (m).
        from_lateral: Its distance from the centre line there, + to the left (m).
        to_lateral: The same at its end; in between it swings over smoothly (m).
    """

    start: float
    length: float
    from_lateral: float
    to_lateral: float

    def points(self, track: Track) -> Points:
        """Give its middle, from the beginning on: (N, 2), metres.

        Args:
            track: Along which it lies.
        """
        shares = np.linspace(0.0, 1.0, max(3, round(self.length / SPACING)))
        swing = self.to_lateral - self.from_lateral
        laterals = self.from_lateral + swing * (3.0 - 2.0 * shares) * shares**2
        poses = [
            track.pose_at(self.start + float(share) * self.length, lateral=float(lateral))
            for share, lateral in zip(shares, laterals, strict=True)
        ]
        return np.array([[pose.x, pose.y] for pose in poses])


@dataclass(frozen=True, slots=True)
class Markings:
    """Which lines there are.

    Attributes:
        centre_dashes: Dashes along the middle of the lane.
        right_gaps: Stretches where the white line is worn off, as (arc, length) in metres.
        left_gaps: The same for the yellow line.
        courses: Closed courses in blue tape that cross the track.
        court_lines: Straight lines and circles of other sports, blue, green or white.
        sheets: Mats and sheets of paper beside the lane.
        wear: Of the lane lines, 0 (new) to 1.
        false_lines: Painted over everything else, with the yellow of the lane line.
    """

    centre_dashes: bool = False
    right_gaps: tuple[tuple[float, float], ...] = ()
    left_gaps: tuple[tuple[float, float], ...] = ()
    courses: int = 1
    court_lines: int = 3
    sheets: int = 5
    wear: float = 0.2
    false_lines: tuple[FalseLine, ...] = ()

    @classmethod
    def random(cls, rng: np.random.Generator, track: Track) -> Markings:
        """Draw markings as they are met in different halls.

        Args:
            rng: Source of the choice.
            track: The track that they mark.
        """
        right = [
            (rng.uniform(0.0, track.length), rng.uniform(0.4, 2.5))
            for _ in range(int(rng.integers(0, 5)))
        ]
        left = [(rng.uniform(0.0, track.length), rng.uniform(0.2, 0.7))]
        return cls(
            centre_dashes=bool(rng.random() < 0.25),
            right_gaps=tuple(right),
            left_gaps=tuple(left if rng.random() < 0.4 else ()),
            courses=int(rng.integers(0, 3)),
            court_lines=int(rng.integers(0, 6)),
            sheets=int(rng.integers(0, 9)),
            wear=float(rng.uniform(0.05, 0.4)),
        )


def paint_markings(
    canvas: Canvas, track: Track, markings: Markings, rng: np.random.Generator
) -> None:
    """Paint everything, the lane lines last.

    The left line is yellow and the right one white, so that a car that sees only one of them
    knows its side, and blue means nothing: swap red and blue, and the meaning is lost.

    Args:
        canvas: Painted on.
        track: Where the lane is.
        markings: What to paint.
        rng: Source of colours and places.
    """
    corner = canvas.floor_map.left, canvas.floor_map.top
    size = np.array(canvas.picture.shape[1::-1]) * canvas.floor_map.resolution
    middle = np.array([corner[0] + size[0] / 2.0, corner[1] - size[1] / 2.0])
    for _ in range(markings.sheets):
        _paint_sheet(canvas, track, middle, size, rng)
    for _ in range(markings.court_lines):
        _paint_court_line(canvas, middle, size, rng)
    for _ in range(markings.courses):
        other = Track.random(int(rng.integers(2**31)), min_radius=0.8, length_range=(13.0, 20.0))
        course = _turned(other.points - other.points.mean(axis=0), rng.uniform(0.0, 2.0 * math.pi))
        shifted = course + middle + rng.uniform(-0.1, 0.1, 2) * size
        canvas.line(
            shifted, width=rng.uniform(0.035, 0.05), colour=_blue(rng), closed=True, wear=0.15
        )
    wear = markings.wear
    yellow = _vary(rng, (228, 186, 44), 18)
    white = _vary(rng, (236, 236, 230), 10)
    left = track.offset(track.lane_width / 2.0)
    right = track.offset(-track.lane_width / 2.0)
    for line, gaps, colour in (
        (left, markings.left_gaps, yellow),
        (right, markings.right_gaps, white),
    ):
        if not gaps:
            canvas.line(line, width=LINE_WIDTH, colour=colour, closed=True, wear=wear)
        for stretch in _stretches_between(track, line, gaps):
            canvas.line(stretch, width=LINE_WIDTH, colour=colour, wear=wear)
    if markings.centre_dashes:
        for start in np.arange(0.0, track.length - _DASH, 2.5 * _DASH):
            first, last = (
                round(arc / track.length * len(track.points)) for arc in (start, start + _DASH)
            )
            canvas.line(track.points[first:last], width=0.03, colour=white, wear=wear)
    for false_line in markings.false_lines:
        canvas.line(false_line.points(track), width=LINE_WIDTH, colour=yellow, wear=wear)


def _stretches_between(
    track: Track, line: Points, gaps: tuple[tuple[float, float], ...]
) -> list[Points]:
    """Cut a closed line at its gaps: the stretches that are left, none where there is no gap."""
    count = len(line)
    there = np.ones(count, bool)
    for start, length in gaps:
        first, last = (round(arc / track.length * count) for arc in (start, start + length))
        there[np.arange(first, last) % count] = False
    start = int(np.argmin(there))
    rolled, flags = np.roll(line, -start, axis=0), np.roll(there, -start)
    if flags[0]:
        return []
    edges = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    pieces = zip(np.split(rolled, edges), np.split(flags, edges), strict=True)
    return [piece for piece, flag in pieces if flag[0] and len(piece) > 2]


def _paint_court_line(
    canvas: Canvas, middle: Points, size: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Paint a straight line across the hall, or a circle."""
    kind = rng.random()
    colour = _blue(rng) if kind < 0.5 else _vary(rng, (50, 140, 80), 20)
    if kind > 0.85:
        colour = _vary(rng, (225, 225, 220), 10)
    width = rng.uniform(0.02, 0.045)
    place = middle + rng.uniform(-0.4, 0.4, 2) * size
    if rng.random() < 0.4:
        angles = np.linspace(0.0, 2.0 * math.pi, 120, endpoint=False)
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.5, 1.8)
        canvas.line(place + circle, width=width, colour=colour, closed=True, wear=0.3)
    else:
        direction = rng.choice([0.0, math.pi / 2.0]) + rng.normal(0.0, 0.05)
        ray = 12.0 * np.array([math.cos(direction), math.sin(direction)])
        line = np.array([place - ray, place + ray])
        canvas.line(line, width=width, colour=colour, wear=0.3)


def _paint_sheet(
    canvas: Canvas,
    track: Track,
    middle: Points,
    size: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Lay a mat or a sheet of paper somewhere beside the lane, or none where it would not fit."""
    colour = _vary(rng, _SHEETS[rng.integers(len(_SHEETS))], 15)
    sides = rng.uniform(0.2, 0.9, 2) if rng.random() < 0.6 else np.array([0.21, 0.297])
    place = middle + rng.uniform(-0.48, 0.48, 2) * size
    away = np.hypot(*(track.points - place).T).min()
    if away < track.lane_width / 2.0 + np.hypot(*sides) / 2.0 + 0.1:
        return
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * sides / 2.0
    canvas.patch(_turned(corners, rng.uniform(0.0, math.pi)) + place, colour=colour)


def _turned(points: Points, angle: float) -> Points:
    """Turn points round the origin to the left."""
    cosine, sine = math.cos(angle), math.sin(angle)
    turned: Points = points @ np.array([[cosine, sine], [-sine, cosine]])
    return turned


def _blue(rng: np.random.Generator) -> Colour:
    """Draw a blue that would look like the yellow lane line with red and blue swapped."""
    return _vary(rng, (44, 150, 224), 28)


def _vary(rng: np.random.Generator, colour: Colour, spread: int) -> Colour:
    """Change a colour a little."""
    red, green, blue = (
        int(np.clip(value + rng.integers(-spread, spread + 1), 0, 255)) for value in colour
    )
    return red, green, blue
