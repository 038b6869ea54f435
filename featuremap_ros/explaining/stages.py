# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A network as VisualBackProp walks it: which layers count, and how each gathers its input."""

from __future__ import annotations

import math

from featuremap_ros.attribution.visualbackprop import Stage, Window
from featuremap_ros.errors import UnsupportedError
from featuremap_ros.pilot.network import Layer, Network
from featuremap_ros.pilot.showcase import after_activation, is_convolution, showcase
from featuremap_ros.vision.registration import AxisSampling, Sampling


def deepest_map(network: Network) -> str:
    """Return the layer to explain by default: the last convolution, after its activation.

    Raises:
        UnsupportedError: No layer has a place in the picture.
    """
    return showcase(network)[-1]


def stages_to(network: Network, top: str) -> list[Stage]:
    """Return the layers between the picture and a layer, in the order of computation.

    A convolution counts with its map after the activation, which may be a layer of its own;
    normalisation, dropout, pooling, padding and cropping only pass on.

    Args:
        network: The network.
        top: Name of a spatial layer; the last of the stages.

    Raises:
        UnknownNameError: There is no such layer.
        UnsupportedError: A layer on the way enlarges its input or has no place in the picture.
    """
    layers = {layer.name: layer for layer in network.layers}
    chosen = network.registered(top)
    counting = {
        after_activation(network, layer).name
        for layer in network.layers
        if is_convolution(layer) and layer.sampling is not None
    }
    on_the_way = {chosen.name}
    for layer in reversed(network.layers):
        if layer.name in on_the_way:
            on_the_way.update(source.name for source in _mapped_inputs(layer, layers))
    return [
        Stage(
            layer.name,
            _windows(layer, layers, network),
            layer.shape[:2],
            layer.name in counting or layer is chosen,
        )
        for layer in network.layers
        if layer.name in on_the_way
    ]


def _mapped_inputs(layer: Layer, layers: dict[str, Layer]) -> list[Layer]:
    """Return the layers whose maps a layer gathers; gates of single cells are none."""
    sources = [layers[name] for name in layer.inputs if name in layers]
    return [s for s in sources if s.shape[:2] != (1, 1) or layer.shape[:2] == (1, 1)]


def _windows(layer: Layer, layers: dict[str, Layer], network: Network) -> dict[str, Window]:
    place = network.sampling_of(layer.name)
    sources = _mapped_inputs(layer, layers)
    picture = network.inputs[0].name
    if len(sources) + (picture in layer.inputs) > 1:
        same = [source.name for source in sources if source.shape[:2] == layer.shape[:2]]
        return dict.fromkeys(same, Window())
    windows = {
        source.name: _window(source.sampling, place, layer)
        for source in sources
        if source.sampling is not None
    }
    if picture in layer.inputs:
        windows[picture] = _window(Sampling(), place, layer)
    return windows


def _window(before: Sampling, after: Sampling, layer: Layer) -> Window:
    """Tell from two places how the layer between them gathers cells."""

    def axis(a: AxisSampling, b: AxisSampling) -> tuple[int, int, int]:
        stride, reach = b.jump / a.jump, (b.field - a.field) / a.jump
        parts = (reach + 1, stride, reach / 2 - (b.start - a.start) / a.jump)
        kernel, step, pad = (round(part) for part in parts)
        if step < 1 or not all(
            math.isclose(part, n, abs_tol=1e-6)
            for part, n in zip(parts, (kernel, step, pad), strict=True)
        ):
            msg = (
                f'VisualBackProp cannot walk back through layer {layer.name!r} ({layer.kind}), '
                'which enlarges its input or shifts it by parts of a cell. Choose an earlier '
                'layer, or another method.'
            )
            raise UnsupportedError(msg)
        return kernel, step, pad

    rows, columns = axis(before.y, after.y), axis(before.x, after.x)
    kernel, stride, pad = zip(rows, columns, strict=True)
    return Window(kernel, stride, pad)
