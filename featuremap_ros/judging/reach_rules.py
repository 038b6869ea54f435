# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What each Keras layer makes of the range of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot import backends
from featuremap_ros.trust.intervals import (
    add,
    affine,
    concatenate,
    Interval,
    multiply,
    subtract,
    weigh,
    weigh_grouped,
)

_Rule: TypeAlias = Callable[[Any, Sequence[Interval]], Interval]


def _same(_: Any, x: Sequence[Interval]) -> Interval:
    return x[0]


def _mixed(_: Any, x: Sequence[Interval]) -> Interval:
    return x[0].hull


def _convolution(layer: Any, x: Sequence[Interval]) -> Interval:
    fed = _padded(layer, x[0])
    return _activated(layer, weigh_grouped(fed, _array(layer.kernel), _bias(layer), layer.groups))


def _depthwise(layer: Any, x: Sequence[Interval]) -> Interval:
    return _activated(layer, _each_channel(_padded(layer, x[0]), layer.kernel, _bias(layer)))


def _separable(layer: Any, x: Sequence[Interval]) -> Interval:
    between = _each_channel(_padded(layer, x[0]), layer.depthwise_kernel, None)
    return _activated(layer, weigh(between, _array(layer.pointwise_kernel), _bias(layer)))


def _transposed(layer: Any, x: Sequence[Interval]) -> Interval:
    kernel = np.swapaxes(_array(layer.kernel), -1, -2)
    return _activated(layer, weigh(x[0], kernel, _bias(layer), partly=True))


def _dense(layer: Any, x: Sequence[Interval]) -> Interval:
    return _activated(layer, weigh(x[0], _array(layer.kernel), _bias(layer)))


def _zero_padding(_: Any, x: Sequence[Interval]) -> Interval:
    return x[0].with_zero


def _upsampling(layer: Any, x: Sequence[Interval]) -> Interval:
    # Other ways overshoot between two values.
    within = layer.interpolation in ('nearest', 'bilinear')
    return x[0] if within else Interval.unknown()


def _batch_normalization(layer: Any, x: Sequence[Interval]) -> Interval:
    if layer.axis not in (-1, 3):
        return Interval.unknown()
    scale = 1 / np.sqrt(_array(layer.moving_variance) + layer.epsilon)
    if layer.scale:
        scale = scale * _array(layer.gamma)
    centred = affine(x[0], scale, -_array(layer.moving_mean) * scale)
    return affine(centred, 1.0, _array(layer.beta)) if layer.center else centred


def _normalization(layer: Any, x: Sequence[Interval]) -> Interval:
    if layer.invert or tuple(layer.axis) not in ((), (-1,), (3,)):
        return Interval.unknown()
    deviation = np.maximum(np.sqrt(_array(layer.variance)), 1e-7)
    scale, mean = np.atleast_1d(1 / deviation).reshape(-1), _array(layer.mean).reshape(-1)
    return affine(x[0], scale, -mean * scale)


def _rescaling(layer: Any, x: Sequence[Interval]) -> Interval:
    return affine(x[0], _array(layer.scale), _array(layer.offset))


def _activation(layer: Any, x: Sequence[Interval]) -> Interval:
    return _activated(layer, x[0])


def _monotone(operation: Any, x: Sequence[Interval]) -> Interval:
    convert = backends.keras().ops.convert_to_tensor
    low, high = (_array(operation(convert(end, 'float32'))) for end in (x[0].low, x[0].high))
    return Interval(low, high)


def _sum(_: Any, x: Sequence[Interval]) -> Interval:
    total = x[0]
    for other in x[1:]:
        total = add(total, other)
    return total


def _difference(_: Any, x: Sequence[Interval]) -> Interval:
    return subtract(*x)


def _product(_: Any, x: Sequence[Interval]) -> Interval:
    total = x[0]
    for other in x[1:]:
        total = multiply(total, other)
    return total


def _quotient(_: Any, x: Sequence[Interval]) -> Interval:
    above, below = x
    if np.any(below.low != below.high) or np.any(below.low == 0):
        return Interval.unknown()
    return affine(above, 1 / below.low, 0.0)


def _average(_: Any, x: Sequence[Interval]) -> Interval:
    return affine(_sum(_, x), 1 / len(x), 0.0)


