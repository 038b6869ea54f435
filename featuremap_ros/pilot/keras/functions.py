# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Plain functions that a stored Keras model may call between its layers.

All work element by element on tensors: none reads files, keeps state or runs other code.
"""

from __future__ import annotations

from collections.abc import Callable
import operator
from typing import Any

import numpy as np

from featuremap_ros.pilot import backends


def _ops(name: str) -> Callable[..., Any]:
    """Return a function of ``keras.ops``, found when it is called: importing Keras is slow."""
    return lambda *values: getattr(backends.keras().ops, name)(*values)


def _arctan(x: Any) -> Any:
    # LiteRT has no arc tangent of one side, and its atan2 repeats nothing over a shape.
    ones = np.ones([size or 1 for size in x.shape], np.float32)
    return backends.keras().ops.arctan2(x, ones)


def _clip(x: Any, low: Any, high: Any) -> Any:
    return backends.keras().ops.clip(x, low, high)


KERAS_2: dict[str, Callable[..., Any]] = {
    '__operators__.add': operator.add,
    'math.add': operator.add,
    'math.subtract': operator.sub,
    'math.multiply': operator.mul,
    'math.truediv': operator.truediv,
    'math.divide': operator.truediv,
    'math.negative': operator.neg,
    '__operators__.getitem': operator.getitem,
    'math.atan': _arctan,
    'math.atan2': lambda y, x: backends.keras().ops.arctan2(y, x),
    'clip_by_value': lambda x, clip_value_min, clip_value_max: _clip(
        x, clip_value_min, clip_value_max
    ),
    'math.pow': _ops('power'),
    'nn.relu': _ops('relu'),
    **{
        f'math.{name}': _ops(name)
        for name in (
            *('abs', 'ceil', 'cos', 'exp', 'expm1', 'floor', 'log', 'log1p', 'maximum'),
            *('minimum', 'reciprocal', 'rsqrt', 'sigmoid', 'sign', 'sin', 'softplus', 'sqrt'),
            *('square', 'tanh'),
        )
    },
}
"""By the name of the TensorFlow function in a model of Keras 2."""

KERAS_3: dict[str, Callable[..., Any]] = {
    'Add': operator.add,
    'Subtract': operator.sub,
    'Multiply': operator.mul,
    'Divide': operator.truediv,
    'TrueDivide': operator.truediv,
    'Negative': operator.neg,
    'GetItem': operator.getitem,
    'Arctan': _arctan,
    **{
        name: _ops(name.lower())
        for name in (
            *('Absolute', 'Arctan2', 'Ceil', 'Cos', 'Exp', 'Expm1', 'Floor', 'Log', 'Log1p'),
            *('Maximum', 'Minimum', 'Power', 'Reciprocal', 'Relu', 'Relu6', 'Rsqrt', 'Sigmoid'),
            *('Sign', 'Sin', 'Softplus', 'Softsign', 'Sqrt', 'Square', 'Tanh'),
        )
    },
}
"""By the class of the operation in a model of Keras 3."""


def clip_of(config: Any) -> Callable[..., Any] | None:
    """Return what Keras 3 stores as ``Clip``, the one of these with values in its configuration.

    Args:
        config: Of the stored operation.
    """
    low, high = config.get('x_min'), config.get('x_max')
    if not all(isinstance(bound, (int, float)) for bound in (low, high)):
        return None
    return lambda x: _clip(x, low, high)
