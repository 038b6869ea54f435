# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations of a TFLite graph in NumPy, each with its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot.tflite.activations import (
    leaky_relu,
    POINTWISE,
    pointwise,
    same,
    softmax,
    with_fused,
)
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.pilot.tflite.rule import Array, Back, Rule
from featuremap_ros.pilot.tflite.values import constant_values
from featuremap_ros.pilot.tflite.windows import averaging, convolution, depthwise, maximum

# Weights of a dense layer up to which it is computed in float64. What remains of the gradient of a
# mean value under a softmax is a small difference, to which float32 adds 7e-6 of the maximum.
_EXACT = 2**18

_RESHAPING = ('EXPAND_DIMS', 'RESHAPE', 'SQUEEZE')


def rule_of(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of one operation; see ``rule``.

    Args:
        file: The graph.
        operator: One of its operations.

    Raises:
        NotDifferentiableError: There is no rule; the message names the operation.
    """
    build = _BUILDERS.get(operator.kind)
    if build is None:
        msg = f'{operator.kind} has no derivative here'
        raise NotDifferentiableError(msg)
    rule = build(file, operator)
    fused = getattr(operator.options, 'fusedActivationFunction', 0)
    return with_fused(rule, fused)


def varying(file: TFLiteFile, operator: Operator) -> tuple[int, ...]:
    """Return the inputs that an operation's rule is a function of."""
    # Computed shapes only fill in the size of the batch.
    inputs = operator.inputs[:1] if operator.kind in _RESHAPING else operator.inputs
    return tuple(t for t in inputs if t >= 0 and constant_values(file, t) is None)


def _constants(file: TFLiteFile, operator: Operator) -> list[NDArray[Any] | None]:
    """Return the operation's constant inputs, ``None`` for the others."""
    return [constant_values(file, tensor) for tensor in operator.inputs]


def _kept(_: TFLiteFile, __: Operator) -> Rule:
    """What only changes how numbers are stored: the rounding is left out."""
    return same


def _dense(file: TFLiteFile, operator: Operator) -> Rule:
    _, weights, *bias = _constants(file, operator)
    if weights is None:
        msg = 'FULLY_CONNECTED with weights that are computed has no derivative here'
        raise NotDifferentiableError(msg)
    offset = bias[0] if bias and bias[0] is not None else np.float32(0)
    shape = file.shape(operator.outputs[0])[1:]
    if weights.size <= _EXACT:
        weights = weights.astype(np.float64)

    def apply(x: Array) -> tuple[Array, Back]:
        flat = x.reshape(-1, weights.shape[1])
        y = _product(flat, weights.T) + offset
        return y.reshape(len(x), *shape), lambda g: (
            _product(g.reshape(-1, len(weights)), weights).reshape(x.shape),
        )

    return apply


def _product(rows: Array, matrix: Array) -> Array:
    """Return rows @ matrix, for one row without threads.

    The threads of a matrix product wait for each other: where a camera and a driver keep the
    processor busy, 20 us sometimes become 20 ms.
    """
    if len(rows) == 1:
        return np.asarray(np.einsum('i,io->o', rows[0], matrix)[None])
    return rows @ matrix


def _reshape(file: TFLiteFile, operator: Operator) -> Rule:
    shape = file.shape(operator.outputs[0])[1:]
    return lambda x: (x.reshape(len(x), *shape), lambda g: (g.reshape(x.shape),))


def _concatenation(file: TFLiteFile, operator: Operator) -> Rule:
    axis = operator.options.axis % len(file.shape(operator.outputs[0]))
    if not axis:
        msg = 'CONCATENATION along the batch has no derivative here'
        raise NotDifferentiableError(msg)
    constants = _constants(file, operator)

    def apply(*given: Array) -> tuple[Array, Back]:
        left = iter(given)
        parts = [
            next(left) if value is None else np.repeat(value, len(given[0]), axis=0)
            for value in constants
        ]
        ends = np.cumsum([part.shape[axis] for part in parts])[:-1]

        def back(g: Array) -> list[Array]:
            pieces = np.split(g, ends, axis=axis)
            return [p for p, value in zip(pieces, constants, strict=True) if value is None]

        return np.concatenate(parts, axis=axis), back

    return apply


# Value and gradients by both sides.
_ARITHMETIC: dict[str, Callable[[Array, Array], tuple[Array, Back]]] = {
    'ADD': lambda a, b: (a + b, lambda g: (g, g)),
    'SUB': lambda a, b: (a - b, lambda g: (g, -g)),
    'MUL': lambda a, b: (a * b, lambda g: (g * b, g * a)),
    'DIV': lambda a, b: (a / b, lambda g: (g / b, -g * a / (b * b))),
    'ATAN2': lambda a, b: (
        np.arctan2(a, b),
        lambda g: (g * b / (a * a + b * b), -g * a / (a * a + b * b)),
    ),
}


def _arithmetic(file: TFLiteFile, operator: Operator) -> Rule:
    compute = _ARITHMETIC[operator.kind]
    constants = _constants(file, operator)

    def apply(*given: Array) -> tuple[Array, Back]:
        left = iter(given)
        a, b = (next(left) if value is None else value for value in constants)
        y, back = compute(a, b)

        def shared_out(g: Array) -> list[Array]:
            return [
                _summed(part, side.shape)
                for part, side, value in zip(back(g), (a, b), constants, strict=True)
                if value is None
            ]

        return y, shared_out

    return apply


def _summed(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Add a gradient up over what was repeated."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = [i for i, side in enumerate(shape) if side == 1 and gradient.shape[i] > 1]
    return np.asarray(gradient.sum(axis=tuple(repeated), keepdims=True))


def _mean(file: TFLiteFile, operator: Operator) -> Rule:
    rank = len(file.shape(operator.inputs[0]))
    axes = constant_values(file, operator.inputs[1])
    over = tuple(sorted(int(axis) % rank for axis in np.ravel(() if axes is None else axes)))
    if not over or 0 in over:
        msg = 'MEAN over the batch, or over axes that are computed, has no derivative here'
        raise NotDifferentiableError(msg)
    shape = file.shape(operator.outputs[0])[1:]

    def apply(x: Array) -> tuple[Array, Back]:
        y = x.mean(axis=over, keepdims=True)

        def back(g: Array) -> tuple[Array]:
            share = np.float32(y.size / x.size)
            return (np.broadcast_to(g.reshape(y.shape) * share, x.shape),)

        return y.reshape(len(x), *shape), back

    return apply


def _pad(file: TFLiteFile, operator: Operator) -> Rule:
    margins = constant_values(file, operator.inputs[1])
    if margins is None or margins[0].any():
        msg = 'PAD by margins that are computed has no derivative here'
        raise NotDifferentiableError(msg)
    pairs = [(int(before), int(after)) for before, after in margins]

    def apply(x: Array) -> tuple[Array, Back]:
        inside = tuple(
            slice(before, before + n) for (before, _), n in zip(pairs, x.shape, strict=True)
        )
        return np.pad(x, pairs), lambda g: (g[inside],)

    return apply


def _cut(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of SLICE and of STRIDED_SLICE without masks that change axes."""
    options, shape = operator.options, file.shape(operator.inputs[0])
    first, last, *step = (constant_values(file, tensor) for tensor in operator.inputs[1:])
    steps = step[0] if step else np.ones(len(shape), np.int64)
    odd = any(getattr(options, f'{mask}Mask', 0) for mask in ('ellipsis', 'newAxis', 'shrinkAxis'))
    if odd or first is None or last is None or steps is None or min(steps) < 1:
        msg = f'{operator.kind} of this form has no derivative here'
        raise NotDifferentiableError(msg)
    window = []
    for axis, length in enumerate(shape):
        start, end = int(first[axis]), int(last[axis])
        if step:
            begin = None if options.beginMask >> axis & 1 else start
            stop = None if options.endMask >> axis & 1 else end
            window.append(slice(begin, stop, int(steps[axis])))
        else:
            window.append(slice(start, length if end == -1 else start + end))
    inside = (slice(None), *window[1:])

    def apply(x: Array) -> tuple[Array, Back]:
        def back(g: Array) -> tuple[Array]:
            whole = np.zeros_like(x)
            whole[inside] = g
            return (whole,)

        return x[inside], back

    return apply


_BUILDERS: dict[str, Callable[[TFLiteFile, Operator], Rule]] = {
    **dict.fromkeys(POINTWISE, pointwise),
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(('CAST', 'DEQUANTIZE', 'QUANTIZE'), _kept),
    **dict.fromkeys(_RESHAPING, _reshape),
    **dict.fromkeys(('SLICE', 'STRIDED_SLICE'), _cut),
    'AVERAGE_POOL_2D': averaging,
    'CONCATENATION': _concatenation,
    'CONV_2D': convolution,
    'DEPTHWISE_CONV_2D': depthwise,
    'FULLY_CONNECTED': _dense,
    'LEAKY_RELU': leaky_relu,
    'MAX_POOL_2D': maximum,
    'MEAN': _mean,
    'PAD': _pad,
    'SOFTMAX': softmax,
}
