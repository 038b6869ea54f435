# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""From the camera's picture to the network's input, and the map back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError, ProfileError
from featuremap_ros.vision.affine import Affine, Rect, resize_map
from featuremap_ros.vision.frame import Image

COLORS = {'rgb': 3, 'bgr': 3, 'yuv': 3, 'gray': 1}
INTERPOLATIONS = {
    'nearest': cv2.INTER_NEAREST,
    'linear': cv2.INTER_LINEAR,
    'cubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}
NORMALISATIONS = ('none', '/255', '/127.5-1', '/255-0.5', 'per-image')
CROP_MODES = ('remove', 'mask')


@dataclass(frozen=True, slots=True)
class Crop:
    """What the network does not get to see.

    Attributes:
        top: Rows dropped at the top.
        bottom: Rows dropped at the bottom.
        left: Columns dropped on the left.
        right: Columns dropped on the right.
        mode: ``'remove'`` cuts them off before the resize (camera pixels); ``'mask'`` paints them
            black after it (model pixels).
    """

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    mode: str = 'remove'


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a network must be fed.

    Attributes:
        size: (width, height) of the network's input (pixels).
        color: One of ``COLORS``.
        crop: See ``Crop``.
        camera: (width, height) of the camera the crop was written for, ``None`` for any.
        interpolation: One of ``INTERPOLATIONS``.
        smoothing: Side of a mean filter after the resize; 1 is none.
        normalisation: One of ``NORMALISATIONS``, applied to 0..255.
    """

    size: tuple[int, int]
    color: str = 'rgb'
    crop: Crop = field(default_factory=Crop)
    camera: tuple[int, int] | None = None
    interpolation: str = 'linear'
    smoothing: int = 1
    normalisation: str = 'none'

    def __post_init__(self) -> None:
        """Refuse values that no camera picture could be prepared with."""
        for name, value, choices in (
            ('color', self.color, COLORS),
            ('interpolation', self.interpolation, INTERPOLATIONS),
            ('normalisation', self.normalisation, NORMALISATIONS),
            ('crop mode', self.crop.mode, CROP_MODES),
        ):
            if value not in choices:
                msg = f'Unknown {name} {value!r}: expected one of {", ".join(choices)}.'
                raise ProfileError(msg)
        margins = (self.crop.top, self.crop.bottom, self.crop.left, self.crop.right)
        if min(margins) < 0 or min(self.size) < 1 or self.smoothing < 1:
            msg = (
                'Input size and smoothing must be at least 1 and crop margins at least 0: got '
                f'size {self.size}, smoothing {self.smoothing}, crop {margins} (top, bottom, '
                'left, right).'
            )
            raise ProfileError(msg)
        crop, (width, height) = self.crop, self.size
        covered = crop.left + crop.right >= width or crop.top + crop.bottom >= height
        if crop.mode == 'mask' and covered:
            msg = (
                f'The mask covers all of the {width} x {height} pixels that the network gets (it '
                f"counts in those, not in the camera's): got {margins} (top, bottom, left, right)."
            )
            raise ProfileError(msg)

    @property
    def channels(self) -> int:
        """Channels of the network's input."""
        return COLORS[self.color]


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """One picture as the network gets it.

    Attributes:
        tensor: float32 (1, h, w, C), normalised.
        pixels: uint8 (h, w, C), the same before normalisation, in the network's colour order.
        to_camera: Model pixels to camera pixels.
    """

    tensor: NDArray[np.float32]
    pixels: NDArray[np.uint8]
    to_camera: Affine


class Preprocessor:
    """Crops, resizes, smooths, converts colours and normalises, as a profile says."""

    def __init__(self, spec: InputSpec) -> None:
        """Keep the specification; everything that depends on the camera comes with the call."""
        self.spec = spec

    def __call__(self, image: Image) -> ModelInput:
        """Prepare one picture.

        Args:
            image: RGB, uint8 (H, W, 3).

        Raises:
            BadFrameError: The picture has another size than the profile's crop was written for,
                or the crop leaves nothing of it.
        """
        spec = self.spec
        x0, y0, x1, y1 = self._region(image)
        pixels = image[y0:y1, x0:x1]
        cropped = (x1 - x0, y1 - y0)
        if cropped != spec.size:
            how = INTERPOLATIONS[spec.interpolation]
            pixels = np.asarray(cv2.resize(pixels, spec.size, interpolation=how), np.uint8)
        if spec.smoothing > 1:
            kernel = np.full((spec.smoothing, spec.smoothing), 1 / spec.smoothing**2, np.float32)
            pixels = np.asarray(cv2.filter2D(pixels, -1, kernel), np.uint8)
        if spec.crop.mode == 'mask':
            pixels = self._masked(pixels)
        pixels = np.ascontiguousarray(_convert(pixels, spec.color))
        return ModelInput(
            normalise(pixels, spec.normalisation)[None],
            pixels,
            self._to_camera(x0, y0, cropped),
        )

    def swapped(self, image: Image, prepared: ModelInput) -> ModelInput:
        """Return what the network would get of a picture with red and blue exchanged.

        Args:
            image: RGB, uint8 (H, W, 3).
            prepared: What it gets of the picture as it is; used where it still holds the colours
                (of YUV but for rounding), since resizing takes most of the time.
        """
        spec = self.spec
        if spec.color == 'gray':
            return self(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8))
        exchanged = np.ascontiguousarray(as_rgb(prepared.pixels, spec.color)[..., ::-1])
        pixels = np.ascontiguousarray(_convert(exchanged, spec.color))
        tensor = normalise(pixels, spec.normalisation)[None]
        return replace(prepared, tensor=tensor, pixels=pixels)

    def seen(self, image: Image) -> Rect:
        """Return the part of a picture that reaches the network (camera pixels).

        Args:
            image: RGB, uint8 (H, W, 3).
        """
        x0, y0, x1, y1 = self._region(image)
        if self.spec.crop.mode == 'remove':
            return Rect(x0 - 0.5, y0 - 0.5, x1 - 0.5, y1 - 0.5)
        crop, (width, height) = self.spec.crop, self.spec.size
        kept = Rect(
            crop.left - 0.5, crop.top - 0.5, width - crop.right - 0.5, height - crop.bottom - 0.5
        )
        return resize_map(self.spec.size, (x1 - x0, y1 - y0)).rect(kept)

    def _region(self, image: Image) -> tuple[int, int, int, int]:
        """Return the crop as ``(x0, y0, x1, y1)`` in camera pixels."""
        height, width = image.shape[:2]
        crop, camera = self.spec.crop, self.spec.camera
        if camera is not None and (width, height) != camera:
            msg = (
                f'Expected a picture of {camera[0]} x {camera[1]} pixels, which the crop of the '
                f'profile was written for; received {width} x {height}. Copy the profile and set '
                '"camera" and "crop" for this camera.'
            )
            raise BadFrameError(msg)
        if crop.mode == 'mask':
            return 0, 0, width, height
        x0, y0, x1, y1 = crop.left, crop.top, width - crop.right, height - crop.bottom
        if x1 <= x0 or y1 <= y0:
            msg = (
                f'The crop (top {crop.top}, bottom {crop.bottom}, left {crop.left}, right '
                f'{crop.right}) leaves nothing of a picture of {width} x {height} pixels.'
            )
            raise BadFrameError(msg)
        return x0, y0, x1, y1

    def _masked(self, pixels: Image) -> Image:
        """Return a copy with the crop margins painted black."""
        crop, (width, height) = self.spec.crop, self.spec.size
        masked = np.zeros_like(pixels)
        kept = np.s_[crop.top : height - crop.bottom, crop.left : width - crop.right]
        masked[kept] = pixels[kept]
        return masked

    def _to_camera(self, x0: int, y0: int, cropped: tuple[int, int]) -> Affine:
        """Model pixels to camera pixels."""
        placed = Affine(offset_x=x0, offset_y=y0).after(resize_map(self.spec.size, cropped))
        # OpenCV anchors an even kernel right of its centre, so what it writes to pixel i lies
        # half a pixel before i.
        shift = -0.5 if self.spec.smoothing % 2 == 0 else 0.0
        return placed.after(Affine(offset_x=shift, offset_y=shift))


