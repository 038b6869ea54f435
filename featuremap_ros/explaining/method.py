# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a method is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.explaining.options import checked_options, defaults_of
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.vision.registration import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A map in its own units, and what has to be said about it.

    Attributes:
        values: float32 (h, w).
        unit: Of the values.
        sampling: Where the cells lie in the network's input; the default is one cell a pixel.
        signed: Whether zero is neutral, and below and above it speak for the target's two sides.
        score: The number that was explained, in ``unit`` where the map shares it out.
        details: Further numbers and names, as JSON can write them.
        notes: Sentences for whoever reads the map.
    """

    values: NDArray[np.float32]
    unit: str
    sampling: Sampling = field(default_factory=Sampling)
    signed: bool = False
    score: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _no_layers(network: Network, layer: str) -> tuple[str, ...]:  # noqa: ARG001
    return ()


def _refuse_nothing(pilot: Pilot, options: Mapping[str, Any]) -> None:  # noqa: ARG001
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way of looking at a decision.

    Attributes:
        name: As it is asked for.
        question: What it answers, in a line.
        find: ``find(moment, layer, **options)`` if it takes a layer, else
            ``find(moment, **options)``; returns a ``Finding``. Options are keyword-only and have
            defaults.
        layered: Whether it takes a layer.
        headed: Whether it answers about a target; else the map is the same for every one.
        gradients: Whether it differentiates, which a graph without a Keras model may not allow.
        cheap: Whether it can be computed for every frame of a camera.
        taps: ``taps(network, layer)`` returns the layers whose feature maps it reads, so that they
            can be computed together with the steering.
        refuse: ``refuse(pilot, options)`` raises for options that cannot be used with a pilot,
            before there is a frame; it gets all of them.
    """

    name: str
    question: str
    find: Callable[..., Finding]
    layered: bool = False
    headed: bool = True
    gradients: bool = False
    cheap: bool = False
    taps: Callable[[Network, str], tuple[str, ...]] = _no_layers
    refuse: Callable[[Pilot, Mapping[str, Any]], None] = _refuse_nothing

    @property
    def defaults(self) -> dict[str, Any]:
        """The options that it takes, by name."""
        return defaults_of(self.find)

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options, or refuse those that the method cannot take.

        Raises:
            UnknownNameError: An option does not exist.
            UnsupportedError: A value is of the wrong kind.
        """
        return checked_options(self.name, options, self.defaults)
