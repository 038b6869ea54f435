# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The forward pass in LiteRT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import ModelFileError, UnsupportedError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.engine import Tensors
from featuremap_ros.pilot.feeding import checked_inputs
from featuremap_ros.pilot.litert_model import LiteRTModel, with_outputs
from featuremap_ros.pilot.network import Network


class LiteRTEngine:
    """Computes a network with LiteRT, in float32 at the border even if it is quantised inside."""

    def __init__(self, model: LiteRTModel, *, threads: int = 1) -> None:
        """Prepare the network without any maps.

        Args:
            model: What to compute.
            threads: Of one forward pass.

        Raises:
            ModelFileError: LiteRT refuses the flatbuffer.
            UnsupportedError: A tensor is quantised per channel.
        """
        self._model = model
        self._threads = threads
        self._kept: set[int] = set()
        self._keep(model.outputs.values())

    @property
    def network(self) -> Network:
        """What the engine computes."""
        return self._model.network

    @property
    def model(self) -> LiteRTModel:
        """The graph that LiteRT computes."""
        return self._model

    def run(
        self, inputs: Mapping[str, NDArray[np.float32]], taps: Sequence[str] = ()
    ) -> tuple[Tensors, Tensors]:
        """Compute one forward pass; see ``Engine.run``.

        Maps are computed from the first run on that asks for them, which takes some milliseconds
        longer: a graph that keeps all its maps cannot be fused.

        Raises:
            ProfileError: An input is missing or has another shape than the network's.
            UnknownNameError: A tap is no spatial layer of the network.
        """
        layers = {name: self._model.layers[self.network.layer(name).name] for name in taps}
        arrays = checked_inputs(self.network, inputs)
        self._keep(layers.values())
        for name, index in self._model.inputs.items():
            self._borders[index].write(arrays[name])
        self._interpreter.invoke()
        return (
            {name: self._borders[i].read() for name, i in self._model.outputs.items()},
            {name: self._borders[i].read() for name, i in layers.items()},
        )

    def _keep(self, tensors: Iterable[int]) -> None:
        """Build the interpreter anew if it does not keep all of these tensors yet."""
        kept = self._kept | set(tensors)
        if kept == self._kept:
            return
        try:
            content = with_outputs(self._model.content, kept)
            interpreter = backends.litert_interpreter(content, threads=self._threads)
        except (RuntimeError, ValueError) as error:
            msg = f'LiteRT cannot compute the model ({self.network.origin}): {error}'
            raise ModelFileError(msg) from error
        details = {detail['index']: detail for detail in interpreter.get_tensor_details()}
        self._borders = {
            index: _Border(interpreter, details[index])
            for index in kept | set(self._model.inputs.values())
        }
        self._interpreter = interpreter
        self._kept = kept


class _Border:
    """Carries one tensor over the border between float32 and what the network computes in."""

    def __init__(self, interpreter: Any, details: Mapping[str, Any]) -> None:
        self._interpreter = interpreter
        self._index: int = details['index']
        self._dtype = np.dtype(details['dtype'])
        quantisation = details['quantization_parameters']
        if len(quantisation['scales']) > 1:
            msg = (
                f'Tensor {details["name"]!r} is quantised per channel: expected one scale for the '
                'whole map. Convert the model with float32 or per-tensor activations.'
            )
            raise UnsupportedError(msg)
        # Integers without a scale are counts, e.g. the index of a class, or pixels.
        self._scale = np.float32(quantisation['scales'][0] if quantisation['scales'].size else 1)
        self._zero = int(quantisation['zero_points'][0]) if quantisation['scales'].size else 0

    def write(self, values: NDArray[np.float32]) -> None:
        """Set the tensor; what its type cannot hold is clipped."""
        if self._dtype.kind in 'iu':
            limits = np.iinfo(self._dtype)
            values = np.rint(values / self._scale) + self._zero
            values = np.clip(values, limits.min, limits.max)
        self._interpreter.set_tensor(self._index, values.astype(self._dtype, copy=False))

    def read(self) -> NDArray[np.float32]:
        """Return a copy, without the batch axis."""
        values: NDArray[Any] = self._interpreter.get_tensor(self._index)[0]
        if self._dtype.kind in 'iu':
            return (values.astype(np.int64) - self._zero).astype(np.float32) * self._scale
        return values.astype(np.float32, copy=False)
