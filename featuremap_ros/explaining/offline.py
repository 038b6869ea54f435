# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures that need no frame: the first layer's kernels, and what drives a filter most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.kernels import kernel_pictures
from featuremap_ros.attribution.maximize import maximize, Maximized
from featuremap_ros.attribution.saliency import Differentiate
from featuremap_ros.explaining.explainer import Explainer
from featuremap_ros.explaining.region import seen_region
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import as_rgb, InputSpec, normalise, Preprocessor

_PER_IMAGE = (-2.0, 2.0)


def kernels(explainer: Explainer) -> NDArray[np.uint8]:
    """Draw the weights of the first convolution.

    Args:
        explainer: Of the pilot.

    Returns:
        RGB, uint8 (filters, rows, columns, 3); see ``kernel_pictures``.

    Raises:
        UnsupportedError: There is no Keras model, or no convolution that reads the picture.
    """
    color = explainer.pilot.profile.input.color
    return kernel_pictures(explainer.gradients().first_kernels(), color)


def maximize_channel(
    explainer: Explainer, layer: str, channel: int, *, centre: bool = False, **options: Any
) -> Maximized:
    """Search the network's input that drives one channel most.

    Args:
        explainer: Of the pilot.
        layer: Name of a spatial layer.
        channel: One of its channels.
        centre: Drive the cell in the middle instead of the mean of all cells.
        **options: Of ``maximize``.

    Raises:
        UnknownNameError: There is no such layer.
        UnsupportedError: There is no such channel, or it is dead; or there is no Keras model.
    """
    gradients, inputs = explainer.gradients(), _inputs(explainer)

    def differentiate(
        pictures: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        found = gradients.by_input_of_channel(inputs, pictures, layer, channel, centre=centre)
        return found.values, found.scores

    return _maximize(differentiate, explainer.pilot.profile.input, options)


def maximize_target(explainer: Explainer, target: str = 'steering', **options: Any) -> Maximized:
    """Search the network's input that drives a decision most, e.g. to the left.

    Args:
        explainer: Of the pilot.
        target: See ``Explainer.target``.
        **options: Of ``maximize``.

    Raises:
        UnknownNameError: There is no such target.
        UnsupportedError: It does not react to the picture; or there is no Keras model.
    """
    gradients, inputs, about = explainer.gradients(), _inputs(explainer), explainer.target(target)

    def differentiate(
        pictures: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        found = gradients.by_input(inputs, pictures, about)
        return found.values, found.scores

    return _maximize(differentiate, explainer.pilot.profile.input, options)


def as_picture(x: NDArray[np.float32], spec: InputSpec) -> Image:
    """Show an input of the network as it would look to the camera.

    Args:
        x: float32 (h, w, C), normalised.
        spec: What the network is fed.

    Returns:
        RGB, uint8 (h, w, 3).
    """
    low, high = _box(spec)
    pixels = np.rint(np.clip((x - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return as_rgb(pixels, spec.color)


def _maximize(differentiate: Differentiate, spec: InputSpec, options: dict[str, Any]) -> Maximized:
    """Search where the network sees; what the profile masks stays black."""
    low, high = _box(spec)
    width, height = spec.camera or spec.size
    (black,) = Preprocessor(spec)(np.zeros((height, width, 3), np.uint8)).tensor
    seen = seen_region(spec).slices

    def masked(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        shown = np.broadcast_to(black, pictures.shape).astype(np.float32)
        shown[(slice(None), *seen)] = pictures[(slice(None), *seen)]
        return shown

    def where_seen(
        pictures: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        gradients, scores = differentiate(masked(pictures))
        inside = np.zeros_like(gradients)
        inside[(slice(None), *seen)] = gradients[(slice(None), *seen)]
        return inside, scores

    found = maximize(where_seen, black.shape, low=low, high=high, **options)
    return replace(found, x=masked(found.x[None])[0])


def _inputs(explainer: Explainer) -> dict[str, NDArray[np.float32]]:
    spec = explainer.pilot.profile.input
    empty = np.zeros((1, spec.size[1], spec.size[0], spec.channels), np.float32)
    return explainer.pilot.inputs(empty)


def _box(spec: InputSpec) -> tuple[float, float]:
    """Return what black and white are for the network."""
    if spec.normalisation == 'per-image':
        return _PER_IMAGE
    low, high = normalise(np.array([0, 255], np.uint8), spec.normalisation)
    return float(low), float(high)
