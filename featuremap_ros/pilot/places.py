# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the operations of a network move the cells of its feature maps over the picture.

A place says where the cells of a tensor lie: a ``Sampling``; or, in words, why that is not
defined; or ``None`` for a tensor that does not depend on the picture. Pairs are (rows, columns).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import math
from typing import TypeAlias

from featuremap_ros.vision.registration import AxisSampling, same_padding, Sampling

Pair: TypeAlias = tuple[int, int]
Place: TypeAlias = Sampling | str | None


def per_axis(place: Sampling, rule: Callable[[AxisSampling, int], AxisSampling]) -> Sampling:
    """Apply a rule to the rows (axis 0) and to the columns (axis 1)."""
    return Sampling(rule(place.y, 0), rule(place.x, 1), place.spread)


def windowed(
    place: Sampling,
    size: Pair,
    *,
    kernel: Pair,
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    same: bool,
) -> Sampling:
    """Return the place after a convolution or pooling.

    Args:
        place: Of its input.
        size: Cells of its input.
        kernel: Taps of the window.
        stride: Input cells between neighbouring windows.
        dilation: Input cells between neighbouring taps.
        same: Whether TensorFlow pads it as ``'same'``; else not at all.
    """

    def rule(axis: AxisSampling, i: int) -> AxisSampling:
        k, s, d = kernel[i], stride[i], dilation[i]
        pad = same_padding(size[i], kernel=k, stride=s, dilation=d) if same else 0
        return axis.window(kernel=k, stride=s, dilation=d, pad=pad)

    return per_axis(place, rule)


def transposed(
    place: Sampling,
    output_size: Pair,
    *,
    kernel: Pair,
    stride: Pair,
    dilation: Pair = (1, 1),
    same: bool,
) -> Sampling:
    """Return the place after a transposed convolution.

    Output cell ``o`` gathers the input cells ``i`` with ``o = i * stride + tap * dilation - pad``.
    Where the stride does not divide the kernel some cells gather fewer than others: the field is
    the largest, and the centres are right on average over ``stride`` neighbours.

    Args:
        place: Of its input.
        output_size: Cells of its output.
        kernel: Taps of the window.
        stride: Output cells between the windows of neighbouring input cells.
        dilation: Output cells between neighbouring taps.
        same: Whether TensorFlow crops it as ``'same'``; else not at all.
    """

    def rule(axis: AxisSampling, i: int) -> AxisSampling:
        k, s, d = kernel[i], stride[i], dilation[i]
        crop = same_padding(output_size[i], kernel=k, stride=s, dilation=d) if same else 0
        reach = (k - 1) * d
        return AxisSampling(
            axis.start + (crop - reach / 2) / s * axis.jump,
            axis.jump / s,
            axis.field + reach // s * axis.jump,
        )

    return per_axis(place, rule)


def resized(place: Sampling, size: Pair, output_size: Pair, *, reach: int) -> Sampling:
    """Return the place after a resize that keeps the outer edges where they are.

    Args:
        place: Of its input.
        size: Cells of its input.
        output_size: Cells of its output.
        reach: Input cells that an output cell looks at beyond its nearest one (0: nearest,
            1: linear).
    """

    def rule(axis: AxisSampling, i: int) -> AxisSampling:
        jump = axis.jump * size[i] / output_size[i]
        return AxisSampling(
            axis.start + (jump - axis.jump) / 2, jump, axis.field + reach * axis.jump
        )

    return per_axis(place, rule)


def sliced(place: Sampling, *, first: Pair, step: Pair = (1, 1)) -> Sampling:
    """Return the place after leading cells were cut off or added, or every n-th was kept.

    Args:
        place: Of its input.
        first: The input cell that becomes cell 0; negative where cells were added.
        step: Input cells between neighbouring output cells.
    """

    def rule(axis: AxisSampling, i: int) -> AxisSampling:
        return axis.shifted(first[i]).window(kernel=1, stride=step[i])

    return per_axis(place, rule)


def merged(label: str, branches: Sequence[tuple[Place, Pair]]) -> Place:
    """Return the place where branches meet cell by cell.

    Branches that do not depend on the picture, and gates of 1 x 1 cells that scale whole maps
    (squeeze and excitation), leave the others where they are.

    Args:
        label: What joins them, for the reason.
        branches: Place and size of each branch.

    Returns:
        The mean of the branches' starts, with the distance between them as ``spread``; or in
        words why they do not fit.
    """
    seeing = [branch for branch in branches if branch[0] is not None]
    if not seeing:
        return None
    largest = max(size for _, size in branches)
    if any(size not in (largest, (1, 1)) for _, size in seeing):
        return f'{label} joins maps of different sizes'
    maps = [place for place, size in seeing if size == largest]
    if not maps:
        return f'{label} spreads single cells over a whole map'
    placed = [place for place in maps if isinstance(place, Sampling)]
    if len(placed) < len(maps):
        return next(place for place in maps if isinstance(place, str))
    axes = []
    spread = max(place.spread for place in placed)
    for meeting in ([place.y for place in placed], [place.x for place in placed]):
        jumps = [axis.jump for axis in meeting]
        if not all(math.isclose(jump, jumps[0]) for jump in jumps):
            apart = ' and '.join(f'{jump:g}' for jump in dict.fromkeys(jumps))
            return f'{label} joins branches whose cells are {apart} model pixels apart'
        starts = [axis.start for axis in meeting]
        spread = max(spread, max(starts) - min(starts))
        near = min(axis.start - axis.field / 2 for axis in meeting)
        far = max(axis.start + axis.field / 2 for axis in meeting)
        axes.append(AxisSampling(sum(starts) / len(starts), jumps[0], far - near))
    y, x = axes
    return Sampling(y, x, spread)
