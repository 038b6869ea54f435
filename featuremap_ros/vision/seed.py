# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The look of the FeatureMaps article, step by step.

One channel, scaled by its own minimum and maximum, is coloured first and upsampled afterwards,
stretched over the whole crop; where the grey value of the colours exceeds 80 they are added to the
picture. The article computed the grey value with the weights for red and blue exchanged, and added
RGB colours to a BGR picture: both are part of its look and are kept here.
Source: the notebook of https://github.com/Axionable/FeatureMaps.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.vision.affine import Rect
from featuremap_ros.vision.colormaps import color_table
from featuremap_ros.vision.frame import Image

_GREY_THRESHOLD = 80


def paint_seed(
    image: Image, heat: NDArray[np.float32], seen: Rect, out: Image | None = None
) -> Image:
    """Paint one map as the article does.

    Args:
        image: RGB, uint8 (H, W, 3); not written to.
        heat: float32 (h, w), 0..1.
        seen: The part of the picture that reaches the network (camera pixels); the map is
            stretched over all of it.
        out: Where to paint, of the picture's shape; made if not given.

    Returns:
        ``out``.
    """
    if out is None:
        out = np.empty_like(image)
    np.copyto(out, image)
    x0, y0, x1, y1 = seen.to_pixels()
    colors = color_table('inferno')[(255 * heat).astype(np.uint8)]
    up = cv2.resize(colors, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
    grey = cv2.cvtColor(up, cv2.COLOR_BGR2GRAY)
    _, mask = cv2.threshold(grey, _GREY_THRESHOLD, 255, cv2.THRESH_BINARY)
    masked = cv2.bitwise_and(up, up, mask=mask)
    region = out[y0:y1, x0:x1]
    cv2.add(region, np.ascontiguousarray(masked[..., ::-1]), dst=region)
    return out
