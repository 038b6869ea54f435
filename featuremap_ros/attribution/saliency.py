# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Saliency: how much a number reacts when a pixel changes a little.

Simonyan et al., https://arxiv.org/abs/1312.6034.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Differentiate: TypeAlias = Callable[
    [NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float64]]
]
"""Takes network inputs, float32 (n, h, w, C); returns the gradients of a number by each of them,
of the same shape, and the numbers, float64 (n,)."""


def saliency(gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up the size of the gradient over the channels.

    Args:
        gradient: dS/dx by the network's input, float32 (h, w, C).

    Returns:
        float32 (h, w), never negative, in units of S per unit of the input.
    """
    return np.asarray(np.abs(gradient).sum(axis=2), np.float32)