def normalise(pixels: NDArray[np.uint8], how: str) -> NDArray[np.float32]:
    """Bring 0..255 to the range a network was trained on.

    Args:
        pixels: uint8, any shape.
        how: One of ``NORMALISATIONS``. ``'per-image'`` subtracts the picture's mean and divides
            by its standard deviation, at least ``1 / sqrt(pixels.size)``
            (``tf.image.per_image_standardization``).

    Returns:
        float32 of the same shape.
    """
    values = pixels.astype(np.float32)
    if how == '/255':
        return values / np.float32(255)
    if how == '/127.5-1':
        return values / np.float32(127.5) - np.float32(1)
    if how == '/255-0.5':
        return values / np.float32(255) - np.float32(0.5)
    if how == 'per-image':
        mean = np.float32(values.mean(dtype=np.float64))
        deviation = max(float(values.std(dtype=np.float64)), values.size**-0.5)
        return (values - mean) / np.float32(deviation)
    return values


def _convert(pixels: Image, color: str) -> NDArray[np.uint8]:
    """RGB (h, w, 3) to the network's colour order, (h, w, C)."""
    if color == 'bgr':
        return pixels[..., ::-1]
    if color == 'yuv':
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV), dtype=np.uint8)
    if color == 'gray':
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[..., None]
    return pixels


def as_rgb(pixels: NDArray[np.uint8], color: str) -> Image:
    """Return what a network is fed as a picture to look at.

    Args:
        pixels: uint8 (h, w, C), before normalisation.
        color: One of ``COLORS``.

    Returns:
        RGB, uint8 (h, w, 3).
    """
    if color == 'bgr':
        return np.ascontiguousarray(pixels[..., ::-1])
    if color == 'yuv':
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_YUV2RGB), dtype=np.uint8)
    if color == 'gray':
        return np.repeat(pixels, 3, axis=2)
    return pixels
