# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Interval arithmetic: what a network's filters can reach for any picture at all.

Each channel is known by its lowest and highest value, wherever in the picture. The bounds are
safe, not tight: behind the first convolution they take channels and cells for independent. They
hold for a network computed in float32, whose sums may be off by their length times the precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PRECISION = float(np.finfo(np.float32).eps)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """What every channel of a feature map stays within.

    Attributes:
        low: float64 (C,), or () for all channels together; -inf where nothing is known.
        high: Of the same shape, at least ``low``.
    """

    low: Values
    high: Values

    @classmethod
    def of(cls, low: float | Values, high: float | Values) -> Interval:
        """Return an interval from numbers or arrays."""
        low, high = np.broadcast_arrays(np.asarray(low, np.float64), np.asarray(high, np.float64))
        return cls(low, high)

    @classmethod
    def unknown(cls) -> Interval:
        """Return what is known of a value of which nothing is known."""
        return cls.of(-np.inf, np.inf)

    @property
    def with_zero(self) -> Interval:
        """The same where zeros are padded in."""
        return Interval(np.minimum(self.low, 0), np.maximum(self.high, 0))

    @property
    def hull(self) -> Interval:
        """All channels together."""
        return Interval.of(self.low.min(), self.high.max())

    @property
    def size(self) -> Values:
        """The largest magnitude."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    def always_zero(self, channels: int) -> NDArray[np.bool_]:
        """Return which channels no picture can move from zero, bool (C,)."""
        return np.broadcast_to((self.low == 0) & (self.high == 0), channels).copy()


def add(a: Interval, b: Interval) -> Interval:
    """Bound a sum."""
    return _widened(a.low + b.low, a.high + b.high, a.size + b.size)


def subtract(a: Interval, b: Interval) -> Interval:
    """Bound a difference."""
    return add(a, Interval(-b.high, -b.low))


def multiply(a: Interval, b: Interval) -> Interval:
    """Bound a product of two values that may be anything within their bounds."""
    corners = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    return _widened(low, high, Interval(low, high).size)


def concatenate(parts: Sequence[Interval]) -> Interval:
    """Bound maps that are stacked along the channels."""
    if any(part.low.ndim == 0 for part in parts):
        return Interval.of(
            np.min([part.low.min() for part in parts]), np.max([part.high.max() for part in parts])
        )
    return Interval(
        np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])
    )


def affine(x: Interval, scale: Values | float, offset: Values | float) -> Interval:
    """Bound ``x * scale + offset``, channel by channel."""
    return add(
        multiply(x, Interval.of(scale, np.asarray(scale))),
        Interval.of(offset, np.asarray(offset)),
    )


def weigh(x: Interval, kernel: Values, bias: Values | None, *, partly: bool = False) -> Interval:
    """Bound a weighted sum over taps and channels: a convolution or a dense layer.

    The highest is b + sum of max(w * high, w * low).

    Args:
        x: Of the input channels; with zero, where zeros are padded in.
        kernel: float64 (..., C, D): taps, input channels, output channels.
        bias: float64 (D,), or none.
        partly: Whether a cell may see only some of the taps, as in a transposed convolution.
    """
    weights = kernel.reshape(-1, *kernel.shape[-2:])
    low, high = (np.broadcast_to(end, weights.shape[1])[None, :, None] for end in (x.low, x.high))
    at_low, at_high = _times(weights, low), _times(weights, high)
    least, most = np.minimum(at_low, at_high), np.maximum(at_low, at_high)
    if partly:
        least, most = np.minimum(least, 0), np.maximum(most, 0)
    offset = np.zeros(weights.shape[2]) if bias is None else bias
    size = np.maximum(np.abs(at_low), np.abs(at_high)).sum(axis=(0, 1))
    # A sum of nothing but zeros and the bias is exact.
    terms = weights.shape[0] * weights.shape[1] + 1
    slack = np.where(size > 0, terms * _PRECISION * (size + np.abs(offset)), 0)
    # What is unbounded stays so: infinity less infinity is no number.
    slack[~np.isfinite(slack)] = 0
    return Interval(
        least.sum(axis=(0, 1)) + offset - slack, most.sum(axis=(0, 1)) + offset + slack
    )


def weigh_grouped(
    x: Interval, kernel: Values, bias: Values | None, groups: int, *, partly: bool = False
) -> Interval:
    """Bound a convolution whose channels are split into groups that do not mix.

    Args:
        x: Of the input channels.
        kernel: float64 (..., C / groups, D).
        bias: float64 (D,), or none.
        groups: How many.
        partly: See ``weigh``.
    """
    inputs, outputs = kernel.shape[-2], kernel.shape[-1] // groups
    low, high = (np.broadcast_to(end, inputs * groups) for end in (x.low, x.high))

    def part(group: int) -> Interval:
        taken = np.s_[group * inputs : (group + 1) * inputs]
        made = np.s_[group * outputs : (group + 1) * outputs]
        return weigh(
            Interval(low[taken], high[taken]),
            kernel[..., made],
            None if bias is None else bias[made],
            partly=partly,
        )

    return concatenate([part(group) for group in range(groups)])


def _widened(low: Values, high: Values, size: Values) -> Interval:
    """Return an interval that holds for a result in float32 of terms of this size."""
    slack = np.where(np.isfinite(size), 2 * _PRECISION * size, 0)
    return Interval(low - slack, high + slack)


def _times(a: Values, b: Values) -> Values:
    """Multiply, where nothing times infinity is nothing."""
    with np.errstate(invalid='ignore'):
        return np.where((a == 0) | (b == 0), 0.0, a * b)
