# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Drive the same pictures in many ways, and keep what the network returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import BadFrameError
from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.feeding import constant_inputs
from featuremap_ros.pilot.heads import Head
from featuremap_ros.vision.frame import Image
from featuremap_ros.vision.preprocess import InputSpec, normalise, Preprocessor


class Trial:
    """What a network returns on some pictures, for every way to feed it.

    Attributes:
        specs: The ways to feed it.
        count: Pictures that were fed.
    """

    def __init__(self, engine: Engine, specs: Sequence[InputSpec]) -> None:
        """Prepare what does not depend on the pictures.

        Args:
            engine: Computes the network; its further inputs are fed zeros.
            specs: The ways to feed it.
        """
        camera, *extra = engine.network.inputs
        self.specs = tuple(specs)
        self.count = 0
        self._engine = engine
        self._camera = camera.name
        self._extra = constant_inputs(extra)
        # Several scales share the pixels.
        self._pixels = {
            replace(spec, normalisation='none'): Preprocessor(replace(spec, normalisation='none'))
            for spec in specs
        }
        self._outputs: dict[InputSpec, dict[str, list[NDArray[np.float32]]]] = {
            spec: {tensor.name: [] for tensor in engine.network.outputs} for spec in specs
        }

    def feed(self, image: Image) -> bool:
        """Drive one picture in all ways.

        Args:
            image: RGB, uint8 (H, W, 3).

        Returns:
            Whether it could be fed; a picture of another size than the camera's cannot.
        """
        try:
            pixels = {key: prepare(image).pixels for key, prepare in self._pixels.items()}
        except BadFrameError:
            return False
        for spec in self.specs:
            fed = pixels[replace(spec, normalisation='none')]
            tensor = normalise(fed, spec.normalisation)[None]
            outputs, _ = self._engine.run({self._camera: tensor, **self._extra})
            for name, output in outputs.items():
                flat = np.nan_to_num(output.reshape(-1), nan=0.0, posinf=1e9, neginf=-1e9)
                self._outputs[spec][name].append(flat)
        self.count += 1
        return True

    def outputs(self, spec: InputSpec) -> dict[str, list[NDArray[np.float32]]]:
        """Return the outputs by name, one flat array for each picture."""
        return self._outputs[spec]

    def steered(self, spec: InputSpec, head: Head) -> NDArray[np.float64]:
        """Return what the car would have done, -1 to 1, float64 (n,)."""
        outputs = self._outputs[spec][str(head.output)]
        return np.array([head.decide(output)[0] for output in outputs])

    def read(self, spec: InputSpec, head: Head) -> NDArray[np.float64]:
        """Return what the head reads, neither clamped nor rounded to a bin, float64 (n,)."""
        outputs = self._outputs[spec][str(head.output)]
        return np.array([head.expectation(output) for output in outputs])
