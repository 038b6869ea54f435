# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What is measured with: real networks and frames where they are there, else seeded ones.

The real ones lie in ``shared/data`` beside the repository, or where FEATUREMAP_SHARED_DATA points.
Speed depends on shapes, not on weights, but for how much of a map lies above the threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import itertools
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import networks
from featuremap_ros import Frame, Pilot, PilotProfile
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.vision.frame import Image

FRAME_NS = 66_666_667
"""Between frames of the race."""

_NAMED = os.environ.get('FEATUREMAP_SHARED_DATA')
_DATA = Path(_NAMED) if _NAMED else Path(__file__).resolve().parents[2] / 'shared' / 'data'


@dataclass(frozen=True, slots=True)
class Subject:
    """A network to measure with.

    Attributes:
        title: Its name.
        profile: Name of its profile.
        layers: Three of its layers, from shallow to deep.
        real: Of the real one, below the folder of shared data.
        seeded: Builds a network of the same shape.
    """

    title: str
    profile: str
    layers: tuple[str, str, str]
    real: str
    seeded: Callable[[], Any]

    def file(self, folder: Path) -> Path:
        """Return the model's file.

        Args:
            folder: Where a seeded one is written.
        """
        if real():
            return _DATA / self.real
        path = folder / f'{self.profile}.keras'
        if not path.exists():
            self.seeded().save(path)
        return path

    def keras(self) -> Any:
        """Return the network as a Keras model."""
        return read_keras(_DATA / self.real)[0] if real() else self.seeded()

    def pilot(
        self, folder: Path, *, profile: PilotProfile | None = None, threads: int = 1
    ) -> Pilot:
        """Return the network as a pilot.

        Args:
            folder: Where a seeded one is written.
            profile: Instead of its own.
            threads: Of the forward pass.
        """
        return Pilot.load(self.file(folder), profile=profile or self.profile, threads=threads)


AXIONAUT = Subject(
    'Axionaut 70x250',
    'axionaut',
    ('convolution2d_1', 'dropout_2', 'convolution2d_4'),
    'axionaut/autopilot.hdf5',
    networks.axionaut,
)
PILOTNET = Subject(
    'PilotNet 66x200',
    'pilotnet_udacity',
    ('convolution2d_1', 'convolution2d_3', 'convolution2d_5'),
    'udacity/model.h5',
    networks.pilotnet,
)
DONKEYCAR = Subject(
    'donkeycar 120x160',
    'donkeycar_categorical',
    ('conv2d_1', 'conv2d_3', 'conv2d_5'),
    'donkeycar/pilot_21-08-12_8.h5',
    networks.donkeycar,
)


def real() -> bool:
    """Whether the real races and models are there."""
    return _DATA.is_dir()


def remark() -> str:
    """Say what was measured with."""
    if real():
        return 'Networks and frames are real: a recorded Axionaut race and trained pilots.'
    return 'Networks are seeded ones of the real shapes, frames are drawn.'


def race(count: int, size: tuple[int, int] = (1920, 1080)) -> list[Frame]:
    """Return frames of a race.

    Args:
        count: How many, at most 61.
        size: (width, height).
    """
    images = [_resized(image, size) for image in _pictures(count)]
    return [Frame(image, number * FRAME_NS) for number, image in enumerate(images)]


def jpegs(count: int) -> list[bytes]:
    """Return frames of a race, 1920 x 1080, as a camera's JPEGs; it repeats after 61.

    Args:
        count: How many.
    """
    files = sorted((_DATA / 'axionaut' / 'frames').glob('*.jpg')) if real() else []
    if files:
        encoded = [file.read_bytes() for file in files[:count]]
    else:
        encoded = [
            cv2.imencode('.jpg', frame.image[..., ::-1])[1].tobytes()
            for frame in race(min(count, 61))
        ]
    return list(itertools.islice(itertools.cycle(encoded), count))


def _pictures(count: int) -> list[Image]:
    files = sorted((_DATA / 'axionaut' / 'frames').glob('*.jpg')) if real() else []
    if not files:
        return [_drawn(number) for number in range(count)]
    read = (cv2.imread(str(file)) for file in files[:count])
    return [np.ascontiguousarray(image[..., ::-1]) for image in read if image is not None]


def _resized(image: Image, size: tuple[int, int]) -> Image:
    if image.shape[1::-1] == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(number: int) -> Image:
    """Draw a lane in perspective on a noisy floor, RGB, 1920 x 1080.

    Args:
        number: Of the frame; the lane bends with it.
    """
    width, height = 1920, 1080
    rng = np.random.default_rng(number)
    image = rng.normal(110, 12, (height, width, 3)).clip(0, 255).astype(np.uint8)
    down = np.linspace(0, 1, 50)
    bend = 0.25 * np.sin(number / 5) * (1 - down) ** 2
    for side in (-1, 1):
        x = (0.5 + side * (0.05 + 0.4 * down) + bend) * width
        y = (0.4 + 0.6 * down) * height
        points = np.stack([x, y], axis=1).round().astype(np.int32)
        cv2.polylines(image, [points], False, (235, 235, 225), width // 80)
    return image
