# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The weights of a first layer as pictures: what each filter looks for, before anything else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnsupportedError

# OpenCV's RGB2YUV for differences, which have no offset: rows Y, U, V; columns R, G, B.
_LUMA = np.array((0.299, 0.587, 0.114))
_TO_YUV = np.stack((_LUMA, 0.492 * ((0, 0, 1) - _LUMA), 0.877 * ((1, 0, 0) - _LUMA)))


def kernel_pictures(weights: NDArray[np.float32], color: str) -> NDArray[np.uint8]:
    """Draw the kernels of a layer that reads the picture.

    All share one scale: grey is no weight, and the largest weight of all is full colour. So weak
    filters look weak.

    Args:
        weights: float32 (rows, columns, C, filters).
        color: What the C channels are: ``'rgb'``, ``'bgr'``, ``'yuv'`` (drawn as the weights that
            red, green and blue would have) or ``'gray'``.

    Returns:
        RGB, uint8 (filters, rows, columns, 3).

    Raises:
        UnsupportedError: The layer does not read a picture of 1 or 3 channels.
    """
    channels = weights.shape[2]
    if channels != (1 if color == 'gray' else 3):
        msg = (
            f'Kernels are pictures only where they read a picture: this layer reads {channels} '
            'channels. Maximise its filters instead.'
        )
        raise UnsupportedError(msg)
    kernels = weights.astype(np.float64).transpose(3, 0, 1, 2)
    if color == 'bgr':
        kernels = kernels[..., ::-1]
    elif color == 'yuv':
        kernels = kernels @ _TO_YUV
    kernels = np.broadcast_to(kernels, (*kernels.shape[:3], 3))
    largest = float(np.abs(kernels).max())
    scaled = kernels / largest if largest > 0 else kernels
    return np.rint(127.5 + 127.5 * scaled).astype(np.uint8)
