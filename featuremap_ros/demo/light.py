# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Changing light and a noisy sensor: what the camera makes of the scene."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.track import Pose
from featuremap_ros.vision.frame import Image

_GRID = 4
_NOISE_MARGIN = 64
_FADE_START = 1.2
_FADE_END = 2.4


@dataclass(frozen=True, slots=True)
class Light:
    """How the light changes over time and place.

    Attributes:
        exposure: Mean brightness, 1 for the scene as painted.
        drift: Share by which it rises and falls.
        period: Of the drift (s).
        tint: Gains of red, green and blue.
        vignetting: Share of light that is lost in the corners.
        shadow: Share of light that is lost in the shadow on the floor.
        shadow_angle: Direction across the shadow's band (rad).
        shadow_width: Of the band (m).
        shadow_speed: At which it crosses the hall (m/s).
        shadow_gap: Distance between two bands (m).
        noise: Standard deviation of the sensor noise (grey levels).
    """

    exposure: float = 1.0
    drift: float = 0.12
    period: float = 9.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignetting: float = 0.25
    shadow: float = 0.35
    shadow_angle: float = 0.6
    shadow_width: float = 1.0
    shadow_speed: float = 0.15
    shadow_gap: float = 5.0
    noise: float = 3.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Light:
        """Draw the light of a hall.

        Args:
            rng: Source of the choice.
        """
        red, green, blue = rng.normal(1.0, 0.02, 3)
        return cls(
            exposure=float(rng.uniform(0.65, 1.25)),
            drift=float(rng.uniform(0.05, 0.2)),
            period=float(rng.uniform(5.0, 14.0)),
            tint=(float(red), float(green), float(blue)),
            vignetting=float(rng.uniform(0.1, 0.35)),
            shadow=float(rng.uniform(0.0, 0.5)),
            shadow_angle=float(rng.uniform(-math.pi, math.pi)),
            shadow_width=float(rng.uniform(0.5, 1.8)),
            shadow_speed=float(rng.uniform(-0.3, 0.3)),
            shadow_gap=float(rng.uniform(3.5, 7.0)),
            noise=float(rng.uniform(1.5, 5.0)),
        )


class Sensor:
    """Puts light and noise on drawn pictures; a picture depends on its time stamp alone."""

    def __init__(self, *, light: Light, camera: Camera, seed: int) -> None:
        """Prepare the parts that do not change.

        Args:
            light: Of the hall.
            camera: Whose pictures these are.
            seed: Of the noise.
        """
        self.light = light
        self._size = camera.width, camera.height
        self._seed = seed
        columns = (np.arange(camera.width // _GRID) + 0.5) * _GRID - 0.5
        rows = (np.arange(camera.height // _GRID) + 0.5) * _GRID - 0.5
        u, v = np.meshgrid(columns, rows)
        corner = math.hypot(camera.width, camera.height) / 2.0
        radius = np.hypot(u - camera.width / 2.0, v - camera.height / 2.0) / corner
        self._vignette = (1.0 - light.vignetting * radius**2.5).astype(np.float32)
        shows_floor = v > camera.horizon + 1.0
        below = np.where(shows_floor, v, camera.horizon + 2.0)
        pixels = np.stack([u, below, np.ones_like(u)], axis=-1)
        floor = pixels @ np.linalg.inv(camera.floor_to_pixels()).T
        self._floor = (floor[..., :2] / floor[..., 2:]).astype(np.float32)
        # Far away a cell of this coarse grid would reach up the walls.
        ahead = self._floor[..., 0]
        self._shadow_weight = np.where(
            shows_floor, np.clip((_FADE_END - ahead) / (_FADE_END - _FADE_START), 0.0, 1.0), 0.0
        ).astype(np.float32)
        rng = np.random.default_rng((seed, 0x4015E))
        shape = camera.height + _NOISE_MARGIN, camera.width + _NOISE_MARGIN, 3
        grain = rng.standard_normal(shape, np.float32)
        # Neighbouring pixels share some of their noise, as after demosaicing.
        soft = np.asarray(cv2.GaussianBlur(grain, (3, 3), 0.5))
        self._noise = np.round(soft * (light.noise / soft.std())).astype(np.int16)

    def expose(self, picture: Image, pose: Pose, stamp_ns: int) -> Image:
        """Take a photograph of a drawn picture.

        Args:
            picture: As drawn; RGB, uint8 (height, width, 3).
            pose: Of base_link, for the shadow on the floor.
            stamp_ns: When (ns).

        Returns:
            RGB, uint8 (height, width, 3).
        """
        time = stamp_ns * 1e-9
        light = self.light
        level = light.exposure * (
            1.0 + light.drift * math.sin(2.0 * math.pi * time / light.period)
        )
        gain = self._vignette * (1.0 - light.shadow * self._shadow(pose, time))
        full = cv2.resize(gain, self._size, interpolation=cv2.INTER_LINEAR)
        tinted = cv2.merge([full * np.float32(level * part) for part in light.tint])
        exposed = cv2.multiply(picture, tinted, dtype=cv2.CV_8U)
        rng = np.random.default_rng((self._seed, stamp_ns))
        row, column = rng.integers(0, _NOISE_MARGIN, 2)
        noise = self._noise[row : row + self._size[1], column : column + self._size[0]]
        return np.asarray(cv2.add(exposed, noise, dtype=cv2.CV_8U), np.uint8)

    def _shadow(self, pose: Pose, time: float) -> NDArray[np.float32]:
        """Compute how deep in shadow each part of the picture is, 0..1."""
        light = self.light
        angle = light.shadow_angle - pose.heading
        across = self._floor @ np.array([math.cos(angle), math.sin(angle)], np.float32)
        here = pose.x * math.cos(light.shadow_angle) + pose.y * math.sin(light.shadow_angle)
        # Seconds since 1970 leave no digits for metres in float32: reduce them before.
        gap = np.float32(light.shadow_gap)
        moved = across + np.float32((here - light.shadow_speed * time) % light.shadow_gap)
        from_middle = np.abs((moved + gap / 2) % gap - gap / 2)
        edge = np.float32(0.3)
        depth = np.clip((light.shadow_width / 2.0 - from_middle) / edge + 0.5, 0.0, 1.0)
        soft = depth * depth * (3.0 - 2.0 * depth)
        return np.asarray(soft * self._shadow_weight, np.float32)
