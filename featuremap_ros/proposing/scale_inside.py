# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the network scale its input itself? Ask its first layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from featuremap_ros.pilot.engine import Engine
from featuremap_ros.pilot.feeding import constant_inputs
from featuremap_ros.pilot.network import Layer

# What pictures are brought to; the first entry is black, the second white.
_RANGES = ((-1.0, 1.0), (0.0, 1.0), (-0.5, 0.5))
_CLOSE = 0.02


def scale_inside(engine: Engine, size: tuple[int, int]) -> tuple[str, str] | None:
    """Return the scale to feed to a network whose first layer brings pictures to a range.

    Constant pictures of 0, 1 and 255 are fed; a layer that sees one pixel at a time and returns
    ``a x + b`` for all of them is a scale, whatever it is called.

    Args:
        engine: The network.
        size: (width, height) of its input.

    Returns:
        The scale and how it is known; ``None`` where no layer says so.
    """
    for layer in _pointwise(engine):
        channels = engine.network.inputs[0].shape[2] or layer.shape[2]
        shape = (1, size[1], size[0], channels)
        at = [
            _constant(engine, layer.name, np.full(shape, value, np.float32))
            for value in (0.0, 1.0, 255.0)
        ]
        if any(value is None for value in at):
            continue
        zero, one, white = (float(value or 0.0) for value in at)
        gain = one - zero
        straight = abs(zero + 255 * gain - white) <= 1e-3 * max(abs(white), 1.0)
        # A crop changes nothing, and says nothing.
        if not straight or (abs(zero) < _CLOSE and abs(gain - 1) < _CLOSE):
            continue
        for scale, ends in (('none', (zero, white)), ('/255', (zero, one))):
            if gain and any(np.allclose(ends, known, atol=_CLOSE) for known in _RANGES):
                top = 255 if scale == 'none' else 1
                return scale, (
                    f'layer {layer.name} ({layer.kind}) of the model brings 0..{top} to '
                    f'{ends[0]:g}..{ends[1]:g} itself'
                )
    return None


def _pointwise(engine: Engine) -> Iterator[Layer]:
    """Yield the first layers, as long as each sees one pixel."""
    for layer in engine.network.layers[:4]:
        if layer.sampling is None or (layer.sampling.x.field, layer.sampling.y.field) != (1, 1):
            return
        yield layer


def _constant(engine: Engine, layer: str, picture: np.ndarray) -> float | None:
    """Return what a layer makes of a constant picture, ``None`` if that is not constant."""
    camera, *extra = engine.network.inputs
    _, maps = engine.run({camera.name: picture, **constant_inputs(extra)}, (layer,))
    values = maps[layer]
    return float(values.mean()) if float(np.ptp(values)) < 1e-4 else None
