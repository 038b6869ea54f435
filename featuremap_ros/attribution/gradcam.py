# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM: which channels push a number up or down, and where they fire.

Selvaraju et al., https://arxiv.org/abs/1610.02391. The paper keeps the positive part; here the
sign stays, because for steering both sides mean something.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def grad_cam(
    activation: NDArray[np.float32], gradient: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Weigh every channel with its mean gradient and add them up.

    The mean forgets where in the map the gradient was: a network that flattens its maps, where
    position decides, is better explained by ``hires_cam``.

    Args:
        activation: A, float32 (h, w, C).
        gradient: dS/dA of a number S, of the same shape.

    Returns:
        float32 (h, w): positive where the layer pushes S up; zero everywhere is an answer.
    """
    weights = gradient.mean(axis=(0, 1), dtype=np.float64)
    return np.asarray(activation @ weights, np.float32)
