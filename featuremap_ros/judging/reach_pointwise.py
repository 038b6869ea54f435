# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Element-wise operations of a TFLite graph: what they make of ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
import math
from typing import Any, TypeAlias

import numpy as np

from featuremap_ros.trust.intervals import (
    absolute,
    add,
    divide,
    either,
    Interval,
    largest,
    multiply,
    negative,
    rising,
    smallest,
    square,
    subtract,
    valley,
    Values,
)

_Pointwise: TypeAlias = Callable[[Any, Sequence[Interval]], Interval]


def _of_one(function: Callable[[Interval], Interval]) -> _Pointwise:
    return lambda _, x: function(x[0])


def _of_all(function: Callable[[Interval, Interval], Interval]) -> _Pointwise:
    return lambda _, x: reduce(function, x)


def _leaky_relu(options: Any, x: Sequence[Interval]) -> Interval:
    slope = Interval.of(options.alpha, options.alpha)
    return _bent(x[0], slope)


def _prelu(_: Any, x: Sequence[Interval]) -> Interval:
    return _bent(*x)


def _bent(x: Interval, slope: Interval) -> Interval:
    """Bound what has another slope below 0."""
    return add(x.within(0, np.inf), multiply(x.within(-np.inf, 0), slope))


def _gelu(options: Any, x: Sequence[Interval]) -> Interval:
    # As far as the tail reaches, the error of its factor counts.
    function = _gelu_by_tanh if options.approximate else _gelu_by_erf
    return valley(x[0], function, -0.752, error=8.0)


def _gelu_by_erf(x: Values) -> Values:
    factor = np.vectorize(math.erf, otypes=[np.float64])(x / math.sqrt(2))
    return _times_factor(x, 0.5 * (1 + factor))


def _gelu_by_tanh(x: Values) -> Values:
    bent = np.clip(x, -1e6, 1e6)
    return _times_factor(
        x, 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (bent + 0.044715 * bent**3)))
    )


def _hard_swish(_: Any, x: Sequence[Interval]) -> Interval:
    return valley(x[0], lambda v: _times_factor(v, np.clip(v + 3, 0, 6) / 6), -1.5, error=3.0)


def _times_factor(x: Values, factor: Values) -> Values:
    """Multiply; where the factor is 0, so is the product, of infinity too."""
    return np.where(factor == 0, 0.0, x * np.where(factor == 0, 1.0, factor))


def _logistic(x: Values) -> Values:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


def _logarithm(x: Values) -> Values:
    return np.where(x <= 0, -np.inf, np.log(np.maximum(x, np.finfo(float).tiny)))


def _root(x: Interval) -> Interval:
    # Of what is below 0 there is none; what rounding adds below 0 does not occur.
    return rising(x.within(0, np.inf), np.sqrt, error=0.0)


def _reciprocal_root(_: Any, x: Sequence[Interval]) -> Interval:
    return divide(Interval.of(1, 1), _root(x[0]))


def _greater(a: Interval, b: Interval) -> Interval:
    """Bound whether a > b: 1 or 0, or either. Also a >= b: where they may be equal, it is open."""
    return Interval(
        np.asarray(a.low > b.high, np.float64), np.asarray(a.high >= b.low, np.float64)
    )


def _less(a: Interval, b: Interval) -> Interval:
    return _greater(b, a)


def _select(_: Any, x: Sequence[Interval]) -> Interval:
    condition, yes, no = x
    both = either(yes, no)
    return Interval(
        np.where(condition.low > 0, yes.low, np.where(condition.high <= 0, no.low, both.low)),
        np.where(condition.low > 0, yes.high, np.where(condition.high <= 0, no.high, both.high)),
    )


POINTWISE: dict[str, _Pointwise] = {
    'ABS': _of_one(absolute),
    'ADD': _of_all(add),
    'ADD_N': _of_all(add),
    'DIV': _of_all(divide),
    'ELU': _of_one(lambda x: rising(x, lambda v: np.where(v > 0, v, np.expm1(v)))),
    'EXP': _of_one(lambda x: rising(x, np.exp, error=0.0)),
    'GELU': _gelu,
    'GREATER': _of_all(_greater),
    'GREATER_EQUAL': _of_all(_greater),
    'HARD_SWISH': _hard_swish,
    'LEAKY_RELU': _leaky_relu,
    'LESS': _of_all(_less),
    'LESS_EQUAL': _of_all(_less),
    'LOG': _of_one(lambda x: rising(x, _logarithm)),
    'LOGISTIC': _of_one(lambda x: rising(x, _logistic)),
    'MAXIMUM': _of_all(largest),
    'MINIMUM': _of_all(smallest),
    'MUL': _of_all(multiply),
    'NEG': _of_one(negative),
    'PRELU': _prelu,
    'RELU': _of_one(lambda x: x.within(0, np.inf)),
    'RELU6': _of_one(lambda x: x.within(0, 6)),
    'RELU_0_TO_1': _of_one(lambda x: x.within(0, 1)),
    'RELU_N1_TO_1': _of_one(lambda x: x.within(-1, 1)),
    'RSQRT': _reciprocal_root,
    'SELECT': _select,
    'SELECT_V2': _select,
    'SQRT': _of_one(_root),
    'SQUARE': _of_one(square),
    'SQUARED_DIFFERENCE': lambda _, x: square(subtract(*x)),
    'SUB': _of_all(subtract),
    'TANH': _of_one(lambda x: rising(x, np.tanh)),
}
"""By operation: what a value can be, from the operation's options and the range of each input."""
