# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole world from a seed: track, hall, paint, light, and the camera that looks at it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featuremap_ros.demo.camera import Camera
from featuremap_ros.demo.faults import Faults, NO_FAULTS
from featuremap_ros.demo.floor import FLOORS
from featuremap_ros.demo.light import Light, Sensor
from featuremap_ros.demo.markings import Markings
from featuremap_ros.demo.render import Renderer
from featuremap_ros.demo.room import Room
from featuremap_ros.demo.scene import build_scene
from featuremap_ros.demo.sunlight import Sunlight
from featuremap_ros.demo.track import Pose, Track
from featuremap_ros.errors import UnknownNameError
from featuremap_ros.vision.frame import Frame, Image

CAMERA_FRAME = 'camera_optical_frame'
"""Coordinate frame of the pictures."""


class World:
    """A hall with a track in it.

    Attributes:
        seed: What it was made from.
        track: Where the lane is.
        room: Where the walls are and what stands in it.
        camera: Of the car.
        faults: What goes wrong in it.
    """

    def __init__(
        self,
        seed: int,
        *,
        camera: Camera | None = None,
        track: Track | None = None,
        floor: str | None = None,
        markings: Markings | None = None,
        light: Light | None = None,
        faults: Faults = NO_FAULTS,
    ) -> None:
        """Draw everything that is not given from the seed.

        Args:
            seed: The same seed gives the same pictures.
            camera: Of the car.
            track: Where the lane is.
            floor: A name out of :data:`.floor.FLOORS`.
            markings: What is painted on the floor.
            light: How the light changes.
            faults: What goes wrong; all else stays as the seed says.

        Raises:
            UnknownNameError: There is no such floor.
        """
        if floor is not None and floor not in FLOORS:
            raise UnknownNameError('floor', floor, sorted(FLOORS))
        rng = np.random.default_rng((seed, 0x3A11))
        drawn_floor = str(rng.choice(sorted(FLOORS)))
        self.seed = seed
        self.camera = camera or Camera()
        self.faults = faults
        self.track = track or Track.random(seed)
        drawn_markings = Markings.random(rng, self.track)
        drawn_light = Light.random(rng)
        self.room = Room.random(rng, self.track)
        scene = build_scene(
            track=self.track,
            room=self.room,
            markings=faults.painted(markings or drawn_markings, self.track),
            floor=floor or drawn_floor,
            rng=rng,
        )
        self._renderer = Renderer(scene=scene, camera=self.camera)
        self._sensor = Sensor(light=light or drawn_light, camera=self.camera, seed=seed)
        self._sunlight = Sunlight(
            camera=self.camera, place=self.track.pose_at(faults.middle), length=faults.length
        )

    def change_faults(self, faults: Faults) -> None:
        """Let the sun out, or frames get lost; what is painted stays as it is.

        Args:
            faults: Whose glare, shadow and dropped frames count from now on.
        """
        self.faults = replace(
            self.faults,
            glare=faults.glare,
            shadow=faults.shadow,
            dropped_frames=faults.dropped_frames,
        )

    def photograph(self, pose: Pose, stamp_ns: int) -> Image:
        """Take one picture.

        Args:
            pose: Of base_link.
            stamp_ns: When (ns); light and noise depend on it.

        Returns:
            RGB, uint8 (height, width, 3).
        """
        picture = self._renderer.render(pose)
        if self.faults.shadow:
            picture = self._sunlight.shade(picture, pose, self.faults.shadow)
        picture = self._sensor.expose(picture, pose, stamp_ns)
        if self.faults.glare:
            picture = self._sunlight.dazzle(picture, pose, self.faults.glare)
        return picture

    def frame(self, pose: Pose, stamp_ns: int) -> Frame:
        """Take one picture as a frame.

        Args:
            pose: Of base_link.
            stamp_ns: When (ns).
        """
        return Frame(self.photograph(pose, stamp_ns), stamp_ns, CAMERA_FRAME)
