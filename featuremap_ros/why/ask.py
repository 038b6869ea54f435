# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Why it steered like that: the smallest box without which it steers otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.counterfactual import Counterfactual, counterfactual
from featuremap_ros.attribution.occlusion import Box
from featuremap_ros.explaining.region import hidden_picture, seen_region
from featuremap_ros.explaining.scores import pilot_score
from featuremap_ros.pilot.heads import decode, Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.vision.affine import Affine, Rect
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import normalise

SMALLEST_CHANGE = 0.02
"""Share of full scale below which a change does not count."""


@dataclass(frozen=True, slots=True)
class Why:
    """A verified answer for one frame.

    Attributes:
        frame: The camera's picture.
        boxes: What to hide (camera pixels).
        before: What the pilot decides on the frame.
        after: What it decides with the boxes hidden, asked of the network.
        left_before: Steering of the frame, + = left, in the model's units.
        left_after: The same with the boxes hidden.
        change: Of the mean steering, + = to the left, in the model's units.
        full_scale: Of the steering, in the model's units.
        baseline: What the boxes were filled with.
        counterfactual: The same in the network's pixels.
        to_camera: From the network's pixels to the camera's.
    """

    frame: Frame
    boxes: tuple[Rect, ...]
    before: Steering
    after: Steering
    left_before: float
    left_after: float
    change: float
    full_scale: float
    baseline: str
    counterfactual: Counterfactual
    to_camera: Affine

    @property
    def found(self) -> bool:
        """Whether hiding changes what is decided, or the mean by 2 % of full scale or more."""
        classes = self.before.confidence is not None
        flips = classes and self.after.value != self.before.value
        return flips or abs(self.change) >= SMALLEST_CHANGE * self.full_scale

    @property
    def sentence(self) -> str:
        """The answer in words."""
        what = 'this box' if len(self.boxes) == 1 else 'these boxes'
        now = self.before.in_words(self.left_before)
        then = self.after.in_words(self.left_after)
        if not self.found:
            return f'It steers {now}, and no box that was tried changes that noticeably.'
        if then != now:
            return f'Hide {what} and it steers {then} instead of {now}.'
        if self.left_after == self.left_before:
            side = 'left' if self.change > 0 else 'right'
            return f'It steers {now}; without {what} it leans to the {side} and decides the same.'
        side = 'left' if self.left_after > self.left_before else 'right'
        return f'It steers {now}; without {what} a little further to the {side}.'


def ask_why(pilot: Pilot, frame: Frame, *, hide_with: str = 'blur') -> Why:
    """Search the smallest box, or two, without which the pilot steers otherwise.

    Pixels that the profile masks are neither hidden nor part of what hides others.

    Args:
        pilot: The network; only its forward pass is needed.
        frame: The camera's picture.
        hide_with: See ``featuremap_ros.attribution.baselines``.

    Raises:
        BadFrameError: The picture does not fit the profile.
        NotFiniteError: The network returned NaN or infinity.
        UnknownNameError: There is no such baseline.
    """
    forward = pilot.forward(frame)
    fed = forward.model_input
    profile = pilot.profile
    target = find_target('steering', profile.heads, pilot.network)

    def decided(pixels: Pixels) -> Steering:
        outputs = pilot.outputs(normalise(pixels, profile.input.normalisation)[None])
        return decode(profile.heads, outputs, profile.max_steering_angle)

    def decide(pictures: Pixels) -> NDArray[np.float64]:
        return np.array([decided(pixels).value for pixels in pictures])

    region = seen_region(profile.input)
    result = counterfactual(
        fed.pixels,
        hidden_picture(hide_with, fed.pixels, region),
        pilot_score(pilot, target),
        full_scale=target.full_scale,
        region=region,
        decide=None if forward.steering.confidence is None else decide,
    )
    after = decided(result.pixels)
    left = profile.heads['steering'].left
    return Why(
        frame,
        tuple(fed.to_camera.rect(_rect(box)) for box in result.boxes),
        forward.steering,
        after,
        left * forward.steering.value,
        left * after.value,
        result.change,
        target.full_scale,
        hide_with,
        result,
        fed.to_camera,
    )


def _rect(box: Box) -> Rect:
    """A box's outer edges in pixel-centre coordinates."""
    return Rect(box.left - 0.5, box.top - 0.5, box.right - 0.5, box.bottom - 0.5)
