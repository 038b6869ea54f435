# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every layer of a Keras model can reach, whatever picture it is fed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.judging.reach_rules import RULES
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.keras.graph import input_names, trace
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.trust.intervals import Interval
from featuremap_ros.vision.preprocess import InputSpec


def provably_dead(pilot: Pilot) -> dict[str, NDArray[np.bool_]]:
    """Return which filters no picture can make active, by spatial layer, bool (C,).

    Args:
        pilot: Loaded from a Keras model; reading that once more takes seconds.

    Raises:
        UnsupportedError: There is no Keras model.
    """
    reached = reach(pilot.keras_model(), _fed(pilot))
    return {
        layer.name: reached.get(layer.name, Interval.unknown()).always_zero(layer.shape[2])
        for layer in pilot.network.layers
    }


def reach(model: Any, inputs: dict[str, Interval]) -> dict[str, Interval]:
    """Bound what every step of a model computes.

    Operations that are not known here may return anything.

    Args:
        model: A ``keras.Model`` with a graph.
        inputs: Of each input, by name.

    Raises:
        UnsupportedError: The model has no graph.
    """

    def call(name: str, operation: Any, args: Any, kwargs: Any) -> Interval:  # noqa: ARG001
        values = [_as_interval(v) for v in backends.keras().tree.flatten((args, kwargs))]
        incoming = [value for value in values if value is not None]
        rule = RULES.get(type(operation).__name__)
        if rule is None or not incoming or not type(operation).__module__.startswith('keras.'):
            return Interval.unknown()
        return rule(operation, incoming)

    _, steps = trace(model, [inputs[name] for name in input_names(model)], call)
    return {step.name: step.value for step in steps}


def input_range(spec: InputSpec) -> Interval:
    """Return what a pixel can be after a profile's normalisation.

    Args:
        spec: What the network is fed.
    """
    if spec.normalisation == 'per-image':
        # No value of n is further from their mean than sqrt(n - 1) standard deviations
        # (P. A. Samuelson, 1968).
        furthest = math.sqrt(math.prod(spec.size) * spec.channels - 1)
        return Interval.of(-furthest, furthest)
    ends = {
        'none': (0, 255),
        '/255': (0, 1),
        '/127.5-1': (-1, 1),
        '/255-0.5': (-0.5, 0.5),
    }
    return Interval.of(*ends[spec.normalisation])


def _fed(pilot: Pilot) -> dict[str, Interval]:
    picture, *_ = pilot.network.inputs
    constants = pilot.profile.extra_inputs
    return {
        picture.name: input_range(pilot.profile.input),
        **{name: Interval.of(min(values), max(values)) for name, values in constants.items()},
    }


def _as_interval(value: Any) -> Interval | None:
    if isinstance(value, Interval):
        return value
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Interval.of(value, value) if number else None
