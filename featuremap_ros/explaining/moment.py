# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""One frame and one question, computed as far as a method asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Box, Score
from featuremap_ros.errors import NotFiniteError
from featuremap_ros.explaining.region import hidden_picture, seen_region
from featuremap_ros.explaining.scores import pilot_score
from featuremap_ros.pilot.gradients import Gradient, Gradients
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.pilot import ForwardPass, Pilot
from featuremap_ros.pilot.targets import Target
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import normalise


class Moment:
    """What a method may look at and ask.

    Attributes:
        pilot: The network.
        frame: The camera's picture.
        target: The number that is to be explained.
        forward: The frame's way through the network.
    """

    def __init__(
        self,
        pilot: Pilot,
        frame: Frame,
        target: Target,
        forward: ForwardPass,
        gradients: Callable[[], Gradients],
    ) -> None:
        """Compute nothing yet.

        Args:
            pilot: The network.
            frame: The camera's picture.
            target: The number that is to be explained.
            forward: The frame's way through the network, with any activations.
            gradients: Returns what differentiates the network.
        """
        self.pilot = pilot
        self.frame = frame
        self.target = target
        self.forward = forward
        self._gradients = gradients
        self._activations = dict(forward.activations)

    @property
    def network(self) -> Network:
        """The network's inputs, outputs and layers."""
        return self.pilot.network

    @property
    def pixels(self) -> Pixels:
        """What the network is fed, before normalisation: uint8 (h, w, C)."""
        return self.forward.model_input.pixels

    @property
    def tensor(self) -> NDArray[np.float32]:
        """What the network is fed: float32 (h, w, C)."""
        (tensor,) = self.forward.model_input.tensor
        return np.asarray(tensor, np.float32)

    @property
    def score(self) -> Score:
        """Says the target's number for changed pictures; see ``pilot_score``."""
        return pilot_score(self.pilot, self.target)

    @property
    def value(self) -> float:
        """The target's number for this frame."""
        return self.target.value(self.forward.steering.heads)

    @property
    def region(self) -> Box:
        """The part of the network's picture that the profile does not mask."""
        return seen_region(self.pilot.profile.input)

    def activation(self, layer: str) -> NDArray[np.float32]:
        """Return a layer's feature maps, float32 (h, w, C).

        Raises:
            UnknownNameError: There is no such layer.
            NotFiniteError: They hold NaN or infinity.
        """
        if layer not in self._activations:
            self._activations |= self.pilot.forward(self.frame, (layer,)).activations
        activation = self._activations[layer]
        if not np.isfinite(activation).all():
            msg = f'The feature maps of layer {layer!r} are not finite.'
            raise NotFiniteError(msg)
        return activation

    def layer_gradient(self, layer: str) -> Gradient:
        """Differentiate the target by a layer's feature maps.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: The model's file holds no Keras model.
            NotFiniteError: The gradient holds NaN or infinity.
        """
        inputs = self.pilot.inputs(self.forward.model_input.tensor)
        activation = self.activation(layer)
        return _finite(self._gradients().by_layer(inputs, layer, activation, self.target))

    def input_gradient(self, pictures: NDArray[np.float32]) -> Gradient:
        """Differentiate the target by the network's picture.

        Args:
            pictures: float32 (n, h, w, C), normalised.

        Raises:
            UnsupportedError: The model's file holds no Keras model.
            NotFiniteError: The gradient holds NaN or infinity.
        """
        inputs = self.pilot.inputs(self.forward.model_input.tensor)
        return _finite(self._gradients().by_input(inputs, pictures, self.target))

    def differentiate(
        self, pictures: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return gradients and numbers only; see ``input_gradient``."""
        gradient = self.input_gradient(pictures)
        return gradient.values, gradient.scores

    def hidden(self, name: str) -> Pixels:
        """Return the picture that hidden parts are taken from; see ``hidden_picture``."""
        return hidden_picture(name, self.pixels, self.region)

    def normalised(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return pictures as the network wants them, float32 of the same shape."""
        return normalise(pixels, self.pilot.profile.input.normalisation)


def _finite(gradient: Gradient) -> Gradient:
    if not (np.isfinite(gradient.values).all() and np.isfinite(gradient.scores).all()):
        msg = 'The gradient of the network is not finite for this frame.'
        raise NotFiniteError(msg)
    return gradient
