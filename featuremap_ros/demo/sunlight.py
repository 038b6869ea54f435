# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Low sun on one stretch of the track: glare in the lens and on the floor, and a hard shadow."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.track import Pose
from featuremap_ros.vision.frame import Image

_ELEVATION = math.radians(12.0)
_VEIL_WIDTH = 0.6
_VEIL = 60.0
_EDGE = 0.04
_DEEPEST = 0.8
# Farther away the floor's pixels belong to walls and boxes.
_FADE_START = 2.5
_FADE_END = 3.5


class Sunlight:
    """Puts glare and a shadow on pictures.

    The sun stands ahead of the stretch, low; the shadow lies across it, as of a beam.
    """

    def __init__(self, *, camera: Camera, place: Pose, length: float) -> None:
        """Prepare the parts that do not change.

        Args:
            camera: Whose pictures these are.
            place: Middle of the stretch, heading along it.
            length: Of the stretch (m).
        """
        self._camera = camera
        self._place = place
        self._length = length
        self._top = max(0, math.floor(camera.horizon) + 2)
        columns, rows = np.meshgrid(np.arange(camera.width), np.arange(self._top, camera.height))
        pixels = np.stack([columns, rows, np.ones_like(columns)], axis=-1)
        floor = pixels @ np.linalg.inv(camera.floor_to_pixels()).T
        self._floor = (floor[..., :2] / floor[..., 2:]).astype(np.float32)
        fade = (_FADE_END - self._floor[..., 0]) / (_FADE_END - _FADE_START)
        self._near = np.clip(fade, 0.0, 1.0).astype(np.float32)

    def shade(self, picture: Image, pose: Pose, depth: float) -> Image:
        """Lay the shadow on the floor.

        Args:
            picture: RGB, uint8 (height, width, 3); not written to.
            pose: Of base_link.
            depth: How dark, 0 to 1.
        """
        turn = self._place.heading - pose.heading
        direction = np.array([math.cos(turn), math.sin(turn)], np.float32)
        behind = (pose.x - self._place.x) * math.cos(self._place.heading)
        behind += (pose.y - self._place.y) * math.sin(self._place.heading)
        along = np.abs(self._floor @ direction + np.float32(behind))
        inside = np.clip((self._length / 2.0 - along) / _EDGE + 0.5, 0.0, 1.0) * self._near
        light = (1.0 - _DEEPEST * depth * inside).astype(np.float32)
        shaded = picture.copy()
        shaded[self._top :] = cv2.multiply(
            picture[self._top :], cv2.merge([light] * 3), dtype=cv2.CV_8U
        )
        return shaded

    def dazzle(self, picture: Image, pose: Pose, strength: float) -> Image:
        """Let the sun shine into the lens.

        Args:
            picture: RGB, uint8 (height, width, 3); not written to.
            pose: Of base_link.
            strength: 0 to 1.
        """
        aside = math.remainder(self._place.heading - pose.heading, 2.0 * math.pi)
        veil = _VEIL * math.exp(-((aside / _VEIL_WIDTH) ** 2))
        added = np.full(picture.shape[:2], veil, np.float32)
        for sine, height in ((math.sin(_ELEVATION), 0.1), (-math.sin(_ELEVATION), 0.35)):
            added += self._blob(aside, sine, height)
        glare = np.minimum(added * np.float32(strength), 255.0).astype(np.uint8)
        return np.asarray(cv2.add(picture, cv2.merge([glare] * 3)), np.uint8)

    def _blob(self, aside: float, sine: float, height: float) -> NDArray[np.float32]:
        """Draw the sun, or its image on the floor, as a soft spot.

        Args:
            aside: Direction of the sun from the car's, + to the left (rad).
            sine: Of its height over the horizon.
            height: Of the spot, as a share of the picture's height.
        """
        cosine = math.sqrt(1.0 - sine**2)
        ray = np.array([math.cos(aside) * cosine, math.sin(aside) * cosine, sine])
        column, row, depth = self._camera.intrinsics() @ self._camera.rotation() @ ray
        if depth < 0.1:
            return np.zeros((self._camera.height, self._camera.width), np.float32)
        tall, wide = height * self._camera.height, 0.08 * self._camera.width
        across = (np.arange(self._camera.width, dtype=np.float32) - column / depth) / wide
        down = (np.arange(self._camera.height, dtype=np.float32) - row / depth) / tall
        spot = 255.0 * np.exp(-(down**2))[:, None] * np.exp(-(across**2))[None, :]
        return np.asarray(spot, np.float32)
