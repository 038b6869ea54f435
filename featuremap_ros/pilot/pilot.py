# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The network that drives: a model file, what it is fed, and how its outputs read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot.engine import Engine, Tensors
from featuremap_ros.pilot.feeding import constant_inputs
from featuremap_ros.pilot.formats import read_keras
from featuremap_ros.pilot.gradients import Gradients, QuickestGradients
from featuremap_ros.pilot.heads import decode, Steering
from featuremap_ros.pilot.keras.gradients import KerasGradients
from featuremap_ros.pilot.litert_engine import LiteRTEngine
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.loading import load_engine
from featuremap_ros.pilot.network import Network, TensorSpec
from featuremap_ros.pilot.profile import guess, PilotProfile
from featuremap_ros.pilot.tflite.gradients import TFLiteGradients
from featuremap_ros.vision.frame import Frame
from featuremap_ros.vision.preprocess import ModelInput, Preprocessor
from featuremap_ros.vision.registration import Registration


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """One frame's way through the network.

    Attributes:
        steering: What the network decided.
        activations: By layer name, each float32 (h, w, C).
        model_input: What the network was fed.
    """

    steering: Steering
    activations: Tensors
    model_input: ModelInput


class Pilot:
    """A driving network, ready to be fed camera frames.

    Attributes:
        profile: What the network is fed and how its outputs read.
        preprocess: From the camera's picture to the network's input.
    """

    def __init__(
        self,
        engine: Engine,
        profile: PilotProfile,
        *,
        read_model: Callable[[], Any] | None = None,
    ) -> None:
        """Join a network and a profile.

        Args:
            engine: Computes the network.
            profile: Must fit it.
            read_model: Reads the same network as a ``keras.Model``, for gradients that NumPy
                cannot compute; without it they are refused.

        Raises:
            ProfileError: The profile does not fit the network.
        """
        profile.check(engine.network)
        self.profile = profile
        self.preprocess = Preprocessor(profile.input)
        self._engine = engine
        self._read_model = read_model
        camera, *extra = engine.network.inputs
        self._camera_input = camera.name
        self._extra_inputs = {
            tensor.name: _filled(tensor, profile.extra_inputs[tensor.name]) for tensor in extra
        }

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        profile: PilotProfile | str | Path | None = None,
        max_steering_angle: float | None = None,
        threads: int | None = 1,
    ) -> Pilot:
        """Open a model file without running any code that it holds.

        Args:
            path: Keras 1, 2 or 3, SavedModel or TFLite.
            profile: A profile, the name of a shipped one, or the path of a YAML file; guessed if
                not given, where the model leaves no doubt.
            max_steering_angle: Overrides the profile's (rad).
            threads: Of the forward pass; ``None`` tries what is quickest here.

        Raises:
            ModelFileError: The file cannot be read.
            UnknownNameError: No shipped profile has that name.
            ProfileError: The profile does not fit, or cannot be guessed.
            UnsupportedError: The model has no graph, or operations that LiteRT lacks.
            MissingDependencyError: A Keras model that is not kept needs TensorFlow.
        """
        if isinstance(profile, (str, Path)):
            profile = PilotProfile.load(profile)
        engine = load_engine(
            path,
            lambdas=profile.lambdas if profile else {},
            custom_layers=profile.custom_layers if profile else {},
            input_size=profile.input.size if profile else None,
            threads=threads,
        )
        profile = profile or guess(engine.network)
        return cls(
            engine,
            profile.with_max_steering_angle(max_steering_angle),
            read_model=partial(_read_model, path, profile),
        )

    @property
    def network(self) -> Network:
        """The network's inputs, outputs and layers."""
        return self._engine.network

    @property
    def litert_model(self) -> LiteRTModel | None:
        """The graph that LiteRT computes; ``None`` where TensorFlow computes the network."""
        return self._engine.model if isinstance(self._engine, LiteRTEngine) else None

    def forward(self, frame: Frame, layers: Sequence[str] = ()) -> ForwardPass:
        """Drive on one frame.

        Args:
            frame: The camera's picture.
            layers: Names of spatial layers whose activations are wanted.

        Raises:
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network returned NaN or infinity.
            UnknownNameError: There is no such layer.
        """
        return self.feed(self.preprocess(frame.image), layers)

    def feed(self, model_input: ModelInput, layers: Sequence[str] = ()) -> ForwardPass:
        """Drive on a picture that is prepared.

        Args:
            model_input: What the network is fed.
            layers: Names of spatial layers whose activations are wanted.

        Raises:
            NotFiniteError: The network returned NaN or infinity.
            UnknownNameError: There is no such layer.
        """
        outputs, activations = self._engine.run(self.inputs(model_input.tensor), layers)
        steering = decode(self.profile.heads, outputs, self.profile.max_steering_angle)
        return ForwardPass(steering, activations, model_input)

    def inputs(self, tensor: NDArray[np.float32]) -> Tensors:
        """Return everything that the network is fed, by input name, the picture first.

        Args:
            tensor: The picture, float32 (1, h, w, C), normalised.
        """
        return {self._camera_input: tensor, **self._extra_inputs}

    def outputs(self, tensor: NDArray[np.float32]) -> Tensors:
        """Return the network's raw outputs, by name, without looking at them.

        Args:
            tensor: The picture, float32 (1, h, w, C), normalised.
        """
        return self._engine.run(self.inputs(tensor))[0]

    def gradients(self) -> Gradients:
        """Return what differentiates the network.

        Whatever LiteRT computes from operations that have a derivative in NumPy needs nothing
        else; for the rest the Keras model is read and TensorFlow imported, when it is first asked
        for.

        Raises:
            UnsupportedError: LiteRT does not compute the network, and there is no Keras model.
        """
        quick = self.quick_gradients()
        return (
            QuickestGradients(quick, self._keras_gradients) if quick else self._keras_gradients()
        )

    def quick_gradients(self) -> TFLiteGradients | None:
        """Return what differentiates without TensorFlow; ``None`` where LiteRT does not compute.

        It raises ``NotDifferentiableError`` for what only TensorFlow can differentiate.
        """
        model = self.litert_model
        return None if model is None else TFLiteGradients(model)

    def keras_model(self) -> Any:
        """Read the network as a ``keras.Model``, which imports TensorFlow; this takes seconds.

        Raises:
            UnsupportedError: There is no Keras model, only a graph.
        """
        if self._read_model is None:
            msg = 'Gradients need a Keras model, and this pilot was not loaded from a file of one.'
            raise UnsupportedError(msg)
        return self._read_model()

    def _keras_gradients(self) -> KerasGradients:
        return KerasGradients(self.keras_model(), self.network)

    def registration(self, layer: str, model_input: ModelInput) -> Registration:
        """Return where a layer's cells lie in the camera's picture.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: Its place in the picture is not defined.
        """
        return Registration(self.network.sampling_of(layer), model_input.to_camera)


def _filled(tensor: TensorSpec, values: Sequence[float]) -> NDArray[np.float32]:
    """Return an input of constant values; a single one is repeated."""
    if len(values) == 1:
        return constant_inputs([tensor], values[0])[tensor.name]
    shape = (1, *(-1 if n is None else n for n in tensor.shape))
    return np.array(values, np.float32).reshape(shape)


def _read_model(path: str | Path, profile: PilotProfile) -> Any:
    """Read a model file once more, for gradients."""
    try:
        model, _ = read_keras(path, lambdas=profile.lambdas, custom_layers=profile.custom_layers)
    except ModelFileError as error:
        msg = f'Gradients need a Keras model: {error} Use a method without gradients.'
        raise UnsupportedError(msg) from error
    return model
