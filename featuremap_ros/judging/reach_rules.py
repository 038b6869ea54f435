# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What each operation of a TFLite graph makes of the range of its inputs.

Channels are a tensor's last axis. What is not listed may return anything that its type can hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.judging.reach_pointwise import POINTWISE
from featuremap_ros.judging.reach_ranges import channels_of, INTEGERS, Ranges
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.tflite.file import Operator
from featuremap_ros.trust.intervals import averaged, concatenate, either, Interval, weigh

# Computed exactly in integers, except for one rounding at the end. Of what approximates more than
# that, only the range of its output is known.
# fmt: off
_EXACT_IN_INTEGERS = frozenset((
    'ADD', 'AVERAGE_POOL_2D', 'BATCH_TO_SPACE_ND', 'CONCATENATION', 'CONV_2D',
    'DEPTHWISE_CONV_2D', 'DEQUANTIZE', 'EXPAND_DIMS', 'FULLY_CONNECTED', 'MAXIMUM',
    'MAX_POOL_2D', 'MINIMUM', 'MUL', 'PAD', 'QUANTIZE', 'REDUCE_MAX', 'REDUCE_MIN', 'RELU',
    'RELU6', 'RELU_N1_TO_1', 'RESHAPE', 'RESIZE_NEAREST_NEIGHBOR', 'SLICE', 'SPACE_TO_BATCH_ND',
    'SPLIT', 'SQUEEZE', 'STRIDED_SLICE', 'SUB', 'TILE', 'TRANSPOSE', 'TRANSPOSE_CONV',
))
# fmt: on


def bound(ranges: Ranges, operator: Operator) -> Interval:
    """Bound what an operation returns, before it is stored.

    Args:
        ranges: What is known of its inputs.
        operator: The operation.
    """
    file = ranges.file
    computed = [t for t in operator.inputs if t >= 0 and file.stored(t) is None]
    integers = any(file.dtype(tensor) in INTEGERS for tensor in (*computed, *operator.outputs))
    if integers and operator.kind not in _EXACT_IN_INTEGERS:
        return Interval.unknown()
    if operator.kind in POINTWISE:
        given = [ranges[tensor] for tensor in operator.inputs]
        found = POINTWISE[operator.kind](operator.options, given)
    elif operator.kind in _RULES:
        found = _RULES[operator.kind](ranges, operator)
    else:
        return Interval.unknown()
    return _activated(operator, found)


def _activated(operator: Operator, x: Interval) -> Interval:
    """Bound the activation that is fused to an operation."""
    code = getattr(operator.options, 'fusedActivationFunction', 0)
    names = vars(backends.litert_schema().ActivationFunctionType)
    name = next(str(name) for name, value in names.items() if value == code)
    if name == 'NONE':
        return x
    return POINTWISE[name](None, [x]) if name in POINTWISE else Interval.unknown()


_Rule: TypeAlias = Callable[[Ranges, Operator], Interval]


def _same(ranges: Ranges, operator: Operator) -> Interval:
    return ranges[operator.inputs[0]]


def _kept(ranges: Ranges, operator: Operator) -> Interval:
    """Bound numbers that are stored in another type."""
    return averaged(ranges[operator.inputs[0]], 1)


def _cast(ranges: Ranges, operator: Operator) -> Interval:
    # Whether the stored numbers are meant or what they stand for is up to the kernel.
    scaled = any(
        ranges.file.quantisation(t) is not None for t in (operator.inputs[0], operator.outputs[0])
    )
    return Interval.unknown() if scaled else _kept(ranges, operator)


def _weights(
    ranges: Ranges, operator: Operator, fed: int
) -> tuple[NDArray[np.float32], NDArray[np.float64], Interval] | None:
    """Return weights, bias and what they meet; ``None`` where weights are computed."""
    file, weights = ranges.file, operator.inputs[1]
    kernel = ranges.constant(weights)
    _, _, *more = operator.inputs
    biases = [t for t in more if t >= 0 and t != fed]
    bias = ranges.constant(biases[0]) if biases else np.zeros(1, np.float32)
    if kernel is None or bias is None:
        return None
    x = ranges[fed]
    if file.dtype(weights) in INTEGERS and file.dtype(fed) == 'FLOAT32':
        # Of weights in integers the input becomes integers too, by its range in every picture.
        x = x.off_by(float(x.size.max()) / 127)
        x = Interval(*(np.where(ranges[fed].size == 0, 0, end) for end in (x.low, x.high)))
    made = channels_of(file, operator.outputs[0])
    return kernel, np.broadcast_to(bias.astype(np.float64), made), x


