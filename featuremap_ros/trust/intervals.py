# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Interval arithmetic: what a network's filters can reach for any picture at all.

Each channel is known by its lowest and highest value, wherever in the picture. The bounds are
safe, not tight: behind the first convolution they take channels and cells for independent. They
hold for a network computed in float32, whose sums may be off by their length times the precision.
An end that is exactly 0 stays 0 through all that keeps the sign of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PRECISION = float(np.finfo(np.float32).eps)
# What libraries are off where they approximate a function.
_APPROXIMATE = 32 * _PRECISION
# Neighbours differ by 4 % of their size, which is how far a bound by pieces may be off.
_SIZES = 2 ** np.arange(-6, 16.01, 1 / 16)
_CUTS = np.concatenate([-_SIZES[::-1], [0.0], _SIZES])

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """What every channel of a feature map stays within.

    Attributes:
        low: float64 (C,), or (pieces, C), or () for all channels; -inf where nothing is known.
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

    @property
    def bounded(self) -> NDArray[np.bool_]:
        """Which channels have a lowest and a highest value."""
        return np.isfinite(self.low) & np.isfinite(self.high)

    def of_channels(self, channels: int) -> Interval:
        """Return the same for each of a number of channels, (C,)."""
        return Interval(np.broadcast_to(self.low, channels), np.broadcast_to(self.high, channels))

    def off_by(self, step: float) -> Interval:
        """Return what the values become where they are rounded to neighbouring steps.

        Zero is a step: no value changes its sign.
        """
        low, high = self.low - step, self.high + step
        return Interval(
            np.where(self.low < 0, low, np.maximum(low, 0)),
            np.where(self.high > 0, high, np.minimum(high, 0)),
        )

    def within(self, low: float, high: float) -> Interval:
        """Return what the values become where they are clipped."""
        return Interval(np.clip(self.low, low, high), np.clip(self.high, low, high))

    def always_zero(self, channels: int) -> NDArray[np.bool_]:
        """Return which channels no picture can move from zero, bool (C,)."""
        return np.broadcast_to((self.low == 0) & (self.high == 0), channels).copy()


def add(a: Interval, b: Interval) -> Interval:
    """Bound a sum."""
    with np.errstate(invalid='ignore'):
        return _rounded(a.low + b.low, a.high + b.high)


def subtract(a: Interval, b: Interval) -> Interval:
    """Bound a difference."""
    return add(a, negative(b))


def negative(x: Interval) -> Interval:
    """Bound what has the other sign."""
    return Interval(-x.high, -x.low)


def multiply(a: Interval, b: Interval) -> Interval:
    """Bound a product of two values that may be anything within their bounds."""
    corners = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return _rounded(np.minimum.reduce(corners), np.maximum.reduce(corners))


def divide(a: Interval, b: Interval) -> Interval:
    """Bound a quotient; unknown where the divisor may be 0."""
    with np.errstate(divide='ignore', invalid='ignore'):
        corners = [x / y for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
    nothing = (b.low <= 0) & (b.high >= 0)
    return _rounded(np.where(nothing, -np.inf, low), np.where(nothing, np.inf, high))


def absolute(x: Interval) -> Interval:
    """Bound the magnitude."""
    return Interval(np.maximum(np.maximum(x.low, -x.high), 0), x.size)


def square(x: Interval) -> Interval:
    """Bound the square."""
    sizes = absolute(x)
    return _rounded(sizes.low**2, sizes.high**2)


def largest(a: Interval, b: Interval) -> Interval:
    """Bound the larger of two values."""
    return Interval(np.maximum(a.low, b.low), np.maximum(a.high, b.high))


def smallest(a: Interval, b: Interval) -> Interval:
    """Bound the smaller of two values."""
    return negative(largest(negative(a), negative(b)))


def either(a: Interval, b: Interval) -> Interval:
    """Bound what is one of two values."""
    return Interval(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def rising(x: Interval, function: Callable[[Values], Values], *, error: float = 1.0) -> Interval:
    """Bound a function that never falls.

    Args:
        x: What it is of.
        function: In float64.
        error: Where a library may be off by more than a share of the function's value: of which
            value else. Where the function is exactly 0, so is the library's.
    """
    with np.errstate(all='ignore'):
        low, high = np.asarray(function(x.low)), np.asarray(function(x.high))
    return Interval(low - _about(low, error), high + _about(high, error))


def valley(
    x: Interval, function: Callable[[Values], Values], bottom: float, *, error: float
) -> Interval:
    """Bound a function that falls down to a bottom and rises from there.

    Args:
        x: What it is of.
        function: In float64.
        bottom: Where it is lowest.
        error: See ``rising``.
    """
    deepest = np.clip(bottom, x.low, x.high)
    lowest = rising(Interval(deepest, deepest), function, error=error)
    left, right = (rising(Interval(end, end), function, error=error) for end in (x.low, x.high))
    return Interval(lowest.low, np.maximum(left.high, right.high))


def averaged(x: Interval, count: int) -> Interval:
    """Bound a mean of so many values."""
    slack = (count + 3) * _PRECISION * x.size
    low, high = x.low - slack, x.high + slack
    return Interval(
        np.where(x.low >= 0, np.maximum(low, 0), low),
        np.where(x.high <= 0, np.minimum(high, 0), high),
    )


def concatenate(parts: Sequence[Interval]) -> Interval:
    """Bound maps that are stacked along the channels, each (C,)."""
    return Interval(
        np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])
    )


def weigh(x: Interval, kernel: NDArray[np.floating], bias: Values, groups: int = 1) -> Interval:
    """Bound a weighted sum over taps and channels: a convolution or a dense layer.

    The highest is b + sum of max(w * high, w * low).

    Args:
        x: Of the input channels; with zero, where a cell may see zeros instead of a tap.
        kernel: (..., C / groups, D): taps, input channels of a group, output channels.
        bias: float64 (D,).
        groups: Into how many parts, which do not mix, the channels are split.
    """
    *_, inputs, made = kernel.shape
    weights = kernel.reshape(-1, inputs, made)
    rising_by = np.maximum(weights, 0).sum(axis=0, dtype=np.float64).reshape(inputs, groups, -1)
    falling_by = np.minimum(weights, 0).sum(axis=0, dtype=np.float64).reshape(inputs, groups, -1)
    x = x.of_channels(groups * inputs)
    low, high = (end.reshape(groups, inputs).T[..., None] for end in (x.low, x.high))

    def extreme(raised: Values, lowered: Values) -> tuple[Values, Values]:
        """Return a sum at one end, and how far float32 may be off there."""
        terms = _times(rising_by, raised), _times(falling_by, lowered)
        size = (np.abs(terms[0]) + np.abs(terms[1])).sum(axis=0).reshape(made)
        # Each product and sum is rounded, so is every weight that was stored in few bits, and the
        # bias. In a sum of nothing but zeros and the bias nothing else is.
        count = weights.shape[0] * inputs + 4
        slack = np.where(size > 0, count * _PRECISION * (size + np.abs(bias)), 0)
        return (terms[0] + terms[1]).sum(axis=0).reshape(made) + bias, slack

    (least, below), (most, above) = extreme(low, high), extreme(high, low)
    return _rounded(least - below, most + above)


def pieces(x: Interval) -> Interval:
    """Cut intervals (C,) into pieces, (pieces, C), that cover them together."""
    cuts = np.clip(_CUTS[:, None], x.low, x.high)
    ends = np.concatenate([x.low[None], cuts, x.high[None]])
    return Interval(ends[:-1], ends[1:])


def together(x: Interval) -> Interval:
    """Bound what lies in one of the pieces (pieces, C)."""
    return Interval(x.low.min(axis=0), x.high.max(axis=0))


def _rounded(low: Values, high: Values) -> Interval:
    """Return an interval that holds for a result which was rounded to float32."""
    with np.errstate(invalid='ignore'):
        return Interval(low - _PRECISION * np.abs(low), high + _PRECISION * np.abs(high))


def _about(value: Values, error: float) -> Values:
    """Return by how much a library's value may be off."""
    return np.where(value == 0, 0.0, _APPROXIMATE * (np.abs(value) + error))


def _times(a: Values, b: Values) -> Values:
    """Multiply, where nothing times infinity is nothing."""
    with np.errstate(invalid='ignore'):
        return np.where((a == 0) | (b == 0), 0.0, a * b)
