# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Why it steered like that: the smallest box without which it steers otherwise."""

from __future__ import annotations

from dataclasses import dataclass
import math

from featuremap_ros.attribution.baselines import baseline
from featuremap_ros.attribution.counterfactual import Counterfactual, counterfactual
from featuremap_ros.attribution.occlusion import Box
from featuremap_ros.explaining.scores import pilot_score
from featuremap_ros.pilot.heads import decode, Steering
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.targets import find_target
from featuremap_ros.vision.affine import Affine, Rect
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import normalise

_SMALLEST_CHANGE = 0.02


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
    baseline: str
    counterfactual: Counterfactual
    to_camera: Affine

    @property
    def found(self) -> bool:
        """Whether hiding anything changes the steering by 2 % of full scale or more."""
        return abs(self.change) >= 2 * _SMALLEST_CHANGE

    @property
    def sentence(self) -> str:
        """The answer in words."""
        what = 'this box' if len(self.boxes) == 1 else 'these boxes'
        now = words(self.before, self.left_before)
        if not self.found:
            return f'It steers {now}, and no box of the picture is needed for that.'
        then = words(self.after, self.left_after)
        if then == now:
            side = 'left' if self.change > 0 else 'right'
            return f'It steers {now}; without {what} it leans to the {side} and decides the same.'
        return f'Hide {what} and it steers {then} instead of {now}.'


def ask_why(pilot: Pilot, frame: Frame, *, hide_with: str = 'blur') -> Why:
    """Search the smallest box, or two, without which the pilot steers otherwise.

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
    crop, (height, width) = profile.input.crop, fed.pixels.shape[:2]
    region = Box(0, 0, height, width)
    if crop.mode == 'mask':
        region = Box(crop.top, crop.left, height - crop.bottom, width - crop.right)
    result = counterfactual(
        fed.pixels,
        baseline(hide_with, fed.pixels),
        pilot_score(pilot, target),
        full_scale=target.full_scale,
        region=region,
    )
    tensor = normalise(result.pixels, profile.input.normalisation)[None]
    after = decode(profile.heads, pilot.outputs(tensor), profile.max_steering_angle)
    left = profile.heads['steering'].left
    return Why(
        frame,
        tuple(fed.to_camera.rect(_rect(box)) for box in result.boxes),
        forward.steering,
        after,
        left * forward.steering.value,
        left * after.value,
        result.change,
        hide_with,
        result,
        fed.to_camera,
    )


def words(steering: Steering, left: float) -> str:
    """Say a steering: ``'14 degrees left'``, or ``'0.50 left'`` where degrees are not known."""
    side = 'left' if left > 0 else 'right'
    if steering.angle is None:
        return f'{abs(left):.2f} {side}' if round(abs(left), 2) else 'straight on'
    degrees = round(math.degrees(abs(steering.angle)))
    return f'{degrees} degree{"s" * (degrees != 1)} {side}' if degrees else 'straight on'


def _rect(box: Box) -> Rect:
    """A box's outer edges in pixel-centre coordinates."""
    return Rect(box.left - 0.5, box.top - 0.5, box.right - 0.5, box.bottom - 0.5)
