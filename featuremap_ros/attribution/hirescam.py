# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""HiResCAM: what every cell of a feature map adds to a number.

Draelos and Carin, https://arxiv.org/abs/2011.08891.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hires_cam(
    activation: NDArray[np.float32], gradient: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multiply activation and gradient cell by cell and add the channels up.

    Where one dense layer follows, the cells add up to the number minus its bias. With more
    layers it is a linearisation, and the difference is worth showing.

    Args:
        activation: A, float32 (h, w, C).
        gradient: dS/dA of a number S, of the same shape.

    Returns:
        float32 (h, w), in the unit of S: positive where a cell pushes S up.
    """
    return np.asarray(np.einsum('hwc,hwc->hw', activation, gradient), np.float32)
