# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the operations of a TFLite graph put their cells.

As for Keras: what is not listed is not known to keep cells in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from featuremap_ros.pilot import backends
from featuremap_ros.pilot.places import merged, Pair, Place, resized, sliced, transposed, windowed
from featuremap_ros.pilot.tflite.file import Operator, TFLiteFile
from featuremap_ros.vision.registration import Sampling

# fmt: off
_CELL_BY_CELL = (
    'ABS', 'CAST', 'DEQUANTIZE', 'ELU', 'EXP', 'FULLY_CONNECTED', 'GELU', 'HARD_SWISH',
    'L2_NORMALIZATION', 'LEAKY_RELU', 'LOCAL_RESPONSE_NORMALIZATION', 'LOG', 'LOGISTIC',
    'LOG_SOFTMAX', 'NEG', 'PRELU', 'QUANTIZE', 'RELU', 'RELU6', 'RELU_0_TO_1', 'RELU_N1_TO_1',
    'RSQRT', 'SOFTMAX', 'SQRT', 'SQUARE', 'TANH',
)
_MERGES = frozenset((
    'ADD', 'ADD_N', 'CONCATENATION', 'DIV', 'MAXIMUM', 'MINIMUM', 'MUL', 'POW',
    'SQUARED_DIFFERENCE', 'SUB',
))
# fmt: on


def place_of(
    file: TFLiteFile, operator: Operator, name: str, places: Mapping[int, Place]
) -> Place:
    """Return where the cells of an operation's output lie.

    Args:
        file: The graph.
        operator: One of its operations.
        name: Of its layer.
        places: Of the tensors computed so far; none for constants.
    """
    label = f'{name!r} ({operator.kind})'
    # A transposed convolution has its output's shape first.
    main = operator.inputs[2 if operator.kind == 'TRANSPOSE_CONV' else 0]
    if operator.kind in _MERGES:
        if operator.kind == 'CONCATENATION' and operator.options.axis not in (-1, 3):
            return f'{label} puts maps side by side'
        return merged(label, [(places.get(i), size(file, i)) for i in operator.inputs])
    place = places.get(main)
    if isinstance(place, str) or all(places.get(i) is None for i in operator.inputs):
        return place
    rule = _RULES.get(operator.kind)
    if rule is None or place is None:
        return f'{label} is not known to keep cells in their places'
    moved = rule(file, operator, place, size(file, main))
    return f'{label} {moved}' if isinstance(moved, str) else moved


def size(file: TFLiteFile, tensor: int) -> Pair:
    """Return the rows and columns of a tensor; zeros if it has none."""
    shape = file.shape(tensor) if tensor >= 0 else ()
    return (shape[1], shape[2]) if len(shape) == 4 else (0, 0)


_Rule: TypeAlias = Callable[[TFLiteFile, Operator, Sampling, Pair], 'Sampling | str']


def _cell_by_cell(_: TFLiteFile, __: Operator, place: Sampling, ___: Pair) -> Sampling:
    return place


def _convolution(file: TFLiteFile, operator: Operator, place: Sampling, cells: Pair) -> Sampling:
    options = operator.options
    return windowed(
        place,
        cells,
        kernel=size(file, operator.inputs[1]),
        stride=(options.strideH, options.strideW),
        dilation=(options.dilationHFactor, options.dilationWFactor),
        same=_same(options),
    )


def _transposed(file: TFLiteFile, operator: Operator, place: Sampling, _: Pair) -> Sampling:
    options = operator.options
    return transposed(
        place,
        size(file, operator.outputs[0]),
        kernel=size(file, operator.inputs[1]),
        stride=(options.strideH, options.strideW),
        same=_same(options),
    )


def _pooling(_: TFLiteFile, operator: Operator, place: Sampling, cells: Pair) -> Sampling:
    options = operator.options
    return windowed(
        place,
        cells,
        kernel=(options.filterHeight, options.filterWidth),
        stride=(options.strideH, options.strideW),
        same=_same(options),
    )


def _same(options: Any) -> bool:
    return bool(options.padding == backends.litert_schema().Padding.SAME)


def _reduction(
    file: TFLiteFile, operator: Operator, place: Sampling, cells: Pair
) -> Sampling | str:
    axes = file.constant(operator.inputs[1])
    if axes is None or sorted(int(axis) % 4 for axis in axes.flat) != [1, 2]:
        return 'reduces something else than all rows and columns'
    return windowed(place, cells, kernel=cells, stride=cells, same=False)


def _resize(file: TFLiteFile, operator: Operator, place: Sampling, cells: Pair) -> Sampling | str:
    options = operator.options
    nearest = operator.kind == 'RESIZE_NEAREST_NEIGHBOR'
    output = size(file, operator.outputs[0])
    whole = all(after % before == 0 for before, after in zip(cells, output, strict=True))
    # Repeating every cell leaves the edges in place, whichever corner the resize is anchored at.
    if options.alignCorners or not (options.halfPixelCenters or (nearest and whole)):
        return 'resizes without keeping the outer edges in place'
    return resized(place, cells, output, reach=0 if nearest else 1)


def _padding(file: TFLiteFile, operator: Operator, place: Sampling, _: Pair) -> Sampling | str:
    margins = file.constant(operator.inputs[1])
    if margins is None:
        return 'adds a margin that is not constant'
    return sliced(place, first=(-int(margins[1, 0]), -int(margins[2, 0])))


def _slice(file: TFLiteFile, operator: Operator, place: Sampling, _: Pair) -> Sampling | str:
    first = file.constant(operator.inputs[1])
    if first is None:
        return 'cuts at a place that is not constant'
    return sliced(place, first=(int(first[1]), int(first[2])))


def _strided_slice(
    file: TFLiteFile, operator: Operator, place: Sampling, cells: Pair
) -> Sampling | str:
    options = operator.options
    first, step = (file.constant(operator.inputs[i]) for i in (1, 3))
    if first is None or step is None or len(first) != 4 or min(step) < 1:
        return 'cuts at a place that is not constant, or backwards'
    if options.ellipsisMask or options.newAxisMask or options.shrinkAxisMask:
        return 'adds or drops axes'
    starts = [
        0 if options.beginMask >> axis & 1 else slice(int(first[axis]), None).indices(n)[0]
        for axis, n in zip((1, 2), cells, strict=True)
    ]
    return sliced(place, first=(starts[0], starts[1]), step=(int(step[1]), int(step[2])))


def _reshape(file: TFLiteFile, operator: Operator, place: Sampling, _: Pair) -> Sampling | str:
    if file.shape(operator.inputs[0]) != file.shape(operator.outputs[0]):
        return 'rearranges cells'
    return place


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_CELL_BY_CELL, _cell_by_cell),
    'CONV_2D': _convolution,
    'DEPTHWISE_CONV_2D': _convolution,
    'TRANSPOSE_CONV': _transposed,
    'MAX_POOL_2D': _pooling,
    'AVERAGE_POOL_2D': _pooling,
    'L2_POOL_2D': _pooling,
    'MEAN': _reduction,
    'REDUCE_MAX': _reduction,
    'RESIZE_BILINEAR': _resize,
    'RESIZE_NEAREST_NEIGHBOR': _resize,
    'PAD': _padding,
    'PADV2': _padding,
    'MIRROR_PAD': _padding,
    'SLICE': _slice,
    'STRIDED_SLICE': _strided_slice,
    'RESHAPE': _reshape,
}
