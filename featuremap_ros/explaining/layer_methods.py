# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Methods that read a layer: what fires, what the layers agree on, what drives the decision."""

from __future__ import annotations

import numpy as np

from featuremap_ros.attribution.activation import reduce_channels
from featuremap_ros.attribution.gradcam import grad_cam
from featuremap_ros.attribution.hirescam import hires_cam
from featuremap_ros.attribution.visualbackprop import visual_backprop
from featuremap_ros.explaining.from_gradient import gradient_finding
from featuremap_ros.explaining.method import Finding, Method
from featuremap_ros.explaining.moment import Moment
from featuremap_ros.explaining.stages import stages_to
from featuremap_ros.pilot.network import Network


def _activation(moment: Moment, layer: str, *, reduce: str = 'mean') -> Finding:
    return Finding(
        values=reduce_channels(moment.activation(layer), reduce),
        unit='activation',
        sampling=moment.network.sampling_of(layer),
        details={'reduce': reduce},
    )


def _visual_backprop(moment: Moment, layer: str, *, overlap: str = 'sum') -> Finding:
    stages = stages_to(moment.network, layer)
    maps, below = {}, False
    for stage in stages:
        if stage.counts:
            activation = moment.activation(stage.name)
            below = below or bool((activation < 0).any())
            maps[stage.name] = reduce_channels(np.maximum(activation, 0), 'mean')
    picture = moment.network.inputs[0].name
    notes = ['It looks at no output: the picture is the same for every head.']
    if below:
        notes.append('Activations below zero, which the method has no place for, count as zero.')
    return Finding(
        values=visual_backprop(stages, maps, picture, moment.pixels.shape[:2], overlap=overlap),
        unit='share of the maximum',
        notes=tuple(notes),
        details={'overlap': overlap},
    )


def _visual_backprop_taps(network: Network, layer: str) -> tuple[str, ...]:
    return tuple(stage.name for stage in stages_to(network, layer) if stage.counts)


def _grad_cam(moment: Moment, layer: str) -> Finding:
    gradient = moment.layer_gradient(layer)
    values = grad_cam(moment.activation(layer), gradient.values[0])
    return gradient_finding(moment, gradient, values, sampling=moment.network.sampling_of(layer))


def _hires_cam(moment: Moment, layer: str) -> Finding:
    gradient = moment.layer_gradient(layer)
    values = hires_cam(moment.activation(layer), gradient.values[0])
    residual = float(gradient.scores[0] - values.sum(dtype=np.float64))
    return gradient_finding(
        moment,
        gradient,
        values,
        sampling=moment.network.sampling_of(layer),
        details={'residual': residual},
    )


def _itself(network: Network, layer: str) -> tuple[str, ...]:
    return (network.registered(layer).name,)


ACTIVATION = Method(
    name='activation',
    question='Where does this layer fire?',
    find=_activation,
    layered=True,
    headed=False,
    cheap=True,
    taps=_itself,
)

VISUALBACKPROP = Method(
    name='visualbackprop',
    question='What do all layers up to this one agree on?',
    find=_visual_backprop,
    layered=True,
    headed=False,
    cheap=True,
    taps=_visual_backprop_taps,
)

GRADCAM = Method(
    name='gradcam',
    question='Which channels of this layer push the number, and where do they fire?',
    find=_grad_cam,
    layered=True,
    gradients=True,
    cheap=True,
    taps=_itself,
)

HIRESCAM = Method(
    name='hirescam',
    question='What does every cell of this layer add to the number?',
    find=_hires_cam,
    layered=True,
    gradients=True,
    cheap=True,
    taps=_itself,
)