def _convolution(ranges: Ranges, operator: Operator) -> Interval:
    found = _weights(ranges, operator, operator.inputs[0])
    if found is None:
        return Interval.unknown()
    kernel, bias, x = found
    fed = _padded(operator, x, kernel)
    return weigh(fed, kernel.transpose(1, 2, 3, 0), bias, x.low.size // kernel.shape[3])


def _depthwise(ranges: Ranges, operator: Operator) -> Interval:
    found = _weights(ranges, operator, operator.inputs[0])
    if found is None:
        return Interval.unknown()
    kernel, bias, x = found
    return weigh(_padded(operator, x, kernel), kernel.transpose(1, 2, 0, 3), bias, x.low.size)


def _transposed(ranges: Ranges, operator: Operator) -> Interval:
    found = _weights(ranges, operator, operator.inputs[2])
    if found is None:
        return Interval.unknown()
    kernel, bias, x = found
    # A cell sees some of the taps.
    return weigh(x.with_zero, kernel.transpose(1, 2, 3, 0), bias)


def _dense(ranges: Ranges, operator: Operator) -> Interval:
    found = _weights(ranges, operator, operator.inputs[0])
    if found is None:
        return Interval.unknown()
    kernel, bias, x = found
    return weigh(_regrouped(x, kernel.shape[1]), kernel.T, bias)


def _padded(operator: Operator, x: Interval, kernel: NDArray[np.float32]) -> Interval:
    """Let zeros in where they are padded."""
    same = operator.options.padding == backends.litert_schema().Padding.SAME
    return x.with_zero if same and max(kernel.shape[1:3]) > 1 else x


def _average_pooling(ranges: Ranges, operator: Operator) -> Interval:
    options = operator.options
    return averaged(ranges[operator.inputs[0]], options.filterHeight * options.filterWidth)


def _mean(ranges: Ranges, operator: Operator) -> Interval:
    before, after = (ranges.file.shape(t) for t in (operator.inputs[0], operator.outputs[0]))
    count = int(np.prod(before)) // max(int(np.prod(after)), 1)
    return averaged(_reduced(ranges, operator), count)


def _reduced(ranges: Ranges, operator: Operator) -> Interval:
    """Bound what is one of the values, or between them, along some axes."""
    x, rank = ranges[operator.inputs[0]], len(ranges.file.shape(operator.inputs[0]))
    axes = ranges.constant(operator.inputs[1])
    kept = axes is not None and rank - 1 not in [int(axis) % rank for axis in axes.flat]
    return x if kept else x.hull


def _bilinear(ranges: Ranges, operator: Operator) -> Interval:
    return averaged(ranges[operator.inputs[0]], 4)


def _reshape(ranges: Ranges, operator: Operator) -> Interval:
    size = channels_of(ranges.file, operator.outputs[0])
    return _regrouped(ranges[operator.inputs[0]], size)


def _regrouped(x: Interval, size: int) -> Interval:
    """Bound the same numbers in rows of another length."""
    if size % x.low.size == 0:
        return Interval(*(np.tile(end, size // x.low.size) for end in (x.low, x.high)))
    return x.hull.of_channels(size)


def _tile(ranges: Ranges, operator: Operator) -> Interval:
    # Repeating the last axis repeats the channels as a longer row does.
    return _reshape(ranges, operator)


def _transpose(ranges: Ranges, operator: Operator) -> Interval:
    x, order = ranges[operator.inputs[0]], ranges.constant(operator.inputs[1])
    kept = order is not None and int(order.flat[-1]) == order.size - 1
    return x if kept else x.hull


def _padding(ranges: Ranges, operator: Operator) -> Interval:
    x, margins = ranges[operator.inputs[0]].with_zero, ranges.constant(operator.inputs[1])
    return x if margins is not None and not margins[-1].any() else x.hull


def _framed(ranges: Ranges, operator: Operator) -> Interval:
    return ranges[operator.inputs[0]].with_zero


def _mirrored(ranges: Ranges, operator: Operator) -> Interval:
    x, margins = ranges[operator.inputs[0]], ranges.constant(operator.inputs[1])
    return x if margins is not None and not margins[-1].any() else x.hull


def _cut(ranges: Ranges, operator: Operator) -> Interval:
    """Bound what SLICE and STRIDED_SLICE take."""
    x, options = ranges[operator.inputs[0]], operator.options
    before, after = (ranges.file.shape(t) for t in (operator.inputs[0], operator.outputs[0]))
    odd = any(getattr(options, f'{mask}Mask', 0) for mask in ('ellipsis', 'newAxis', 'shrinkAxis'))
    step = ranges.constant(operator.inputs[3]) if operator.kind == 'STRIDED_SLICE' else np.ones(1)
    forwards = step is not None and step[-1] > 0
    return x if not odd and forwards and before[-1] == after[-1] else x.hull


def _split(ranges: Ranges, operator: Operator) -> Interval:
    x = ranges[operator.inputs[1]]
    return x if channels_of(ranges.file, operator.outputs[0]) == x.low.size else x.hull


def _concatenation(ranges: Ranges, operator: Operator) -> Interval:
    parts = [ranges[tensor] for tensor in operator.inputs]
    rank = len(ranges.file.shape(operator.outputs[0]))
    along_channels = operator.options.axis % rank == rank - 1
    return concatenate(parts) if along_channels else reduce(either, parts)


def _softmax(_: Ranges, __: Operator) -> Interval:
    return averaged(Interval.of(0, 1), 1)


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(('BATCH_TO_SPACE_ND', 'MAX_POOL_2D', 'RESIZE_NEAREST_NEIGHBOR'), _same),
    **dict.fromkeys(('DEQUANTIZE', 'QUANTIZE'), _kept),
    **dict.fromkeys(('EXPAND_DIMS', 'RESHAPE', 'SQUEEZE'), _reshape),
    **dict.fromkeys(('REDUCE_MAX', 'REDUCE_MIN'), _reduced),
    **dict.fromkeys(('SLICE', 'STRIDED_SLICE'), _cut),
    'AVERAGE_POOL_2D': _average_pooling,
    'CAST': _cast,
    'CONCATENATION': _concatenation,
    'CONV_2D': _convolution,
    'DEPTHWISE_CONV_2D': _depthwise,
    'FULLY_CONNECTED': _dense,
    'MEAN': _mean,
    'MIRROR_PAD': _mirrored,
    'PAD': _padding,
    'RESIZE_BILINEAR': _bilinear,
    'SOFTMAX': _softmax,
    'SPACE_TO_BATCH_ND': _framed,
    'SPLIT': _split,
    'TILE': _tile,
    'TRANSPOSE': _transpose,
    'TRANSPOSE_CONV': _transposed,
}
