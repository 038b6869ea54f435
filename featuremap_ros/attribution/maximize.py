# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Activation maximisation: the picture that drives a filter, or a decision, most.

Erhan et al. 2009; jitter and rotation after https://distill.pub/2017/feature-visualization.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.saliency import Differentiate
from featuremap_ros.errors import UnsupportedError

Picture = NDArray[np.float32]

# Of RMSprop's running mean of squares, as usual.
_DECAY = 0.9
# Pictures of noise that are tried before a filter is called dead.
_STARTS = 8
# Share of the box below which neighbours count as equal: the total variation has a kink at zero.
_EDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Maximized:
    """What the search found.

    Attributes:
        x: The network's input, float32 (h, w, C).
        score: Of it.
        noise_score: Of the noise that the search began with.
    """

    x: Picture
    score: float
    noise_score: float


def maximize(
    differentiate: Differentiate,
    shape: tuple[int, int, int],
    *,
    low: float,
    high: float,
    steps: int = 200,
    jitter: int = 4,
    rotation: float = 1.0,
    total_variation: float = 0.15,
    sparsity: float = 0.05,
    seed: int = 0,
) -> Maximized:
    """Climb the gradient of a number inside a box, with RMSprop.

    The two penalties are weighed against the root mean square of the gradient, so that the same
    weights suit every layer: total variation keeps neighbours alike, sparsity pulls pixels that
    nobody needs to the middle of the box.

    Args:
        differentiate: Gives the number and its gradient.
        shape: (h, w, C) of the network's input.
        low: Smallest value of the input.
        high: Largest value of the input.
        steps: Of the climb; each moves a pixel by about a 255th of the box.
        jitter: The picture is shifted by up to so many pixels before each step.
        rotation: And turned by up to so many degrees.
        total_variation: Weight of the differences between neighbours.
        sparsity: Weight of the distance from the middle.
        seed: Of noise, jitter and rotation.

    Raises:
        UnsupportedError: The number does not react to the picture: a dead filter; or a setting is
            negative.
    """
    if min(steps, jitter, rotation, total_variation, sparsity, seed) < 0:
        msg = 'Steps, jitter, rotation, penalties and seed of a search must not be negative.'
        raise UnsupportedError(msg)
    rng = np.random.default_rng(seed)
    middle, width = (low + high) / 2, high - low
    x, noise_score = _start(differentiate, shape, low, high, rng)
    start = x.copy()
    speed = np.zeros(shape)
    for _ in range(steps):
        shift = rng.integers(-jitter, jitter + 1, 2)
        angle = rng.uniform(-rotation, rotation)
        moved = _turned(np.roll(x, shift, (0, 1)), angle)
        gradients, _ = differentiate(moved[None])
        gradient = np.roll(_turned(gradients[0], -angle), -shift, (0, 1)).astype(np.float64)
        size = float(np.sqrt(np.square(gradient).mean()))
        if size > 0:
            gradient /= size
        gradient -= total_variation * _variation_gradient(x / width)
        gradient -= sparsity * np.sign(x - middle)
        speed = _DECAY * speed + (1 - _DECAY) * np.square(gradient)
        step = width / 255 * gradient / (np.sqrt(speed) + 1e-8)
        x = np.clip(x + step, low, high).astype(np.float32)
    _, scores = differentiate(np.stack([x, start]))
    return Maximized(x, float(scores[0]), noise_score)


def _start(
    differentiate: Differentiate,
    shape: tuple[int, int, int],
    low: float,
    high: float,
    rng: np.random.Generator,
) -> tuple[Picture, float]:
    """Return noise that the number reacts to, and its score."""
    for _ in range(_STARTS):
        noise = rng.normal((low + high) / 2, (high - low) / 10, shape)
        x: Picture = np.clip(noise, low, high).astype(np.float32)
        gradients, scores = differentiate(x[None])
        if np.any(gradients):
            return x, float(scores[0])
    msg = (
        f'Nothing to maximise: the gradient is zero everywhere for {_STARTS} pictures of '
        'noise. The filter is dead, or fires only for special pictures.'
    )
    raise UnsupportedError(msg)


def _turned(picture: Picture, degrees: float) -> Picture:
    """Turn a picture round its centre; what comes in from outside repeats the border."""
    if degrees == 0:
        return picture
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    turned = cv2.warpAffine(
        picture, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.float32).reshape(picture.shape)


def _variation_gradient(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the gradient of the total variation (isotropic, smooth at zero)."""
    values = x.astype(np.float64)
    down = np.diff(values, axis=0, append=values[-1:])
    across = np.diff(values, axis=1, append=values[:, -1:])
    length = np.sqrt(np.square(down) + np.square(across) + _EDGE**2)
    down, across = down / length, across / length
    gradient = -(down + across)
    gradient[1:] += down[:-1]
    gradient[:, 1:] += across[:, :-1]
    return gradient
