# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The seam between a pilot and whatever computes its forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot.network import Network

Tensors: TypeAlias = dict[str, NDArray[np.float32]]


class Engine(Protocol):
    """Computes a network's outputs and, in the same pass, the maps of some of its layers.

    An engine belongs to one thread at a time.
    """

    @property
    def network(self) -> Network:
        """What the engine computes."""
        ...

    def run(
        self, inputs: Mapping[str, NDArray[np.float32]], taps: Sequence[str] = ()
    ) -> tuple[Tensors, Tensors]:
        """Compute one forward pass.

        Args:
            inputs: By input name, each float32 (1, ...); every input of the network.
            taps: Names of spatial layers.

        Returns:
            The outputs by name, each float32 without the batch axis, and the activations by layer
            name, each float32 (h, w, C). The caller owns the arrays.

        Raises:
            UnknownNameError: A tap is no spatial layer of the network.
        """
        ...
