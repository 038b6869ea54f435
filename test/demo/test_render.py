# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn lies where the pinhole formula says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.canvas import FloorMap
from featuremap_ros.demo.render import Renderer
from featuremap_ros.demo.scene import Scene, Surface, Thing
from featuremap_ros.demo.texture import Texture
from featuremap_ros.demo.track import Pose

CAMERA = Camera()
RESOLUTION = 0.004
FLOOR_MAP = FloorMap(-3.0, 3.0, RESOLUTION)


BELOW_HORIZON = math.floor(CAMERA.horizon) + 2


def renderer(*things: Thing, floor: np.ndarray | None = None) -> Renderer:
    """Return a renderer of a dark floor, or of another one, with things on it."""
    dark = np.zeros((1500, 1500, 3), np.uint8)
    scene = Scene(Texture.of(dark if floor is None else floor), FLOOR_MAP, (), things)
    return Renderer(scene=scene, camera=CAMERA)


def white_side(left: tuple[float, float], right: tuple[float, float]) -> Thing:
    """Return a thing with one white side, 0.3 m high."""
    corners = np.array(left), np.array(right)
    side = Surface.between(*corners, 0.3, np.full((75, 125, 3), 255, np.uint8))
    return Thing((corners[0] + corners[1]) / 2, (side,))


def seen_from(pose: Pose, x: float, y: float, z: float = 0.0):
    """Return where a point of the world is in the picture, by the pinhole formula alone."""
    cosine, sine = math.cos(pose.heading), math.sin(pose.heading)
    ahead = cosine * (x - pose.x) + sine * (y - pose.y) - CAMERA.forward
    left = -sine * (x - pose.x) + cosine * (y - pose.y)
    down = CAMERA.up - z
    depth = ahead * math.cos(CAMERA.pitch) + down * math.sin(CAMERA.pitch)
    below = down * math.cos(CAMERA.pitch) - ahead * math.sin(CAMERA.pitch)
    return 159.5 - CAMERA.focal * left / depth, 119.5 + CAMERA.focal * below / depth


@pytest.mark.parametrize('pose', [Pose(0.0, 0.0, 0.0), Pose(0.4, -0.3, 2.2), Pose(-1.0, 1, -1.1)])
@pytest.mark.parametrize(('ahead', 'left'), [(0.55, 0.0), (0.8, 0.3), (1.3, -0.6), (2.0, 0.2)])
def test_a_mark_on_the_floor_is_seen_where_it_should(pose, ahead, left):
    """The centre of brightness of a white square, near and far, from every side."""
    x = pose.x + ahead * math.cos(pose.heading) - left * math.sin(pose.heading)
    y = pose.y + ahead * math.sin(pose.heading) + left * math.cos(pose.heading)
    floor = np.zeros((1500, 1500, 3), np.uint8)
    column, row = int((x + 3.0) / RESOLUTION), int((3.0 - y) / RESOLUTION)
    # A near mark must be small: its nearer half looks larger and pulls the centre down.
    half = 1 if ahead < 1.0 else 4
    floor[row - half : row + half + 1, column - half : column + half + 1] = 255
    middle = (column + 0.5) * RESOLUTION - 3.0, 3.0 - (row + 0.5) * RESOLUTION
    drawn = renderer(floor=floor).render(pose)[BELOW_HORIZON:, :, 1].astype(float)
    rows, columns = np.indices(drawn.shape)
    centre = (columns * drawn).sum(), (rows * drawn).sum()
    found = centre[0] / drawn.sum(), centre[1] / drawn.sum() + BELOW_HORIZON
    assert found == pytest.approx(seen_from(pose, *middle), abs=0.35)


def test_an_upright_surface_fills_its_outline():
    """Its corners lie where the pinhole formula says, and it hides the floor behind."""
    pose = Pose(0.0, 0.0, 0.1)
    picture = renderer(white_side((1.2, 0.3), (1.2, -0.2))).render(pose)
    rows, columns = np.nonzero(picture[..., 0] > 230)
    corners = np.array([seen_from(pose, 1.2, y, z) for y in (0.3, -0.2) for z in (0.0, 0.3)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert (columns.min(), rows.min()) == pytest.approx(tuple(low), abs=1.0)
    assert (columns.max(), rows.max()) == pytest.approx(tuple(high), abs=1.0)
    lower = corners[[0, 2]]
    inside = picture[BELOW_HORIZON : int(lower[:, 1].min()) - 2, 140:180, 0]
    assert inside.min() > 230


def test_the_back_of_a_surface_is_not_drawn():
    """A box shows only the sides that face the camera."""
    picture = renderer(white_side((1.2, -0.2), (1.2, 0.3))).render(Pose(0.0, 0.0, 0.0))
    assert picture[BELOW_HORIZON:].max() == 0


def test_what_is_behind_the_lens_is_cut_off():
    """A side that reaches from behind the car to before it is seen from the lens on."""
    thing = white_side((-2.0, 0.5), (2.0, 0.5))
    picture = renderer(thing).render(Pose(0.0, 0.0, 0.0))
    assert picture[120, 5, 0] > 230
    assert picture[BELOW_HORIZON:, 200:].max() == 0
    column, row = seen_from(Pose(0.0, 0.0, 0.0), 2.0, 0.5)
    assert picture[round(row) - 2, round(column) - 2, 0] > 230
    assert picture[round(row) + 2, round(column) + 2, 0] == 0
    behind = renderer(white_side((-2.0, 0.5), (0.2, 0.5))).render(Pose(0.0, 0.0, 0.0))
    assert behind[BELOW_HORIZON:].max() == 0


def test_far_floor_is_averaged():
    """Stripes finer than the far rows become an even grey instead of a moire."""
    floor = np.zeros((1500, 1500, 3), np.uint8)
    floor[:, ::4] = floor[:, 1::4] = 255
    picture = renderer(floor=floor).render(Pose(-2.5, 0.0, 0.0))
    far = picture[BELOW_HORIZON + 8 : BELOW_HORIZON + 14, 140:180, 0]
    assert far.mean() == pytest.approx(127.5, abs=12)
    assert far.std() < 25
