# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the operations of a Keras graph put their cells.

What is not listed here is not known to keep cells in their places: it gets a reason instead of a
place, so that heat is never drawn where it does not belong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from featuremap_ros.pilot.places import merged, Pair, Place, resized, sliced, transposed, windowed
from featuremap_ros.vision.registration import Sampling

# Normalisations mix values, but a cell still stands for its own place; noise and augmentation
# are only active in training.
# fmt: off
_CELL_BY_CELL = frozenset((
    'Activation', 'ActivityRegularization', 'AlphaDropout', 'BatchNormalization', 'Dense',
    'Dropout', 'ELU', 'GaussianDropout', 'GaussianNoise', 'GroupNormalization', 'Identity',
    'LayerNormalization', 'LeakyReLU', 'Masking', 'Normalization', 'PReLU', 'RMSNormalization',
    'RandomBrightness', 'RandomContrast', 'RandomFlip', 'RandomRotation', 'RandomTranslation',
    'RandomZoom', 'ReLU', 'Rescaling', 'Softmax', 'SpatialDropout2D', 'UnitNormalization',
    'Absolute', 'Cast', 'Clip', 'Elu', 'Exp', 'Gelu', 'HardSigmoid', 'HardSilu', 'HardTanh',
    'LeakyRelu', 'Log', 'LogSoftmax', 'Negative', 'Relu', 'Relu6', 'Rsqrt', 'Selu', 'Sigmoid',
    'Silu', 'Softplus', 'Softsign', 'Sqrt', 'Square', 'Tanh',
))
_MERGES = frozenset((
    'Add', 'Average', 'Concatenate', 'Divide', 'Maximum', 'Minimum', 'Multiply', 'Power',
    'Subtract', 'TrueDivide',
))
# fmt: on


def place_of(
    operation: Any, name: str, branches: Sequence[tuple[Place, Pair]], arguments: Sequence[Any]
) -> Place:
    """Return where the cells of an operation's output lie.

    Args:
        operation: A Keras layer or operation.
        name: Its name in the whole graph.
        branches: Place and size of each tensor that goes in.
        arguments: What else it was called with.
    """
    kind = type(operation).__name__
    label = f'{name!r} ({kind})'
    seeing = [place for place, _ in branches if place is not None]
    if not seeing:
        return None
    foreign = not type(operation).__module__.startswith('keras.')
    if kind in _MERGES and not foreign:
        if kind == 'Concatenate' and operation.axis not in (-1, 3):
            return f'{label} puts maps side by side'
        return merged(label, branches)
    unplaced = next((place for place in seeing if isinstance(place, str)), None)
    if unplaced is not None:
        return unplaced
    (place, size), *others = branches
    rule = _RULES.get(kind)
    if foreign or others or rule is None or not isinstance(place, Sampling):
        return f'{label} is not known to keep cells in their places'
    moved = rule(operation, place, size, arguments)
    return f'{label} {moved}' if isinstance(moved, str) else moved


_Rule: TypeAlias = Callable[[Any, Sampling, Pair, Sequence[Any]], 'Sampling | str']


def _cell_by_cell(_: Any, place: Sampling, __: Pair, ___: Sequence[Any]) -> Sampling:
    return place


def _convolution(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling:
    return windowed(
        place,
        size,
        kernel=layer.kernel_size,
        stride=layer.strides,
        dilation=layer.dilation_rate,
        same=layer.padding == 'same',
    )


def _transposed(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling | str:
    if layer.output_padding is not None:
        return 'sets output_padding, which is not supported'
    return transposed(
        place,
        (size[0] * layer.strides[0], size[1] * layer.strides[1]),
        kernel=layer.kernel_size,
        stride=layer.strides,
        dilation=layer.dilation_rate,
        same=layer.padding == 'same',
    )


def _pooling(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling:
    return windowed(
        place,
        size,
        kernel=layer.pool_size,
        stride=layer.strides,
        same=layer.padding == 'same',
    )


def _global_pooling(_: Any, place: Sampling, size: Pair, __: Sequence[Any]) -> Sampling:
    return windowed(place, size, kernel=size, stride=size, same=False)


def _upsampling(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling:
    target = (size[0] * layer.size[0], size[1] * layer.size[1])
    return resized(place, size, target, reach=0 if layer.interpolation == 'nearest' else 1)


def _resizing(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling | str:
    if layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        return 'crops or pads to an aspect ratio, which is not supported'
    reach = 0 if layer.interpolation == 'nearest' else 1
    return resized(place, size, (layer.height, layer.width), reach=reach)


def _cropping(layer: Any, place: Sampling, _: Pair, __: Sequence[Any]) -> Sampling:
    (top, _bottom), (left, _right) = layer.cropping
    return sliced(place, first=(top, left))


def _centre_crop(layer: Any, place: Sampling, size: Pair, _: Sequence[Any]) -> Sampling | str:
    if size[0] < layer.height or size[1] < layer.width:
        return 'enlarges the picture, which is not supported'
    return sliced(place, first=((size[0] - layer.height) // 2, (size[1] - layer.width) // 2))


def _zero_padding(layer: Any, place: Sampling, _: Pair, __: Sequence[Any]) -> Sampling:
    (top, _bottom), (left, _right) = layer.padding
    return sliced(place, first=(-top, -left))


def _get_item(_: Any, place: Sampling, size: Pair, arguments: Sequence[Any]) -> Sampling | str:
    key = arguments[0] if arguments else None
    items: list[Any] = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis in items:
        at = items.index(Ellipsis)
        items[at : at + 1] = [slice(None)] * (5 - len(items))
    items += [slice(None)] * (4 - len(items))
    if len(items) != 4 or not all(isinstance(item, slice) for item in items):
        return 'indexes something else than ranges of rows, columns and channels'
    rows, columns = (items[i + 1].indices(size[i]) for i in (0, 1))
    if rows[2] < 0 or columns[2] < 0:
        return 'reverses rows or columns'
    return sliced(place, first=(rows[0], columns[0]), step=(rows[2], columns[2]))


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_CELL_BY_CELL, _cell_by_cell),
    'Conv2D': _convolution,
    'DepthwiseConv2D': _convolution,
    'SeparableConv2D': _convolution,
    'Conv2DTranspose': _transposed,
    'MaxPooling2D': _pooling,
    'AveragePooling2D': _pooling,
    'GlobalAveragePooling2D': _global_pooling,
    'GlobalMaxPooling2D': _global_pooling,
    'UpSampling2D': _upsampling,
    'Resizing': _resizing,
    'Cropping2D': _cropping,
    'CenterCrop': _centre_crop,
    'ZeroPadding2D': _zero_padding,
    'GetItem': _get_item,
}
