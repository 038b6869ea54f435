# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Gradients of one number of the decision: in NumPy where that is possible, else TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import (
    FeatureMapError,
    MissingDependencyError,
    NotDifferentiableError,
    UnsupportedError,
)
from featuremap_ros.pilot.targets import Target

_Found = TypeVar('_Found')

# Numbers in pictures from which on TensorFlow is worth its start: some small ones, or a large one.
_MANY = 2**18


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """Gradients of one number in each picture of a batch.

    Attributes:
        values: float32 (n, ...), of the shape of what the number was differentiated by.
        scores: The number itself, float64 (n,).
        unit: Of the number.
        notes: What must be said beside a picture of it.
    """

    values: NDArray[np.float32]
    scores: NDArray[np.float64]
    unit: str
    notes: tuple[str, ...] = ()


class Gradients(Protocol):
    """Differentiates a network by its input or by a feature map.

    The number of a target is linear in the last layer wherever it can be: a linear output itself;
    what goes into a tanh or sigmoid, since behind it gradients vanish where it saturates; the
    logit of one class; and for bins the mean value under the softmax.
    """

    def by_layer(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        layer: str,
        activation: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by a feature map that was computed before.

        Only what follows the layer is computed, so the map may come from any engine.

        Args:
            inputs: Everything that the network is fed, by name, each float32 (1, ...).
            layer: Name of a spatial layer.
            activation: Its output, float32 (h, w, C).
            target: What to differentiate.

        Returns:
            Gradients, float32 (1, h, w, C).

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: The gradient cannot be computed.
        """
        ...

    def by_input(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by the network's picture.

        Args:
            inputs: Everything that the network is fed, by name, each float32 (1, ...); the
                picture among them is not used.
            pictures: float32 (n, h, w, C), normalised; taken in batches that fit into memory.
            target: What to differentiate.

        Returns:
            Gradients, float32 (n, h, w, C).

        Raises:
            UnsupportedError: The gradient cannot be computed.
        """
        ...

    def by_input_of_channel(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        layer: str,
        channel: int,
        *,
        centre: bool = False,
    ) -> Gradient:
        """Differentiate the activation of one channel by the network's picture.

        Args:
            inputs: Everything that the network is fed, by name, each float32 (1, ...).
            pictures: float32 (n, h, w, C), normalised.
            layer: Name of a spatial layer.
            channel: One of its channels.
            centre: Take the cell in the middle instead of the mean of all cells.

        Raises:
            UnknownNameError: There is no such layer.
            UnsupportedError: There is no such channel, or the gradient cannot be computed.
        """
        ...

    def first_kernels(self) -> NDArray[np.float32]:
        """Return the weights of the first convolution, float32 (rows, columns, C, filters).

        Raises:
            UnsupportedError: The model has no convolution.
        """
        ...


class QuickestGradients:
    """Tries the gradients that start at once first, and loads the others where they are better."""

    def __init__(self, quick: Gradients, load: Callable[[], Gradients]) -> None:
        """Load nothing yet.

        Args:
            quick: Starts at once; raises ``NotDifferentiableError`` for what it cannot do.
            load: Returns what can do all, and many pictures faster, but takes seconds to load; or
                raises ``UnsupportedError`` or ``MissingDependencyError``. Called once at most.
        """
        self._quick = quick
        self._load = load
        self._loaded: Gradients | None = None
        self._lacking: FeatureMapError | None = None

    def by_layer(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        layer: str,
        activation: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by a feature map; see ``Gradients.by_layer``."""
        return self._ask(lambda way: way.by_layer(inputs, layer, activation, target))

    def by_input(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        target: Target,
    ) -> Gradient:
        """Differentiate by the network's picture; see ``Gradients.by_input``."""
        return self._ask(
            lambda way: way.by_input(inputs, pictures, target), many=pictures.size > _MANY
        )

    def by_input_of_channel(
        self,
        inputs: Mapping[str, NDArray[np.float32]],
        pictures: NDArray[np.float32],
        layer: str,
        channel: int,
        *,
        centre: bool = False,
    ) -> Gradient:
        """Differentiate one channel; see ``Gradients.by_input_of_channel``."""
        return self._ask(
            lambda way: way.by_input_of_channel(inputs, pictures, layer, channel, centre=centre),
            many=pictures.size > _MANY,
        )

    def first_kernels(self) -> NDArray[np.float32]:
        """Return the weights of the first convolution; see ``Gradients.first_kernels``."""
        return self._ask(lambda way: way.first_kernels())

    def _ask(self, question: Callable[[Gradients], _Found], *, many: bool = False) -> _Found:
        if many and (loaded := self._all()) is not None:
            return question(loaded)
        try:
            return question(self._quick)
        except NotDifferentiableError as error:
            loaded = self._all()
            if loaded is None:
                msg = f'{error} {self._lacking}'
                raise UnsupportedError(msg) from self._lacking
            return question(loaded)

    def _all(self) -> Gradients | None:
        """Return the gradients that can do everything; ``None`` if they cannot be loaded."""
        if self._loaded is None and self._lacking is None:
            try:
                self._loaded = self._load()
            except (MissingDependencyError, UnsupportedError) as error:
                self._lacking = error
        return self._loaded
