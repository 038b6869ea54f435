# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture made wide enough for the words that are written on it."""

from __future__ import annotations

import cv2
import numpy as np

from featuremap_ros.vision.affine import Affine, resize_map
from featuremap_ros.vision.frame import Image


def enlarged(image: Image, least_width: int) -> tuple[Image, Affine]:
    """Enlarge a picture that is too small.

    Args:
        image: RGB, uint8 (H, W, 3); not written to.
        least_width: Of the result (pixels).

    Returns:
        The picture, itself if it is wide enough, and where its pixels went.
    """
    height, width = image.shape[:2]
    if width >= least_width:
        return image, Affine()
    size = (least_width, round(height * least_width / width))
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8), resize_map((width, height), size)
