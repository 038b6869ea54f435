# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What every layer of a pilot can reach, whatever picture it is fed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.judging.reach_pointwise import POINTWISE
from featuremap_ros.judging.reach_ranges import Ranges, settled, stored
from featuremap_ros.judging.reach_rules import bound
from featuremap_ros.pilot.litert_model import LiteRTModel
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.trust.intervals import Interval, pieces, together
from featuremap_ros.vision.preprocess import InputSpec


@dataclass(frozen=True, slots=True)
class Proof:
    """Which filters no picture can make active.

    Attributes:
        dead: By spatial layer, bool (C,); layers of which nothing is known are left out.
        unknown: Why nothing is known of a layer, by layer.
    """

    dead: Mapping[str, NDArray[np.bool_]]
    unknown: Mapping[str, str]

    def note(self, layers: Iterable[str]) -> str:
        """Say for which of these layers it is not known, and why; empty if it is for all."""
        lacking: dict[str, list[str]] = {}
        for layer in layers:
            if layer in self.unknown:
                lacking.setdefault(self.unknown[layer], []).append(layer)
        return ' '.join(
            f'Whether filters of {", ".join(names)} are provably dead is unknown: {reason}'
            for reason, names in lacking.items()
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """What layers stay within.

    Attributes:
        intervals: Of each channel, (C,), by spatial layer.
        unknown: Of layers that have no bounded channel the reason, by layer.
    """

    intervals: Mapping[str, Interval]
    unknown: Mapping[str, str]


def prove(pilot: Pilot) -> Proof:
    """Find the filters that no picture can make active, from the graph that LiteRT computes.

    Args:
        pilot: Of any format; neither Keras nor TensorFlow is loaded.
    """
    model = pilot.litert_model
    if model is None:
        reason = 'TensorFlow computes this model; only what LiteRT computes can be bounded.'
        return Proof({}, {layer.name: reason for layer in pilot.network.layers})
    reached = reach(model, _fed(pilot))
    return Proof(
        {
            layer.name: reached.intervals[layer.name].always_zero(layer.shape[2])
            for layer in pilot.network.layers
            if layer.name not in reached.unknown
        },
        reached.unknown,
    )


def reach(model: LiteRTModel, inputs: Mapping[str, Interval]) -> Reach:
    """Bound what every layer of a model computes.

    Operations that are not known here may return anything that their outputs can hold.

    Args:
        model: The flatbuffer and which of its tensors is what.
        inputs: Of each input, by name.
    """
    file = TFLiteFile(model.content, source=f'The model ({model.network.origin})')
    known = {tensor: stored(file, tensor, inputs[name]) for name, tensor in model.inputs.items()}
    ranges, reasons = Ranges(file, known), dict.fromkeys(known, '')
    for operator in _leading_to(file, set(model.layers.values())):
        found = _bound_together(ranges, operator)
        before = next((reasons[t] for t in operator.inputs if reasons.get(t)), '')
        lost = before or f'what {operator.kind} returns here has no bounds.'
        for tensor in operator.outputs:
            ranges[tensor] = kept = stored(file, tensor, found)
            reasons[tensor] = '' if kept.bounded.any() else lost
    return Reach(
        {name: ranges[tensor] for name, tensor in model.layers.items()},
        {name: reasons[t] for name, t in model.layers.items() if reasons.get(t)},
    )


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


def _leading_to(file: TFLiteFile, needed: set[int]) -> list[Operator]:
    """Return the operations that compute some tensors, in order: not what lies behind them."""
    found = []
    for operator in reversed(file.operators):
        unpacks = operator.kind == 'DEQUANTIZE' and file.stored(operator.inputs[0]) is not None
        if needed.intersection(operator.outputs) and not unpacks:
            needed.update(operator.inputs)
            found.append(operator)
    return found[::-1]


def _bound_together(ranges: Ranges, operator: Operator) -> Interval:
    """Bound an operation whose inputs may depend on each other.

    A converter writes many an activation as a product or choice of several functions of the same
    number: x / (1 + |x|). Taken for independent, they would be bounded poorly. So the range of
    that number is cut into pieces, and each piece is bounded alone.
    """
    begun = _common_source(ranges.file, operator)
    if begun is None:
        return bound(ranges, operator)
    source, chain = begun
    alone = Ranges(ranges.file, {source: pieces(ranges[source])})
    for link in chain:
        (tensor,) = link.outputs
        alone[tensor] = settled(bound(alone, link))
    return together(settled(bound(alone, operator)))


def _common_source(file: TFLiteFile, operator: Operator) -> tuple[int, list[Operator]] | None:
    """Return the one tensor that all inputs are computed from element by element, and how.

    ``None`` where there are several, or where the inputs need no such thing.
    """
    inputs = _computed(file, operator)
    if operator.kind not in POINTWISE or len(inputs) < 2:
        return None
    shape, links, sources = file.shape(operator.outputs[0]), set[int](), set[int]()
    while inputs:
        tensor = inputs.pop()
        producer = file.producers.get(tensor)
        plain = file.dtype(tensor) in ('BOOL', 'FLOAT32') and file.shape(tensor) == shape
        if producer is None or producer.kind not in POINTWISE or not plain:
            sources.add(tensor)
        elif tensor not in links:
            links.add(tensor)
            inputs += _computed(file, producer)
    if len(sources) != 1:
        return None
    return sources.pop(), [op for op in file.operators if links.intersection(op.outputs)]


def _computed(file: TFLiteFile, operator: Operator) -> list[int]:
    """Return the inputs of an operation that are not constant."""
    return [tensor for tensor in operator.inputs if tensor >= 0 and file.stored(tensor) is None]
