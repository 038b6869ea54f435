# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the network steer a mirrored road the other way?"""

from __future__ import annotations

import numpy as np

from featuremap_ros.attribution.baselines import Pixels
from featuremap_ros.attribution.occlusion import Score


def mirror_residual(pixels: Pixels, score: Score) -> float:
    """Return f(flipped x) + f(x): 0 for a network without a preferred side.

    It is a bias of the network, in the unit of its steering, and no failure: a race driven
    counter-clockwise teaches one, and a crop or a mask that is not symmetric adds to it.

    Args:
        pixels: uint8 (h, w, C); not written to.
        score: The steering, 0 where it is straight.
    """
    return float(score(np.stack([pixels, pixels[:, ::-1]])).sum())
