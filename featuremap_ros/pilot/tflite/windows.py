# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Convolution and pooling of a TFLite graph in NumPy, each with its derivative.

A window is walked through place by place: what all windows see at one of their places is a
strided view of the picture, and goes through one matrix product. That needs no copy of the picture
per place, and its transpose is the derivative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import NotDifferentiableError
from featuremap_ros.pilot import backends
from featuremap_ros.pilot.places import Pair
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.pilot.tflite.rule import Array, Back, Rule
from featuremap_ros.pilot.tflite.values import constant_values


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows of one size on the rows and columns of a picture.

    Attributes:
        cells: Rows and columns of the picture.
        count: Windows below and beside each other.
        kernel: Places of a window.
        stride: Cells between neighbouring windows.
        dilation: Cells between neighbouring places.
        before: Cells of zeros above and to the left.
    """

    cells: Pair
    count: Pair
    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair

    @property
    def places(self) -> Iterator[tuple[Pair, tuple[slice, slice, slice]]]:
        """Every place of a window, with what all windows see there of a framed picture."""
        for place in np.ndindex(*self.kernel):
            rows, columns = (
                slice(at * d, at * d + (n - 1) * s + 1, s)
                for at, d, n, s in zip(place, self.dilation, self.count, self.stride, strict=True)
            )
            yield (place[0], place[1]), (slice(None), rows, columns)

    def framed(self, x: Array, fill: float = 0) -> Array:
        """Return pictures with the margins that the windows reach into."""
        margins = [
            (before, max((n - 1) * s + (k - 1) * d + 1 - cells - before, 0))
            for before, n, s, k, d, cells in zip(
                self.before,
                self.count,
                self.stride,
                self.kernel,
                self.dilation,
                self.cells,
                strict=True,
            )
        ]
        if not np.any(margins):
            return x
        return np.pad(x, ((0, 0), *margins, (0, 0)), constant_values=fill)

    def unframed(self, x: Array) -> Array:
        """Return pictures without their margins."""
        (top, left), (rows, columns) = self.before, self.cells
        return x[:, top : top + rows, left : left + columns]


def _windows(
    file: TFLiteFile, operator: Operator, kernel: Pair, dilation: Pair = (1, 1)
) -> _Windows:
    options = operator.options
    stride = (options.strideH, options.strideW)
    _, *cells, _ = file.shape(operator.inputs[0])
    _, *count, _ = file.shape(operator.outputs[0])
    before = (0, 0)
    if options.padding == backends.litert_schema().Padding.SAME:
        top, left = (
            max((n - 1) * s + (k - 1) * d + 1 - side, 0) // 2
            for n, s, k, d, side in zip(count, stride, kernel, dilation, cells, strict=True)
        )
        before = (top, left)
    return _Windows((cells[0], cells[1]), (count[0], count[1]), kernel, stride, dilation, before)


def convolution(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of CONV_2D."""
    kernel, bias, windows = _weights(file, operator)
    filters, *_, channels = kernel.shape
    if channels != file.shape(operator.inputs[0])[3]:
        msg = 'CONV_2D in groups has no derivative here'
        raise NotDifferentiableError(msg)

    def apply(x: Array) -> tuple[Array, Back]:
        seen = windows.framed(x)
        y = np.tile(bias, (len(x) * windows.count[0] * windows.count[1], 1))
        for (row, column), at in windows.places:
            y += seen[at].reshape(-1, channels) @ kernel[:, row, column].T

        def back(g: Array) -> tuple[Array]:
            flat, spread = g.reshape(-1, filters), np.zeros_like(seen)
            for (row, column), at in windows.places:
                part = spread[at]
                part += (flat @ kernel[:, row, column]).reshape(part.shape)
            return (windows.unframed(spread),)

        return y.reshape(len(x), *windows.count, filters), back

    return apply


def depthwise(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of DEPTHWISE_CONV_2D."""
    kernel, bias, windows = _weights(file, operator)
    channels = file.shape(operator.inputs[0])[3]
    # By place: channel and filter of the channel.
    kernel = kernel[0].reshape(*windows.kernel, channels, -1)

    def apply(x: Array) -> tuple[Array, Back]:
        seen = windows.framed(x)
        y = np.zeros((len(x), *windows.count, *kernel.shape[2:]), np.float32)
        for place, at in windows.places:
            y += seen[at][..., None] * kernel[place]

        def back(g: Array) -> tuple[Array]:
            by_channel, spread = g.reshape(y.shape), np.zeros_like(seen)
            for place, at in windows.places:
                spread[at] += (by_channel * kernel[place]).sum(axis=-1)
            return (windows.unframed(spread),)

        return y.reshape(len(x), *windows.count, -1) + bias, back

    return apply


def maximum(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of MAX_POOL_2D; of equal cells the first counts, as in TensorFlow."""
    options = operator.options
    windows = _windows(file, operator, (options.filterHeight, options.filterWidth))

    def apply(x: Array) -> tuple[Array, Back]:
        seen = windows.framed(x, -np.inf)
        shape = (len(x), *windows.count, x.shape[3])
        y, strongest = np.full(shape, -np.inf, np.float32), np.zeros(shape, np.int16)
        for number, (_, at) in enumerate(windows.places):
            part = seen[at]
            stronger = part > y
            y[stronger], strongest[stronger] = part[stronger], number

        def back(g: Array) -> tuple[Array]:
            spread = np.zeros_like(seen)
            for number, (_, at) in enumerate(windows.places):
                spread[at] += g * (strongest == number)
            return (windows.unframed(spread),)

        return y, back

    return apply


def averaging(file: TFLiteFile, operator: Operator) -> Rule:
    """Return the rule of AVERAGE_POOL_2D, whose margins do not count."""
    options = operator.options
    windows = _windows(file, operator, (options.filterHeight, options.filterWidth))
    inside = windows.framed(np.ones((1, *windows.cells, 1), np.float32))
    count = sum(inside[at] for _, at in windows.places)

    def apply(x: Array) -> tuple[Array, Back]:
        seen = windows.framed(x)
        y = np.zeros((len(x), *windows.count, x.shape[3]), np.float32)
        for _, at in windows.places:
            y += seen[at]

        def back(g: Array) -> tuple[Array]:
            share, spread = g / count, np.zeros_like(seen)
            for _, at in windows.places:
                spread[at] += share
            return (windows.unframed(spread),)

        return y / count, back

    return apply


def _weights(
    file: TFLiteFile, operator: Operator
) -> tuple[NDArray[np.float32], NDArray[np.float32], _Windows]:
    """Return kernel, bias and windows of a convolution."""
    _, kernel, *bias = (constant_values(file, tensor) for tensor in operator.inputs)
    if kernel is None:
        msg = f'{operator.kind} with weights that are computed has no derivative here'
        raise NotDifferentiableError(msg)
    options, (_, rows, columns, _) = operator.options, kernel.shape
    windows = _windows(
        file, operator, (rows, columns), (options.dilationHFactor, options.dilationWFactor)
    )
    given = bias[0] if bias and bias[0] is not None else None
    filters = file.shape(operator.outputs[0])[3]
    return kernel, np.zeros(filters, np.float32) if given is None else given, windows