def _largest(_: Any, x: Sequence[Interval]) -> Interval:
    return Interval(
        np.maximum.reduce([part.low for part in x]), np.maximum.reduce([part.high for part in x])
    )


def _smallest(_: Any, x: Sequence[Interval]) -> Interval:
    return Interval(
        np.minimum.reduce([part.low for part in x]), np.minimum.reduce([part.high for part in x])
    )


def _concatenation(layer: Any, x: Sequence[Interval]) -> Interval:
    together = concatenate(x)
    return together if layer.axis in (-1, 3) else together.hull


def _each_channel(x: Interval, kernel: Any, bias: Any) -> Interval:
    """Bound a convolution that makes several channels of each one and mixes none."""
    weights = _array(kernel)
    taps, (inputs, made) = weights.shape[:2], weights.shape[2:]
    return weigh_grouped(x, weights.reshape(*taps, 1, inputs * made), bias, inputs)


def _padded(layer: Any, x: Interval) -> Interval:
    """Let zeros in where they are padded."""
    pads = layer.padding == 'same' and max(layer.kernel_size) > 1
    return x.with_zero if pads else x


def _activated(layer: Any, x: Interval) -> Interval:
    """Bound the activation that is part of a layer."""
    function = layer.activation
    name = getattr(function, '__name__', '')
    if name in _VALLEYS and str(getattr(function, '__module__', '')).startswith('keras.'):
        return _over_a_valley(function, x)
    genuine = function is getattr(backends.keras().activations, name, None)
    return _monotone(function, [x]) if name in _MONOTONE and genuine else Interval.unknown()


def _over_a_valley(function: Any, x: Interval) -> Interval:
    """Bound a function that falls to one lowest value below zero and rises ever after."""
    ends = _monotone(function, [x])
    lowest = np.where(x.low < 0, _VALLEYS[function.__name__], np.inf)
    return Interval(
        np.minimum(np.minimum(ends.low, ends.high), lowest), np.maximum(ends.low, ends.high)
    )


def _bias(layer: Any) -> NDArray[np.float64] | None:
    return _array(layer.bias) if layer.use_bias else None


def _array(value: Any) -> NDArray[np.float64]:
    return np.asarray(value.numpy() if hasattr(value, 'numpy') else value, np.float64)


# Below the lowest value of each.
_VALLEYS = {'silu': -0.2785, 'swish': -0.2785, 'gelu': -0.1701, 'mish': -0.3089}
# fmt: off
_MONOTONE = frozenset((
    'elu', 'exponential', 'hard_sigmoid', 'leaky_relu', 'linear', 'relu', 'relu6', 'selu',
    'sigmoid', 'softplus', 'softsign', 'tanh',
))
RULES: dict[str, _Rule] = {
    **dict.fromkeys((
        'ActivityRegularization', 'AlphaDropout', 'AveragePooling2D', 'CenterCrop', 'Cropping2D',
        'Dropout', 'GaussianDropout', 'GaussianNoise', 'GlobalAveragePooling2D',
        'GlobalMaxPooling2D', 'Identity', 'MaxPooling2D', 'SpatialDropout2D',
    ), _same),
    **dict.fromkeys(('Flatten', 'GetItem', 'Permute', 'Reshape'), _mixed),
    **dict.fromkeys((
        'ELU', 'HardSigmoid', 'LeakyReLU', 'ReLU', 'Relu', 'Relu6', 'Selu', 'Sigmoid', 'Softplus',
        'Softsign', 'Tanh',
    ), _monotone),
    'Activation': _activation,
    'Add': _sum,
    'Average': _average,
    'BatchNormalization': _batch_normalization,
    'Concatenate': _concatenation,
    'Conv2D': _convolution,
    'Conv2DTranspose': _transposed,
    'Dense': _dense,
    'DepthwiseConv2D': _depthwise,
    'Divide': _quotient,
    'Maximum': _largest,
    'Minimum': _smallest,
    'Multiply': _product,
    'Normalization': _normalization,
    'Rescaling': _rescaling,
    'Resizing': _upsampling,
    'SeparableConv2D': _separable,
    'Subtract': _difference,
    'TrueDivide': _quotient,
    'UpSampling2D': _upsampling,
    'ZeroPadding2D': _zero_padding,
}
# fmt: on
