# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a part of the picture is replaced by when it is hidden."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.errors import UnknownNameError

Pixels = NDArray[np.uint8]
"""What a network is fed, before normalisation: uint8 (h, w, C)."""

BASELINES = ('grey', 'mean', 'blur')
# Wide enough that lines and cones are gone on an input of a hundred rows (model pixels).
_BLUR_SIGMA = 12.0


def baseline(name: str, pixels: Pixels) -> Pixels:
    """Return the picture that hidden parts are taken from.

    Args:
        name: ``'grey'`` (half of the range), ``'mean'`` (the picture's mean colour) or ``'blur'``
            (a Gaussian of 12 pixels).
        pixels: After crop and colour conversion.

    Returns:
        uint8 of the same shape.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    if name == 'grey':
        return np.full_like(pixels, 128)
    if name == 'mean':
        mean = pixels.mean(axis=(0, 1), dtype=np.float64)
        return np.broadcast_to(np.rint(mean).astype(np.uint8), pixels.shape).copy()
    if name == 'blur':
        blurred = cv2.GaussianBlur(pixels, (0, 0), _BLUR_SIGMA)
        return np.asarray(blurred, np.uint8).reshape(pixels.shape)
    raise UnknownNameError('baseline', name, BASELINES)
