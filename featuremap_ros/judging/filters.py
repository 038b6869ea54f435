# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the filters of a pilot do over a race."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotFiniteError
from featuremap_ros.pilot.network import Network
from featuremap_ros.pilot.pilot import Pilot
from featuremap_ros.trust.filter_verdict import judge_filters, LayerVerdict
from featuremap_ros.trust.filters import FilterStatistics
from featuremap_ros.trust.timeline import Timeline
from featuremap_ros.vision.frame import Frame

# Parts of the names of Keras classes and TFLite operators.
_FILTERING = ('activation', 'conv', 'elu', 'logistic', 'sigmoid', 'silu', 'softplus', 'tanh')


def filtering_layers(network: Network) -> tuple[str, ...]:
    """Return the convolutions and activations: the rest passes on what they let through.

    Where a network has neither, every spatial layer.
    """
    kinds = {layer.name: layer.kind.lower() for layer in network.layers}
    found = [name for name, kind in kinds.items() if any(part in kind for part in _FILTERING)]
    return tuple(found or kinds)


class FilterSurvey:
    """Watches layers of a pilot; the memory does not depend on the length of the race.

    Attributes:
        pilot: The network.
        layers: Names of the watched layers.
        timelines: By layer, the mean size of each filter's activation.
        latest: By layer, the feature maps of the latest frame, float32 (h, w, C).
    """

    def __init__(self, pilot: Pilot, layers: Sequence[str]) -> None:
        """Begin without frames.

        Args:
            pilot: The network.
            layers: Names of spatial layers.

        Raises:
            UnknownNameError: There is no such layer.
        """
        channels = {name: pilot.network.layer(name).shape[2] for name in layers}
        self.pilot = pilot
        self.layers = tuple(channels)
        self.timelines = {name: Timeline(count) for name, count in channels.items()}
        self.latest: dict[str, NDArray[np.float32]] = {}
        self._statistics = {name: FilterStatistics(count) for name, count in channels.items()}

    def watch(self, frame: Frame) -> None:
        """Drive on a frame.

        Raises:
            BadFrameError: The picture does not fit the profile.
            NotFiniteError: The network or a layer returned NaN or infinity; the frame does not
                count.
        """
        self.add(self.pilot.forward(frame, self.layers).activations, frame.stamp_ns)

    def add(self, activations: Mapping[str, NDArray[np.float32]], stamp_ns: int) -> None:
        """Take the feature maps of one frame.

        Args:
            activations: Of all watched layers, each float32 (h, w, C).
            stamp_ns: Of the frame (ns).

        Raises:
            NotFiniteError: A layer holds NaN or infinity; the frame does not count.
        """
        for name in self.layers:
            if not np.isfinite(activations[name]).all():
                msg = f'The feature maps of layer {name!r} are not finite.'
                raise NotFiniteError(msg)
        for name in self.layers:
            self._statistics[name].add(activations[name])
            sizes = np.abs(activations[name]).mean(axis=(0, 1), dtype=np.float64)
            self.timelines[name].add(sizes, stamp_ns)
            self.latest[name] = activations[name]

    def verdicts(
        self, proved: Mapping[str, NDArray[np.bool_]] | None = None
    ) -> dict[str, LayerVerdict]:
        """Judge every layer.

        Args:
            proved: Which filters no picture can make active, by layer; see ``prove``.
        """
        proved = proved or {}
        return {
            name: judge_filters(statistics, proved.get(name))
            for name, statistics in self._statistics.items()
        }


def as_json(verdict: LayerVerdict) -> dict[str, Any]:
    """Return a verdict as plain data."""
    return {
        'level': verdict.level.value,
        'message': verdict.message,
        'frames': verdict.frames,
        'enough_frames': verdict.enough,
        'proof': verdict.proof,
        'filters': [
            {**asdict(one), 'sparsity': one.sparsity, 'remarks': list(one.remarks)}
            for one in verdict.filters
        ],
    }
