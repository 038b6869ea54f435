# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of the network's picture that the profile does not mask, and hiding parts of it."""

from __future__ import annotations

from featuremap_ros.attribution.baselines import baseline, Pixels
from featuremap_ros.attribution.occlusion import Box
from featuremap_ros.vision.preprocess import InputSpec
from featuremap_ros.vision.registration import AxisSampling, Sampling


def seen_region(spec: InputSpec) -> Box:
    """Return what the network sees of its picture: all of it except masked rows and columns.

    Args:
        spec: What the network is fed.
    """
    width, height = spec.size
    crop = spec.crop
    if crop.mode != 'mask':
        return Box(0, 0, height, width)
    return Box(crop.top, crop.left, height - crop.bottom, width - crop.right)


def region_sampling(region: Box) -> Sampling:
    """Return where a map lies that has one cell for every pixel of a region."""
    return Sampling(AxisSampling(start=float(region.top)), AxisSampling(start=float(region.left)))


def hidden_picture(name: str, pixels: Pixels, region: Box) -> Pixels:
    """Return the picture that hidden parts are taken from.

    Args:
        name: See ``baseline``.
        pixels: What the network is fed, before normalisation; not written to.
        region: What it sees of them; the rest stays as it is, and does not bleed into the region.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    hidden = pixels.copy()
    hidden[region.slices] = baseline(name, pixels[region.slices])
    return hidden
