# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations of a TFLite graph in NumPy, each with its slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.pilot.tflite.rule import Array, Back, Rule

_Slope: TypeAlias = Callable[[Array, Array], Any]

POINTWISE: dict[str, tuple[Callable[[Array], Array], _Slope]] = {
    'ELU': (lambda x: np.where(x > 0, x, np.expm1(x)), lambda _, y: np.where(y > 0, 1, y + 1)),
    'LOGISTIC': (lambda x: _logistic(x), lambda _, y: y * (1 - y)),
    'RELU': (lambda x: np.maximum(x, 0), lambda _, y: y > 0),
    'RELU6': (lambda x: np.clip(x, 0, 6), lambda _, y: (y > 0) & (y < 6)),
    'RELU_N1_TO_1': (lambda x: np.clip(x, -1, 1), lambda _, y: (y > -1) & (y < 1)),
    'TANH': (np.tanh, lambda _, y: 1 - y * y),
    'HARD_SWISH': (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x, _: np.where(x <= -3, 0, np.where(x >= 3, 1, x / 3 + 0.5)),
    ),
}
"""By operation: the value for x, and the slope for x and this value."""


def with_fused(rule: Rule, code: int) -> Rule:
    """Return the rule of an operation and of the activation that is fused to it.

    Args:
        rule: Of the operation.
        code: Of the activation, in the schema.

    Raises:
        NotDifferentiableError: There is no rule for the activation; the message names it.
    """
    names = vars(backends.litert_schema().ActivationFunctionType)
    name = next(str(name) for name, value in names.items() if value == code)
    if name == 'NONE':
        return rule
    if name not in POINTWISE:
        msg = f'the activation {name} has no derivative here'
        raise NotDifferentiableError(msg)
    return _followed(rule, POINTWISE[name])


def same(x: Array) -> tuple[Array, Back]:
    """Return the input unchanged: the rule of operations that change nothing."""
    return x, lambda g: (g,)


def pointwise(_: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of one of ``POINTWISE``."""
    return _followed(same, POINTWISE[operator.kind])


def leaky_relu(_: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of LEAKY_RELU."""
    alpha = float(operator.options.alpha)
    return _followed(
        same,
        (lambda x: np.where(x > 0, x, alpha * x), lambda x, _: np.where(x > 0, 1, alpha)),
    )


def softmax(_: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of SOFTMAX."""
    beta = float(operator.options.beta)

    def apply(x: Array) -> tuple[Array, Back]:
        raised = np.exp(beta * (x - x.max(axis=-1, keepdims=True)))
        y = raised / raised.sum(axis=-1, keepdims=True)
        return y, lambda g: (beta * y * (g - (g * y).sum(axis=-1, keepdims=True)),)

    return apply


def _logistic(x: Array) -> Array:
    # Through tanh, which does not overflow.
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), x.dtype)


def _followed(rule: Rule, function: tuple[Callable[[Array], Array], _Slope]) -> Rule:
    """Return the rule of an operation and a function of its output."""
    value, slope = function

    def apply(*given: Array) -> tuple[Array, Back]:
        x, back = rule(*given)
        y = np.asarray(value(x), x.dtype)
        return y, lambda g: back(g * slope(x, y))

    return apply
