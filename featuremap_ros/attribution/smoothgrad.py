# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""SmoothGrad: saliency without the noise of one single point.

Smilkov et al., https://arxiv.org/abs/1706.03825.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from featuremap_ros.attribution.saliency import Differentiate, saliency
from featuremap_ros.errors import UnsupportedError


def smooth_grad(
    x: NDArray[np.float32],
    differentiate: Differentiate,
    *,
    sigma: float,
    copies: int = 25,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Average the gradient over noisy copies, then add up its size over the channels.

    Args:
        x: The network's input, float32 (h, w, C).
        differentiate: Asked once, for all copies.
        sigma: Standard deviation of the noise, in units of the input.
        copies: How many.
        seed: Of the noise: the same seed gives the same map.

    Returns:
        float32 (h, w), never negative, in units of the number per unit of the input.

    Raises:
        UnsupportedError: There are no copies, or the noise is negative.
    """
    if copies < 1 or sigma < 0:
        msg = f'SmoothGrad needs 1 copy or more and no negative noise: got {copies}, {sigma}.'
        raise UnsupportedError(msg)
    noise = np.random.default_rng(seed).normal(0, sigma, (copies, *x.shape))
    gradients, _ = differentiate((x + noise).astype(np.float32))
    return saliency(gradients.mean(axis=0, dtype=np.float64).astype(np.float32))
